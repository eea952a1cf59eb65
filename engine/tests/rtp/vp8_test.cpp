#include "rtp/codecs/vp8.h"

#include <doctest/doctest.h>

#include <vector>

namespace sluice::rtp {
namespace {

using Wire = std::vector<uint8_t>;

TEST_CASE("vp8: a key frame is the first packet of partition 0 with the inverse key bit clear") {
  struct Row {
    const char* what;
    Wire wire;
    bool key;
    bool starts;
  };
  const Row rows[] = {
      {"key frame", {0x10, 0x00, 0x9D, 0x01, 0x2A}, true, true},
      {"delta frame", {0x10, 0x01}, false, true},
      {"continuation that looks like one", {0x00, 0x00}, false, false},
      {"start of partition 1", {0x11, 0x00}, false, false},
      {"key frame behind a full descriptor", {0x90, 0xF0, 0x80, 0x01, 5, 0x20, 0x50}, true, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const auto vp8 = parse_vp8(row.wire);
    REQUIRE(vp8);
    CHECK(vp8->is_key_frame == row.key);
    CHECK(vp8->starts_frame() == row.starts);
  }
}

TEST_CASE("vp8: a full descriptor gives every field and where it stands") {
  // X N S, PID 0; I L T K; PictureID 0x1234 wide; TL0PICIDX 200; TID 2, Y, KEYIDX 17.
  const Wire wire = {0xB0, 0xF0, 0x92, 0x34, 200, 0xB1, 0x01};
  const auto vp8 = parse_vp8(wire);
  REQUIRE(vp8);
  CHECK(vp8->non_reference);
  CHECK(vp8->start_of_partition);
  CHECK(vp8->has_picture_id());
  CHECK(vp8->wide_picture_id);
  CHECK(vp8->picture_id == 0x1234);
  CHECK(vp8->picture_id_at == 2);
  CHECK(vp8->has_tl0_pic_idx());
  CHECK(vp8->tl0_pic_idx == 200);
  CHECK(vp8->tl0_pic_idx_at == 4);
  CHECK(vp8->has_temporal);
  CHECK(vp8->temporal == 2);
  CHECK(vp8->layer_sync);
  CHECK(vp8->has_key_index);
  CHECK(vp8->key_index == 17);
  CHECK(vp8->layer_at == 5);
  CHECK(vp8->bytes == 6);
}

TEST_CASE("vp8: fields that are absent leave no trace") {
  const auto narrow = parse_vp8(Wire{0x90, 0x80, 0x7F, 0x00});
  REQUIRE(narrow);
  CHECK(narrow->picture_id == 0x7F);
  CHECK_FALSE(narrow->wide_picture_id);
  CHECK_FALSE(narrow->has_tl0_pic_idx());
  CHECK_FALSE(narrow->has_temporal);
  CHECK(narrow->bytes == 3);

  // KEYIDX without T: the bits of TID and Y mean nothing.
  const auto key_index = parse_vp8(Wire{0x90, 0x10, 0xFF, 0x00});
  REQUIRE(key_index);
  CHECK_FALSE(key_index->has_temporal);
  CHECK(key_index->temporal == 0);
  CHECK_FALSE(key_index->layer_sync);
  CHECK(key_index->key_index == 31);

  const auto none = parse_vp8(Wire{0x90, 0x00, 0x00});
  REQUIRE(none);
  CHECK(none->bytes == 2);
  CHECK_FALSE(none->has_picture_id());
}

TEST_CASE("vp8: every prefix of a descriptor without its payload is refused") {
  const Wire wire = {0xB0, 0xF0, 0x92, 0x34, 200, 0xB1, 0x01};
  for (size_t size = 0; size < wire.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(parse_vp8(Bytes(wire).first(size)));
  }
}

}  // namespace
}  // namespace sluice::rtp
