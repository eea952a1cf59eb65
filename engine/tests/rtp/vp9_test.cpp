#include "rtp/codecs/vp9.h"

#include <doctest/doctest.h>

#include <vector>

namespace sluice::rtp {
namespace {

using Wire = std::vector<uint8_t>;

// Bits of the first byte.
constexpr uint8_t kI = 0x80, kP = 0x40, kL = 0x20, kF = 0x10, kB = 0x08, kE = 0x04, kV = 0x02,
                  kZ = 0x01;

TEST_CASE("vp9: a key frame begins spatial layer 0 of a picture without earlier references") {
  struct Row {
    const char* what;
    Wire wire;
    bool key;
  };
  const Row rows[] = {
      {"no layers", {kI | kB, 1, 0xAA}, true},
      {"delta picture", {kI | kP | kB, 1, 0xAA}, false},
      {"middle of the key frame", {kI, 1, 0xAA}, false},
      {"spatial layer 0", {kI | kL | kB, 1, 0x00, 9, 0xAA}, true},
      {"spatial layer 1 of a key picture (K-SVC)", {kI | kL | kB, 1, 0x03, 9, 0xAA}, false},
      {"flexible, spatial layer 0", {kI | kL | kF | kB, 1, 0x00, 0xAA}, true},
      {"flexible with a reference", {kI | kL | kF | kP | kB, 1, 0x00, 0x02, 0xAA}, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const auto vp9 = parse_vp9(row.wire);
    REQUIRE(vp9);
    CHECK(vp9->is_key_frame() == row.key);
  }
}

TEST_CASE("vp9: the layer byte gives ids, switching up and inter-layer dependency") {
  // Non-flexible; wide picture id 0x0102; TID 2, U, SID 1, D; TL0PICIDX 77.
  const Wire wire = {kI | kP | kL | kB | kE | kZ, 0x81, 0x02, 0x53, 77, 0xAA};
  const auto vp9 = parse_vp9(wire);
  REQUIRE(vp9);
  CHECK(vp9->picture_id == 0x0102);
  CHECK(vp9->wide_picture_id);
  CHECK(vp9->picture_id_at == 1);
  CHECK(vp9->layer_at == 3);
  CHECK(vp9->tl0_pic_idx_at == 4);
  CHECK(vp9->tl0_pic_idx == 77);
  CHECK(vp9->has_layers);
  CHECK(vp9->temporal == 2);
  CHECK(vp9->spatial == 1);
  CHECK(vp9->switching_up);
  CHECK(vp9->inter_layer);
  CHECK(vp9->inter_picture);
  CHECK(vp9->starts_frame);
  CHECK(vp9->ends_frame);
  CHECK(vp9->not_for_upper_layers);
  CHECK_FALSE(vp9->flexible);
  CHECK(vp9->bytes == 5);
}

TEST_CASE("vp9: flexible mode has up to three references and no TL0PICIDX") {
  const Wire three = {kI | kP | kL | kF | kB, 1, 0x00, 0x03, 0x05, 0x06, 0xAA};
  const auto vp9 = parse_vp9(three);
  REQUIRE(vp9);
  CHECK(vp9->references == 3);
  CHECK(vp9->tl0_pic_idx_at == 0);
  CHECK(vp9->bytes == 6);
  const Wire four = {kI | kP | kL | kF | kB, 1, 0x00, 0x03, 0x05, 0x07, 0x08, 0xAA};
  CHECK_FALSE(parse_vp9(four));
}

TEST_CASE("vp9: the scalability structure gives sizes, and its picture group is stepped over") {
  // N_S 1 (two layers), Y, G; 320x180, 640x360; N_G 2: TID 0 with one P_DIFF, TID 1 with two.
  const Wire wire = {kI | kL | kB | kV,
                     1,
                     0x00,
                     9,
                     0x38,
                     0x01,
                     0x40,
                     0x00,
                     0xB4,
                     0x02,
                     0x80,
                     0x01,
                     0x68,
                     2,
                     0x14,
                     2,
                     0x38,
                     1,
                     2,
                     0xAA};
  Vp9Structure structure;
  const auto vp9 = parse_vp9(wire, &structure);
  REQUIRE(vp9);
  CHECK(vp9->has_structure);
  CHECK(vp9->bytes == wire.size() - 1);
  CHECK(structure.spatial_layers == 2);
  CHECK(structure.has_resolutions);
  CHECK(structure.resolutions[0].width == 320);
  CHECK(structure.resolutions[0].height == 180);
  CHECK(structure.resolutions[1].width == 640);
  CHECK(structure.resolutions[1].height == 360);
  CHECK(structure.pictures == 2);
  for (size_t size = 0; size < wire.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(parse_vp9(Bytes(wire).first(size)));
  }
}

}  // namespace
}  // namespace sluice::rtp
