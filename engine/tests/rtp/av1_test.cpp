#include "rtp/codecs/av1.h"

#include <doctest/doctest.h>

#include <vector>

namespace sluice::rtp {
namespace {

using Wire = std::vector<uint8_t>;

// Aggregation header bits.
constexpr uint8_t kZ = 0x80, kY = 0x40, kN = 0x08;
constexpr uint8_t w(uint8_t count) {
  return static_cast<uint8_t>(count << 4);
}
// OBU headers without extension and size.
constexpr uint8_t kSequence = 1 << 3, kDelimiter = 2 << 3, kFrameHeader = 3 << 3, kFrame = 6 << 3,
                  kTileGroup = 4 << 3;
// First byte of a frame header: show_existing_frame 0, frame_type 0 (key) or 1 (inter).
constexpr uint8_t kKey = 0x10, kInter = 0x30;

TEST_CASE("av1: N or a sequence header starts a coded video sequence") {
  struct Row {
    const char* what;
    Wire wire;
    bool good;
    bool key = false;
    bool starts_frame = false;
    uint8_t elements = 1;
  };
  const Row rows[] = {
      {"nothing", {}, false},
      {"aggregation header alone", {w(1)}, false},
      {"sequence header and key frame",
       {w(2) | kN, 2, kSequence, 0x11, kFrame, kKey},
       true,
       true,
       true,
       2},
      {"the same without N", {w(2), 2, kSequence, 0x11, kFrame, kKey}, true, true, true, 2},
      {"repeated before an inter frame",
       {w(2), 2, kSequence, 0x11, kFrame, kInter},
       true,
       false,
       true,
       2},
      {"lengths everywhere (W = 0)",
       {kN, 2, kSequence, 0x11, 2, kFrame, kKey},
       true,
       true,
       true,
       2},
      {"delta frame", {w(1), kFrame, kInter}, true, false, true},
      {"frame header and tile group",
       {w(2), 2, kFrameHeader, kInter, kTileGroup, 1},
       true,
       false,
       true,
       2},
      {"tile group", {w(1), kTileGroup, 1}, true},
      {"delimiter", {w(1), kDelimiter, 0}, true},
      {"continuation whose bytes look like one", {w(1) | kZ, kSequence, 1}, true},
      {"continuation, then a sequence header",
       {w(2) | kZ, 1, 0xFF, kSequence, 1},
       true,
       false,
       false,
       2},
      {"N with Z", {w(1) | kZ | kN, kFrame, kKey}, false},
      {"W of 2 with one element", {w(2), 2, kFrame, kInter}, false},
      {"W of 3 with two elements", {w(3), 1, kFrame, 1, kFrame}, false},
      {"an element longer than the packet", {0, 3, kFrame, 1}, false},
      {"a length that does not end", {0, 0x80}, false},
      {"a length of nine bytes",
       {0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0, kFrame},
       false},
      {"a length in two bytes", {0, 0x82, 0x00, kFrame, kKey}, true, false, true},
      {"an empty element", {0, 0, 2, kFrame, kInter}, true, false, true, 2},
      {"forbidden bit", {w(1), 0x80 | kFrame, 1}, false},
      {"extension flag without the extension", {w(1), kFrame | 4}, false},
      {"the same, cut by the packet", {w(1) | kY, kFrame | 4}, true, false, false},
      {"OBU with a size field", {w(1), kFrame | 2, 1, kInter}, true, false, true},
      {"OBU with a size field that does not end", {w(1), kFrame | 2, 0x80}, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const auto facts = parse_av1(row.wire);
    REQUIRE(facts.has_value() == row.good);
    if (!facts) continue;
    CHECK(facts->is_key_frame() == row.key);
    CHECK(facts->starts_frame == row.starts_frame);
    CHECK(facts->elements == row.elements);
  }
}

TEST_CASE("av1: the OBU extension gives the layers") {
  // temporal 2, spatial 1.
  const auto facts = parse_av1(Wire{w(1), kFrame | 4, 0x48, kInter});
  REQUIRE(facts);
  CHECK(facts->has_layers);
  CHECK(facts->temporal == 2);
  CHECK(facts->spatial == 1);
  CHECK_FALSE(parse_av1(Wire{w(1), kFrame, kInter})->has_layers);
}

TEST_CASE("av1: Z and Y tell how OBUs cross packets") {
  const auto facts = parse_av1(Wire{w(1) | kZ | kY, 1, 2, 3});
  REQUIRE(facts);
  CHECK(facts->continues_obu);
  CHECK(facts->obu_continues);
}

}  // namespace
}  // namespace sluice::rtp
