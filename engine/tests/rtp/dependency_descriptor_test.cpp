#include "rtp/codecs/dependency_descriptor.h"

#include <doctest/doctest.h>

#include "dependency_builder.h"

namespace sluice::rtp {
namespace {

using namespace testing;
using Wire = std::vector<uint8_t>;
using Dti = DecodeTargetIndication;

TEST_CASE("dd: a structure comes back as it was sent, for L1T1, L1T3 and L3T3") {
  for (const StructureSpec& spec : {l1t1(), l1t3(), l3t3()}) {
    DependencyReader reader;
    const auto facts = reader.read(key_descriptor(spec, 1));
    REQUIRE(facts);
    CHECK(facts->is_key_frame());
    CHECK(facts->starts_frame);
    CHECK(facts->ends_frame);
    CHECK(facts->frame_number == 1);
    const DependencyStructure& read = reader.structure();
    REQUIRE(read.templates_size == spec.templates.size());
    CHECK(read.targets_size == spec.targets());
    CHECK(read.chains_size == spec.chains());
    for (size_t i = 0; i < spec.templates.size(); ++i) {
      CAPTURE(i);
      const TemplateSpec& sent = spec.templates[i];
      const DependencyTemplate& got = read.templates[i];
      CHECK(got.spatial == sent.spatial);
      CHECK(got.temporal == sent.temporal);
      for (size_t t = 0; t < spec.targets(); ++t) {
        CHECK(static_cast<size_t>(got.indications[t]) ==
              std::string_view("-DSR").find(sent.indications[t]));
      }
      REQUIRE(got.frame_diffs_size == sent.frame_diffs.size());
      for (size_t d = 0; d < sent.frame_diffs.size(); ++d) {
        CHECK(got.frame_diffs[d] == sent.frame_diffs[d]);
      }
      for (size_t c = 0; c < spec.chains(); ++c) CHECK(got.chain_diffs[c] == sent.chain_diffs[c]);
    }
    for (size_t t = 0; t < spec.targets(); ++t) {
      CHECK(read.targets[t].chain == spec.protected_by[t]);
    }
  }
}

TEST_CASE("dd: decode targets take their layers from the templates, sizes from the structure") {
  DependencyReader reader;
  REQUIRE(reader.read(key_descriptor(l3t3(), 1)));
  const DependencyStructure& structure = reader.structure();
  for (size_t t = 0; t < 9; ++t) {
    CAPTURE(t);
    CHECK(structure.targets[t].spatial == t / 3);
    CHECK(structure.targets[t].temporal == t % 3);
  }
  CHECK(structure.spatial_layers == 3);
  CHECK(structure.temporal_layers == 3);
  REQUIRE(structure.has_resolutions);
  CHECK(structure.widths[0] == 320);
  CHECK(structure.heights[2] == 720);
}

TEST_CASE("dd: later packets name a template by its id") {
  DependencyReader reader;
  StructureSpec spec = l1t3();
  spec.id_offset = 62;  // Ids wrap at 64.
  REQUIRE(reader.read(key_descriptor(spec, 65535)));
  struct Row {
    uint8_t index;
    uint8_t temporal;
    Dti highest;  // For the decode target of all layers.
  };
  const Row rows[] = {{1, 0, Dti::switch_here},
                      {2, 1, Dti::switch_here},
                      {3, 2, Dti::discardable},
                      {4, 2, Dti::discardable}};
  uint16_t frame = 65535;
  for (const Row& row : rows) {
    CAPTURE(int{row.index});
    const auto facts = reader.read(delta_descriptor(spec, ++frame, row.index));
    REQUIRE(facts);
    CHECK_FALSE(facts->is_key_frame());
    CHECK_FALSE(facts->attaches_structure);
    CHECK(facts->temporal == row.temporal);
    CHECK(facts->indications[2] == row.highest);
    CHECK(facts->active_targets == 7);
    CHECK(facts->frame_number == frame);
  }
}

TEST_CASE("dd: without its structure a descriptor is unresolved, not malformed") {
  DependencyReader reader;
  CHECK_FALSE(reader.read(delta_descriptor(l1t3(), 1, 1)));
  CHECK(reader.unresolved() == 1);
  REQUIRE(reader.read(key_descriptor(l1t3(), 2)));
  CHECK_FALSE(reader.read(delta_descriptor(l1t3(), 3, 5)));  // Templates 0..4.
  CHECK(reader.unresolved() == 2);
  CHECK(reader.malformed() == 0);
}

TEST_CASE("dd: a key frame of an upper spatial layer is not where one starts") {
  DependencyReader reader;
  REQUIRE(reader.read(key_descriptor(l3t3(), 1)));
  const auto upper = reader.read(delta_descriptor(l3t3(), 2, 5));
  REQUIRE(upper);
  CHECK(upper->spatial == 1);
  CHECK_FALSE(upper->is_key_frame());
  // A structure sent again with a frame that has references starts nothing either.
  const auto again = reader.read(key_descriptor(l3t3(), 13, 1));
  REQUIRE(again);
  CHECK(again->attaches_structure);
  CHECK_FALSE(again->is_key_frame());
}

TEST_CASE("dd: custom indications, frame diffs and chains replace the template's") {
  DependencyReader reader;
  REQUIRE(reader.read(key_descriptor(l1t3(), 1)));
  BitWriter out;
  put_mandatory(out, true, false, 2, 2);
  out.put(0x07, 5);
  put_indications(out, "RS-");
  out.put(1, 2).put(14, 4).put(2, 2).put(199, 8).put(3, 2).put(4095, 12).put(0, 2);
  out.put(250, 8);
  const auto facts = reader.read(out.bytes());
  REQUIRE(facts);
  CHECK_FALSE(facts->ends_frame);
  CHECK(facts->indications[0] == Dti::required);
  CHECK(facts->indications[1] == Dti::switch_here);
  CHECK(facts->indications[2] == Dti::not_present);
  REQUIRE(facts->frame_diffs_size == 3);
  CHECK(facts->frame_diffs[0] == 15);
  CHECK(facts->frame_diffs[1] == 200);
  CHECK(facts->frame_diffs[2] == 4096);
  CHECK(facts->chain_diffs[0] == 250);
}

Wire with_mask(uint16_t frame, uint8_t mask) {
  BitWriter out;
  put_mandatory(out, true, true, 1, frame);
  out.put(0x08, 5).put(mask, 3);
  return out.bytes();
}

TEST_CASE("dd: the mask of active targets stays until a newer one, a late one does not count") {
  DependencyReader reader;
  REQUIRE(reader.read(key_descriptor(l1t3(), 100)));
  const auto masked = reader.read(with_mask(104, 0b011));
  REQUIRE(masked);
  CHECK(masked->carries_active_targets);
  CHECK(masked->active_targets == 0b011);
  CHECK(reader.read(delta_descriptor(l1t3(), 105, 4))->active_targets == 0b011);
  REQUIRE(reader.read(with_mask(103, 0b001)));
  CHECK(reader.read(delta_descriptor(l1t3(), 106, 4))->active_targets == 0b011);
  REQUIRE(reader.read(key_descriptor(l1t3(), 107)));
  CHECK(reader.read(delta_descriptor(l1t3(), 108, 4))->active_targets == 0b111);
}

TEST_CASE("dd: a retransmitted old structure does not replace the new one") {
  DependencyReader reader;
  StructureSpec newer = l1t3();
  newer.id_offset = 10;
  REQUIRE(reader.read(key_descriptor(l1t1(), 65530)));
  REQUIRE(reader.read(key_descriptor(newer, 5)));
  const auto late = reader.read(key_descriptor(l1t1(), 65530));
  REQUIRE(late);
  CHECK(late->is_key_frame());
  CHECK(reader.structure().id_offset == 10);
  CHECK(reader.read(delta_descriptor(newer, 6, 3))->temporal == 2);
}

TEST_CASE("dd: an encoder that starts anew with a lower frame number is followed") {
  DependencyReader reader;
  StructureSpec newer = l1t3();
  newer.id_offset = 10;
  REQUIRE(reader.read(key_descriptor(l1t1(), 5000)));
  REQUIRE(reader.read(key_descriptor(newer, 1)));
  CHECK(reader.structure().id_offset == 10);
}

TEST_CASE("dd: a structure that comes again is the same object; a new one leaves the old alone") {
  DependencyReader reader;
  REQUIRE(reader.read(key_descriptor(l1t1(), 1)));
  const SharedStructure first = reader.shared_structure();
  CHECK(reader.structure_version() == 1);
  REQUIRE(reader.read(key_descriptor(l1t1(), 50)));
  CHECK(reader.shared_structure() == first);
  CHECK(reader.structure_version() == 1);

  REQUIRE(reader.read(key_descriptor(l3t3(), 100)));
  CHECK(reader.shared_structure() != first);
  CHECK(reader.structure_version() == 2);
  CHECK(first->spatial_layers == 1);
  CHECK(reader.structure().spatial_layers == 3);

  DependencyReader far;  // Of a stream that another worker receives.
  far.adopt(first);
  CHECK(&far.structure() == first.get());
  CHECK(far.structure_version() == 1);
}

TEST_CASE("dd: every cut descriptor is refused and leaves the reader as it was") {
  const Wire whole = key_descriptor(l3t3(), 1);
  DependencyReader reader;
  for (size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    if (size == 3) continue;  // The mandatory fields alone are a descriptor of their own.
    CHECK_FALSE(reader.read(Bytes(whole).first(size)));
    CHECK_FALSE(reader.has_structure());
  }
  CHECK(reader.malformed() == whole.size() - 1);
  REQUIRE(reader.read(whole));
}

TEST_CASE("dd: layers and references beyond the limits are refused") {
  BitWriter layers;
  put_mandatory(layers, true, true, 0, 1);
  layers.put(0x10, 5).put(0, 6).put(0, 5);
  for (int i = 0; i < 40; ++i) layers.put(2, 2);  // A spatial layer each.
  DependencyReader reader;
  CHECK_FALSE(reader.read(layers.bytes()));

  BitWriter templates;
  put_mandatory(templates, true, true, 0, 1);
  templates.put(0x10, 5).put(0, 6).put(0, 5);
  for (int i = 0; i < 200; ++i) templates.put(0, 2);  // Templates without end.
  CHECK_FALSE(reader.read(templates.bytes()));

  StructureSpec many = l1t1();
  many.templates[1].frame_diffs.assign(kFrameDiffsMax + 1, 1);
  CHECK_FALSE(reader.read(key_descriptor(many, 1)));
  CHECK(reader.malformed() == 3);
  CHECK_FALSE(reader.has_structure());
}

}  // namespace
}  // namespace sluice::rtp
