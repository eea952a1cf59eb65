#include "rtp/codecs/red.h"

#include <doctest/doctest.h>

#include <vector>

namespace sluice::rtp {
namespace {

using Wire = std::vector<uint8_t>;

TEST_CASE("red: the primary block stands behind the redundant ones") {
  struct Row {
    const char* what;
    Wire wire;
    size_t primary_at;  // 0: refused.
    int blocks;
  };
  // A header: F and payload type 111, 14 bits of timestamp offset, 10 of length (RFC 2198, 3).
  const Row rows[] = {
      {"nothing", {}, 0, 0},
      {"the primary block alone", {0x6F, 0x78, 1}, 1, 1},
      {"no primary data", {0x6F}, 0, 0},
      {"one more", {0xEF, 0x0F, 0x00, 0x02, 0x6F, 0x78, 1, 0x78, 2}, 7, 2},
      {"two more",
       {0xEF, 0x1E, 0x00, 0x01, 0xEF, 0x0F, 0x00, 0x02, 0x6F, 0x77, 0x78, 1, 0x78},
       12,
       3},
      {"an empty one more", {0xEF, 0x0F, 0x00, 0x00, 0x6F, 0x78}, 5, 2},
      {"the offset's bits are no length", {0xEF, 0xFF, 0xFC, 0x01, 0x6F, 0x78, 0x79}, 6, 2},
      {"longer than the packet", {0xEF, 0x0F, 0x03, 0xFF, 0x6F, 0x78, 1}, 0, 0},
      {"as long as the packet", {0xEF, 0x0F, 0x00, 0x02, 0x6F, 0x78, 1}, 0, 0},
      {"a header cut", {0xEF, 0x0F, 0x00}, 0, 0},
      {"no last header", {0xEF, 0x0F, 0x00, 0x00}, 0, 0},
      {"blocks of two types", {0xE0, 0x0F, 0x00, 0x01, 0x6F, 0x78, 1}, 0, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const auto red = parse_red(row.wire);
    CHECK(red.has_value() == (row.primary_at != 0));
    if (!red) continue;
    CHECK(red->primary_at == row.primary_at);
    CHECK(red->blocks == row.blocks);
    CHECK(red->block_type == 111);
  }
}

TEST_CASE("red: there is a limit of blocks") {
  const auto with = [](size_t redundant) {
    Wire wire;
    for (size_t i = 0; i < redundant; ++i) wire.insert(wire.end(), {0xEF, 0, 0, 0});
    wire.insert(wire.end(), {0x6F, 0x78});
    return wire;
  };
  CHECK(parse_red(with(kRedBlocksMax - 1))->blocks == kRedBlocksMax);
  CHECK_FALSE(parse_red(with(kRedBlocksMax)));
}

TEST_CASE("red: blocks get another payload type, and nothing else changes") {
  Wire wire = {0xEF, 0x0F, 0x00, 0x02, 0x6F, 0xEF, 1, 0x78, 2};
  retype_red(wire, 100);
  CHECK(wire == Wire{0xE4, 0x0F, 0x00, 0x02, 0x64, 0xEF, 1, 0x78, 2});
}

}  // namespace
}  // namespace sluice::rtp
