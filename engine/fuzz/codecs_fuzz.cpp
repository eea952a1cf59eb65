// Payloads and dependency descriptors of one stream. The first byte chooses the codec; then come
// packets: the descriptor's size, the payload's size, the bytes of both.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "rtp/codecs/payload_facts.h"
#include "rtp/codecs/red.h"

using namespace sluice;
using namespace sluice::rtp;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

Bytes take(Bytes& rest, size_t size) {
  const Bytes taken = rest.first(std::min(size, rest.size()));
  rest = rest.subspan(taken.size());
  return taken;
}

void check(const std::monostate&, Bytes) {}

void check(const Vp8Descriptor& vp8, Bytes payload) {
  require(vp8.bytes >= 1 && vp8.bytes < payload.size());
  require(vp8.picture_id_at < vp8.bytes);
  require(vp8.tl0_pic_idx_at < vp8.bytes);
  require(vp8.layer_at < vp8.bytes);
  require(vp8.temporal < 4 && vp8.key_index < 32 && vp8.picture_id < 0x8000);
  require(!vp8.is_key_frame || vp8.starts_frame());
}

void check(const Vp9Descriptor& vp9, Bytes payload) {
  require(vp9.bytes >= 1 && vp9.bytes < payload.size());
  require(vp9.picture_id_at < vp9.bytes);
  require(vp9.layer_at < vp9.bytes);
  require(vp9.tl0_pic_idx_at < vp9.bytes);
  require(vp9.spatial < 8 && vp9.temporal < 8 && vp9.references <= 3);
}

void check(const DependencyFacts& facts, Bytes) {
  require(facts.frame_diffs_size <= kFrameDiffsMax);
  require(facts.targets_size >= 1 && facts.targets_size <= kDecodeTargetsMax);
  require(facts.chains_size <= facts.targets_size);
  require(facts.spatial < kLayersMax && facts.temporal < kLayersMax);
  require(facts.targets_size == 32 || facts.active_targets >> facts.targets_size == 0);
}

void check(const DependencyStructure& structure) {
  require(structure.templates_size >= 1 && structure.templates_size <= kTemplatesMax);
  for (size_t t = 0; t < structure.targets_size; ++t) {
    require(structure.targets[t].spatial < structure.spatial_layers);
    require(structure.targets[t].temporal < structure.temporal_layers);
    require(structure.targets[t].chain < std::max<size_t>(1, structure.chains_size));
  }
}

// What parse_red() takes can be opened and named anew, and is the same otherwise.
void check_red(Bytes payload) {
  const auto red = parse_red(payload);
  if (!red) return;
  require(red->blocks >= 1 && red->blocks <= kRedBlocksMax);
  require(red->primary_at >= 1 && red->primary_at < payload.size());
  std::vector<uint8_t> copy(payload.begin(), payload.end());
  retype_red(copy, 100);
  const auto again = parse_red(copy);
  require(again && again->block_type == 100);
  require(again->primary_at == red->primary_at && again->blocks == red->blocks);
  require(
      std::equal(payload.begin() + red->primary_at, payload.end(), copy.begin() + red->primary_at));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Bytes rest(data, size);
  if (rest.empty()) return 0;
  const auto codec = static_cast<Codec>(take(rest, 1)[0] % 7);
  DependencyReader reader;
  while (rest.size() >= 2) {
    const size_t descriptor_bytes = rest[0];
    const size_t payload_bytes = rest[1];
    take(rest, 2);
    const Bytes descriptor = take(rest, descriptor_bytes);
    const Bytes payload = take(rest, payload_bytes);

    check_red(payload);
    const PayloadFacts facts = describe(codec, payload, true, descriptor, &reader);
    require(!facts.is_malformed || !std::holds_alternative<Vp8Descriptor>(facts.detail));
    std::visit([&](const auto& detail) { check(detail, payload); }, facts.detail);
    if (reader.has_structure()) check(reader.structure());

    Vp9Structure structure;
    if (codec == Codec::vp9 && parse_vp9(payload, &structure)) {
      require(structure.spatial_layers >= 1 && structure.spatial_layers <= 8);
    }
  }
  return 0;
}
