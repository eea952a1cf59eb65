#include "rtp/codecs/nal.h"

#include <doctest/doctest.h>

#include <vector>

namespace sluice::rtp {
namespace {

using Wire = std::vector<uint8_t>;

struct Row {
  const char* what;
  Wire wire;
  bool good;
  bool key = false;
  bool starts_picture = false;
};

void check_rows(std::optional<NalFacts> (*parse)(Bytes), std::span<const Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const auto facts = parse(row.wire);
    REQUIRE(facts.has_value() == row.good);
    if (!facts) continue;
    CHECK(facts->is_key_frame() == row.key);
    CHECK(facts->starts_picture == row.starts_picture);
  }
}

TEST_CASE("h264: parameter sets and the first slice of an IDR picture start a key frame") {
  const Row rows[] = {
      {"nothing", {}, false},
      {"type 0", {0x60, 1}, false},
      {"SPS", {0x67, 0x42, 0xE0}, true, true},
      {"PPS", {0x68, 0xCE}, true},
      {"IDR, first slice", {0x65, 0x88, 0x84}, true, true, true},
      {"IDR, a later slice", {0x65, 0x40, 0x84}, true},
      {"slice", {0x41, 0x9A}, true, false, true},
      {"a later slice", {0x41, 0x00, 0x9A}, true},
      {"SEI", {0x06, 5}, true},
      {"STAP-A of SPS, PPS and IDR",
       {0x78, 0, 2, 0x67, 0x42, 0, 1, 0x68, 0, 3, 0x65, 0x88, 1},
       true,
       true,
       true},
      {"STAP-A of PPS and slice", {0x78, 0, 1, 0x68, 0, 2, 0x41, 0x9A}, true, false, true},
      {"STAP-A with SPS last", {0x78, 0, 1, 0x68, 0, 1, 0x67}, true, true},
      {"STAP-A without units", {0x78}, false},
      {"STAP-A with an empty unit", {0x78, 0, 0, 0, 1, 0x67}, false},
      {"STAP-A cut in a length", {0x78, 0, 1, 0x67, 0}, false},
      {"STAP-A cut in a unit", {0x78, 0, 3, 0x67, 0x42}, false},
      {"FU-A starts an IDR", {0x7C, 0x85, 0x88}, true, true, true},
      {"FU-A goes on with it", {0x7C, 0x05, 0x88}, true},
      {"FU-A ends it", {0x7C, 0x45, 0x88}, true},
      {"FU-A starts an SPS", {0x7C, 0x87, 0x42}, true, true},
      {"FU-A starts a later IDR slice", {0x7C, 0x85, 0x40}, true},
      {"FU-A with start and end", {0x7C, 0xC5, 0x88}, false},
      {"FU-A without content", {0x7C, 0x85}, false},
      {"STAP-B", {0x79, 0, 0, 0, 1, 0x67}, false},
      {"FU-B", {0x7D, 0x85, 0, 0, 0x88}, false},
      {"type 31", {0x7F, 1}, false},
  };
  check_rows(parse_h264, rows);
}

TEST_CASE("h264: fragments tell whether a unit begins and ends") {
  const auto first = parse_h264(Wire{0x7C, 0x81, 0x9A});
  REQUIRE(first);
  CHECK(first->is_fragment);
  CHECK(first->starts_unit);
  CHECK_FALSE(first->ends_unit);
  const auto last = parse_h264(Wire{0x7C, 0x41, 0x9A});
  REQUIRE(last);
  CHECK_FALSE(last->starts_unit);
  CHECK(last->ends_unit);
  const auto whole = parse_h264(Wire{0x41, 0x9A});
  REQUIRE(whole);
  CHECK(whole->starts_unit);
  CHECK(whole->ends_unit);
  CHECK(parse_h264(Wire{0x78, 0, 1, 0x68, 0, 1, 0x67})->units == 2);
}

TEST_CASE("h265: VPS, SPS and the first segment of an IRAP picture start a key frame") {
  const Row rows[] = {
      {"nothing", {}, false},
      {"header alone", {0x40, 0x01}, false},
      {"TID plus 1 of zero", {0x40, 0x00, 1}, false},
      {"VPS (32)", {0x40, 0x01, 0x0C}, true, true},
      {"SPS (33)", {0x42, 0x01, 0x01}, true, true},
      {"PPS (34)", {0x44, 0x01, 0xC1}, true},
      {"IDR_W_RADL (19), first", {0x26, 0x01, 0xAF}, true, true, true},
      {"IDR_W_RADL (19), later", {0x26, 0x01, 0x2F}, true},
      {"CRA (21), first", {0x2A, 0x01, 0xAF}, true, true, true},
      {"BLA_W_LP (16), first", {0x20, 0x01, 0xAF}, true, true, true},
      {"TRAIL_R (1), first", {0x02, 0x01, 0xD0}, true, false, true},
      {"RASL_R (9), first", {0x12, 0x01, 0xD0}, true, false, true},
      {"AP of VPS, SPS, IDR",
       {0x60, 0x01, 0, 3, 0x40, 0x01, 0x0C, 0, 2, 0x42, 0x01, 0, 3, 0x26, 0x01, 0xAF},
       true,
       true,
       true},
      {"AP of PPS and TRAIL_R",
       {0x60, 0x01, 0, 2, 0x44, 0x01, 0, 3, 0x02, 0x01, 0xD0},
       true,
       false,
       true},
      {"AP with a unit of one byte", {0x60, 0x01, 0, 1, 0x40}, false},
      {"AP cut in a unit", {0x60, 0x01, 0, 4, 0x40, 0x01, 0x0C}, false},
      {"AP cut in a length", {0x60, 0x01, 0, 2, 0x40, 0x01, 0}, false},
      {"FU starts an IDR", {0x62, 0x01, 0x93, 0xAF}, true, true, true},
      {"FU goes on with it", {0x62, 0x01, 0x13, 0xAF}, true},
      {"FU with start and end", {0x62, 0x01, 0xD3, 0xAF}, false},
      {"FU without content", {0x62, 0x01, 0x93}, false},
      {"PACI around an IDR", {0x64, 0x01, 0x26, 0x00, 0xAF}, true, true, true},
      {"PACI with an extension of one byte",
       {0x64, 0x01, 0x26, 0x10, 0xEE, 0xAF},
       true,
       true,
       true},
      {"PACI whose extension leaves it", {0x64, 0x01, 0x26, 0x20, 0xEE}, false},
      {"PACI in PACI", {0x64, 0x01, 0x64, 0x00, 0xAF}, false},
      {"type 51", {0x66, 0x01, 1}, false},
  };
  check_rows(parse_h265, rows);
}

TEST_CASE("h265: the temporal id is that of the payload header") {
  CHECK(parse_h265(Wire{0x02, 0x01, 0xD0})->temporal == 0);
  CHECK(parse_h265(Wire{0x02, 0x03, 0xD0})->temporal == 2);
  CHECK(parse_h265(Wire{0x62, 0x02, 0x81, 0xD0})->temporal == 1);
}

}  // namespace
}  // namespace sluice::rtp
