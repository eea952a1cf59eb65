#include "rtp/extension_values.h"

#include <doctest/doctest.h>

#include <vector>

namespace sluice::rtp {
namespace {

using Wire = std::vector<uint8_t>;

TEST_CASE("abs-send-time counts 2^-18 s and wraps each 64 s") {
  struct Row {
    Duration at;
    uint32_t expected;
  };
  const Row rows[] = {
      {0s, 0},
      {1s, 1u << 18},
      {500ms, 1u << 17},
      {63s, 63u << 18},
      {64s, 0},
      {65s, 1u << 18},
      {640'000s + 250ms, 1u << 16},  // A week on.
      {100'000'000s, 0},             // 100,000,000 is a multiple of 64; three years on.
      {-1s, 63u << 18},
  };
  for (const Row& row : rows) {
    CAPTURE(row.at.count());
    CHECK(to_abs_send_time(Instant(row.at)) == row.expected);
  }
}

TEST_CASE("abs-send-time differences take the shorter way around") {
  CHECK(abs_send_time_diff(1u << 18, 0) == 1s);
  CHECK(abs_send_time_diff(0, 1u << 18) == -1s);
  CHECK(abs_send_time_diff(1u << 17, 63u << 18) == 1500ms);
  CHECK(abs_send_time_diff(63u << 18, 1u << 17) == -1500ms);
}

TEST_CASE("values of a wrong size are refused") {
  const Wire bytes(32, 0x41);
  for (size_t size = 0; size <= bytes.size(); ++size) {
    CAPTURE(size);
    const Bytes value = Bytes(bytes).first(size);
    CHECK(parse_abs_send_time(value).has_value() == (size == 3));
    CHECK(parse_transport_cc(value).has_value() == (size == 2 || size == 4));
    CHECK(parse_audio_level(value).has_value() == (size == 1 || size == 2));
    CHECK(parse_video_orientation(value).has_value() == (size == 1));
    CHECK(parse_abs_capture_time(value).has_value() == (size == 8 || size == 16));
    CHECK(parse_time_offset(value).has_value() == (size == 3));
    CHECK(parse_packet_id(value).has_value() == (size == 4));
    CHECK(parse_mid(value).has_value() == (size > 0));
  }
}

TEST_CASE("audio level is the negative of seven bits, with the voice bit above") {
  Wire room(1);
  write_audio_level(room, {true, -127});
  CHECK(room[0] == 0xFF);
  CHECK(parse_audio_level(room)->voice);
  CHECK(parse_audio_level(room)->dbov == -127);
  write_audio_level(room, {false, 0});
  CHECK(room[0] == 0x00);
  write_audio_level(room, {false, 20});  // Out of range: the loudest.
  CHECK(room[0] == 0x00);
}

TEST_CASE("video orientation survives a round trip") {
  for (const uint16_t rotation : {0, 90, 180, 270}) {
    for (const bool camera : {false, true}) {
      for (const bool flip : {false, true}) {
        Wire room(1);
        const VideoOrientation orientation{camera, flip, rotation};
        write_video_orientation(room, orientation);
        CHECK(parse_video_orientation(room) == orientation);
      }
    }
  }
  Wire room(1);
  write_video_orientation(room, {true, false, 270});
  CHECK(room[0] == 0x0B);
}

TEST_CASE("playout delay counts tens of milliseconds in twelve bits each") {
  Wire room(3);
  write_playout_delay(room, {100, 400});
  CHECK(room == Wire{0x00, 0xA0, 0x28});
  CHECK(parse_playout_delay(room)->min_ms == 100);
  CHECK(parse_playout_delay(room)->max_ms == 400);
  write_playout_delay(room, {0, 65535});
  CHECK(parse_playout_delay(room)->max_ms == kPlayoutDelayMaxMs);
  CHECK_FALSE(parse_playout_delay(Wire{0x00, 0x20, 0x01}));  // The least above the most.
}

TEST_CASE("abs-capture-time has a short and a long form") {
  Wire room(16);
  CHECK(write_abs_capture_time(room, {0x0102030405060708, std::nullopt}) == 8);
  CHECK(parse_abs_capture_time(Bytes(room).first(8))->capture_ntp == 0x0102030405060708);
  CHECK_FALSE(parse_abs_capture_time(Bytes(room).first(8))->clock_offset);
  CHECK(write_abs_capture_time(room, {1, -2}) == 16);
  CHECK(parse_abs_capture_time(room)->clock_offset == -2);
}

TEST_CASE("time offset is signed") {
  for (const int32_t offset : {0, 1, -1, 0x7FFFFF, -0x800000}) {
    Wire room(3);
    write_time_offset(room, offset);
    CHECK(parse_time_offset(room) == offset);
  }
}

TEST_CASE("transport-cc and packet id survive a round trip") {
  Wire two(2);
  write_transport_cc(two, 0xFFFE);
  CHECK(parse_transport_cc(two) == 0xFFFE);
  Wire four(4);
  write_packet_id(four, 0xDEADBEEF);
  CHECK(parse_packet_id(four) == 0xDEADBEEF);
}

TEST_CASE("MID and RID are text without control bytes") {
  CHECK(parse_mid(Wire{'0'}) == "0");
  CHECK(parse_mid(Wire{'a', 'b', 0, 0}) == "ab");  // Zeros after the text fill it up.
  CHECK_FALSE(parse_mid(Wire{0, 0}));
  CHECK_FALSE(parse_mid(Wire{'a', 0, 'b'}));
  CHECK_FALSE(parse_mid(Wire{'a', 0xC3}));
  CHECK_FALSE(parse_mid(Wire{'a', ' '}));
  CHECK(parse_mid(Wire{'~', '!'}) == "~!");
  CHECK(parse_rid(Wire{'h', '_', '-', '9'}) == "h_-9");
  CHECK_FALSE(parse_rid(Wire{'~'}));
}

}  // namespace
}  // namespace sluice::rtp
