#include "rtp/codecs/dependency_descriptor.h"

#include <algorithm>
#include <utility>

#include "base/sequence.h"
#include "rtp/codecs/bit_reader.h"

namespace sluice::rtp {
namespace {

constexpr size_t kMandatoryBytes = 3;
constexpr uint8_t kTemplateIds = 64;

// A retransmitted packet may bring back a structure that has been replaced since. Frame numbers
// this far behind are taken as such; a longer way back is an encoder that started anew.
constexpr int kStructureReorderMax = 128;

constexpr uint32_t all_targets(uint8_t count) {
  return count >= 32 ? 0xFFFFFFFFu : (1u << count) - 1;
}

bool is_older(uint16_t frame, uint16_t than) {
  const int behind = seq_diff(than, frame);
  return behind > 0 && behind <= kStructureReorderMax;
}

// A.8.2: next_layer_idc.
enum NextLayer : uint8_t { kSameLayer = 0, kNextTemporal = 1, kNextSpatial = 2, kNoMore = 3 };

bool read_template_layers(BitReader& in, DependencyStructure& structure) {
  uint8_t spatial = 0;
  uint8_t temporal = 0;
  while (!in.failed()) {
    if (structure.templates_size == kTemplatesMax) return false;
    DependencyTemplate& entry = structure.templates[structure.templates_size++];
    entry.spatial = spatial;
    entry.temporal = temporal;
    structure.spatial_layers = std::max<uint8_t>(structure.spatial_layers, spatial + 1);
    structure.temporal_layers = std::max<uint8_t>(structure.temporal_layers, temporal + 1);
    switch (in.bits(2)) {
      case kSameLayer:
        break;
      case kNextTemporal:
        ++temporal;
        break;
      case kNextSpatial:
        temporal = 0;
        ++spatial;
        break;
      default:
        return true;
    }
    if (temporal == kLayersMax || spatial == kLayersMax) return false;
  }
  return false;
}

bool read_template_diffs(BitReader& in, DependencyStructure& structure) {
  for (size_t i = 0; i < structure.templates_size; ++i) {
    DependencyTemplate& entry = structure.templates[i];
    while (in.flag()) {
      if (entry.frame_diffs_size == kFrameDiffsMax) return false;
      entry.frame_diffs[entry.frame_diffs_size++] = static_cast<uint16_t>(in.bits(4) + 1);
    }
  }
  return true;
}

void read_template_chains(BitReader& in, DependencyStructure& structure) {
  structure.chains_size = static_cast<uint8_t>(in.below(structure.targets_size + 1u));
  if (structure.chains_size == 0) return;
  for (size_t t = 0; t < structure.targets_size; ++t) {
    structure.targets[t].chain = static_cast<uint8_t>(in.below(structure.chains_size));
  }
  for (size_t i = 0; i < structure.templates_size; ++i) {
    for (size_t c = 0; c < structure.chains_size; ++c) {
      structure.templates[i].chain_diffs[c] = static_cast<uint8_t>(in.bits(4));
    }
  }
}

// A.8.2: decode_target_layers() reads nothing; it follows from the templates.
void derive_target_layers(DependencyStructure& structure) {
  for (size_t t = 0; t < structure.targets_size; ++t) {
    DecodeTarget& target = structure.targets[t];
    for (size_t i = 0; i < structure.templates_size; ++i) {
      const DependencyTemplate& entry = structure.templates[i];
      if (entry.indications[t] == DecodeTargetIndication::not_present) continue;
      target.spatial = std::max(target.spatial, entry.spatial);
      target.temporal = std::max(target.temporal, entry.temporal);
    }
  }
}

bool read_structure(BitReader& in, DependencyStructure& structure) {
  structure.id_offset = static_cast<uint8_t>(in.bits(6));
  structure.targets_size = static_cast<uint8_t>(in.bits(5) + 1);
  if (!read_template_layers(in, structure)) return false;
  for (size_t i = 0; i < structure.templates_size; ++i) {
    for (size_t t = 0; t < structure.targets_size; ++t) {
      structure.templates[i].indications.set(t, static_cast<DecodeTargetIndication>(in.bits(2)));
    }
  }
  if (!read_template_diffs(in, structure)) return false;
  read_template_chains(in, structure);
  derive_target_layers(structure);
  structure.has_resolutions = in.flag();
  if (structure.has_resolutions) {
    for (size_t s = 0; s < structure.spatial_layers; ++s) {
      // The wire has the size less one; 65,536 does not fit and is nobody's size.
      structure.widths[s] = static_cast<uint16_t>(in.bits(16) + 1);
      structure.heights[s] = static_cast<uint16_t>(in.bits(16) + 1);
    }
  }
  return !in.failed();
}

struct CustomFlags {
  bool indications = false;
  bool frame_diffs = false;
  bool chains = false;
};

// A.8.2: frame_dependency_definition(), of which the template has been found.
bool read_definition(BitReader& in, const CustomFlags& custom, const DependencyTemplate& entry,
                     DependencyFacts& facts) {
  facts.spatial = entry.spatial;
  facts.temporal = entry.temporal;
  facts.indications = entry.indications;
  if (custom.indications) {
    for (size_t t = 0; t < facts.targets_size; ++t) {
      facts.indications.set(t, static_cast<DecodeTargetIndication>(in.bits(2)));
    }
  }
  facts.frame_diffs = entry.frame_diffs;
  facts.frame_diffs_size = entry.frame_diffs_size;
  if (custom.frame_diffs) {
    facts.frame_diffs_size = 0;
    while (const uint32_t nibbles = in.bits(2)) {
      if (facts.frame_diffs_size == kFrameDiffsMax) return false;
      const uint32_t diff = in.bits(4 * nibbles) + 1;
      facts.frame_diffs[facts.frame_diffs_size++] = static_cast<uint16_t>(diff);
    }
  }
  facts.chain_diffs = entry.chain_diffs;
  if (custom.chains) {
    for (size_t c = 0; c < facts.chains_size; ++c) {
      facts.chain_diffs[c] = static_cast<uint8_t>(in.bits(8));
    }
  }
  return !in.failed();
}

}  // namespace

std::optional<DependencyFacts> DependencyReader::read(Bytes descriptor) {
  const auto refuse = [this] {
    ++malformed_;
    return std::nullopt;
  };
  if (descriptor.size() < kMandatoryBytes) return refuse();
  BitReader in(descriptor);
  DependencyFacts facts;
  facts.starts_frame = in.flag();
  facts.ends_frame = in.flag();
  facts.template_id = static_cast<uint8_t>(in.bits(6));
  facts.frame_number = static_cast<uint16_t>(in.bits(16));

  CustomFlags custom;
  std::optional<DependencyStructure> attached;  // 4 KB: made for key frames alone.
  if (descriptor.size() > kMandatoryBytes) {
    facts.attaches_structure = in.flag();
    facts.carries_active_targets = in.flag();
    custom.indications = in.flag();
    custom.frame_diffs = in.flag();
    custom.chains = in.flag();
    if (facts.attaches_structure && !read_structure(in, attached.emplace())) return refuse();
  }

  if (!facts.attaches_structure && !structure_) {
    ++unresolved_;
    return std::nullopt;
  }
  const DependencyStructure& structure = attached ? *attached : *structure_;
  facts.targets_size = structure.targets_size;
  facts.chains_size = structure.chains_size;
  if (facts.carries_active_targets) {
    facts.active_targets = in.bits(structure.targets_size);
  } else {
    facts.active_targets =
        facts.attaches_structure ? all_targets(structure.targets_size) : active_targets_;
  }

  const uint8_t index =
      static_cast<uint8_t>(facts.template_id + kTemplateIds - structure.id_offset) % kTemplateIds;
  if (index >= structure.templates_size) {
    // The structure it belongs to got lost, or has been replaced.
    ++unresolved_;
    return std::nullopt;
  }
  if (!read_definition(in, custom, structure.templates[index], facts)) return refuse();
  keep(facts, attached);
  return facts;
}

void DependencyReader::adopt(SharedStructure structure) {
  if (structure == structure_) return;
  structure_ = std::move(structure);
  ++structure_version_;
}

// Nothing is kept of a descriptor that does not parse to its end, nor of one that comes late.
void DependencyReader::keep(const DependencyFacts& facts,
                            const std::optional<DependencyStructure>& attached) {
  if (attached) {
    if (structure_ && is_older(facts.frame_number, structure_frame_)) return;
    structure_frame_ = facts.frame_number;
    if (!structure_ || *structure_ != *attached) {  // Allocates for new structures alone.
      adopt(std::make_shared<const DependencyStructure>(*attached));
    }
  } else if (!facts.carries_active_targets || is_older(facts.frame_number, active_frame_)) {
    return;
  }
  active_targets_ = facts.active_targets;
  active_frame_ = facts.frame_number;
}

}  // namespace sluice::rtp
