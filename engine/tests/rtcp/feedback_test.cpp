#include <doctest/doctest.h>

#include <vector>

#include "rtcp/message.h"

namespace sluice::rtcp {
namespace {

using Wire = std::vector<uint8_t>;
using Numbers = std::vector<uint16_t>;

std::optional<Message> parse_one(Bytes wire) {
  CompoundReader reader(wire);
  const auto packet = reader.next();
  if (!packet) return std::nullopt;
  return parse_message(*packet);
}

template <typename T>
T parse_as(Bytes wire) {
  const auto message = parse_one(wire);
  REQUIRE(message);
  REQUIRE(std::holds_alternative<T>(*message));
  return std::get<T>(*message);
}

Numbers lost_in(const Nack& nack) {
  Numbers numbers;
  nack.for_each([&](uint16_t number) { numbers.push_back(number); });
  return numbers;
}

TEST_CASE("nack: PID and BLP name the lost packets, across the wrap") {
  const Wire wire = {0x81, 205, 0, 4, 0,    0,    0,    1,    0,    0,
                     0,    2,   0, 5, 0x80, 0x01, 0xFF, 0xFE, 0x00, 0x07};
  const auto nack = parse_as<Nack>(wire);
  CHECK(nack.sender_ssrc == 1);
  CHECK(nack.media_ssrc == 2);
  CHECK(lost_in(nack) == Numbers{5, 6, 21, 65534, 65535, 0, 1});
}

TEST_CASE("nack: a list comes back as it was written") {
  const Numbers lists[] = {
      {1},
      {65535, 0, 15, 16},
      {0, 16, 17, 33, 34},
      {10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27},
      {1, 1000, 30000, 60000},
  };
  for (const Numbers& lost : lists) {
    Wire buffer(256);
    CompoundWriter out(buffer);
    REQUIRE(Nack::write(out, 3, 4, lost) == lost.size());
    const auto nack = parse_as<Nack>(out.bytes());
    CHECK(nack.media_ssrc == 4);
    CHECK(lost_in(nack) == lost);
  }
}

TEST_CASE("nack: what does not fit is left for the next compound") {
  Numbers lost;
  for (uint16_t i = 0; i < 10; ++i) lost.push_back(static_cast<uint16_t>(i * 100));
  Wire buffer(12 + 3 * 4);
  CompoundWriter out(buffer);
  REQUIRE(Nack::write(out, 3, 4, lost) == 3);
  CHECK(lost_in(parse_as<Nack>(out.bytes())) == Numbers{0, 100, 200});
  CHECK(Nack::write(out, 3, 4, std::span(lost).subspan(3)) == 0);
  CHECK(Nack::write(out, 3, 4, {}) == 0);
}

TEST_CASE("feedback of a wrong size is refused") {
  struct Row {
    const char* what;
    Wire wire;
    bool good;
  };
  const Row rows[] = {
      {"NACK without an item", {0x81, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2}, false},
      {"NACK with padding inside an item",
       {0xA1, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 5, 0, 1},
       false},
      {"PLI", {0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2}, true},
      {"PLI with more", {0x81, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0}, false},
      {"FIR without an item", {0x84, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0}, false},
      {"FIR with half an item", {0x84, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2}, false},
      {"FIR", {0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 9, 0, 0, 0}, true},
      {"unknown RTPFB", {0x87, 205, 0, 0}, true},
      {"unknown PSFB", {0x87, 206, 0, 0}, true},
      {"ALFB that is no REMB", {0x8F, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 'A', 'B', 'C', 'D'}, true},
      {"REMB without its fields",
       {0x8F, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B'},
       false},
      {"REMB whose SSRC is missing",
       {0x8F, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 1, 0, 0, 1},
       false},
      {"REMB beyond 64 bits",
       {0x8F, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 0, 0xFF, 0xFF, 0xFF},
       false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(parse_one(row.wire).has_value() == row.good);
  }
}

TEST_CASE("FIR names streams and request numbers") {
  Wire buffer(64);
  CompoundWriter out(buffer);
  const FullIntraRequest::Item items[] = {{100, 1}, {200, 255}};
  REQUIRE(FullIntraRequest::write(out, 5, items));
  const auto request = parse_as<FullIntraRequest>(out.bytes());
  CHECK(request.sender_ssrc == 5);
  REQUIRE(request.size() == 2);
  CHECK(request[1].ssrc == 200);
  CHECK(request[1].sequence == 255);
  CHECK_FALSE(FullIntraRequest::write(out, 5, {}));
}

TEST_CASE("REMB keeps eighteen bits of a bitrate") {
  struct Row {
    uint64_t bitrate;
    uint64_t expected;
  };
  const Row rows[] = {
      {0, 0},
      {1, 1},
      {262143, 262143},
      {262144, 262144},
      {262145, 262144},
      {2'500'000, 2'500'000},
      {0xFFFFFFFFFFFFFFFF, 0xFFFFC00000000000},
  };
  for (const Row& row : rows) {
    CAPTURE(row.bitrate);
    Wire buffer(64);
    CompoundWriter out(buffer);
    const uint32_t ssrcs[] = {7, 8};
    REQUIRE(Remb::write(out, 6, row.bitrate, ssrcs));
    const auto remb = parse_as<Remb>(out.bytes());
    CHECK(remb.sender_ssrc == 6);
    CHECK(remb.bitrate == row.expected);
    REQUIRE(remb.ssrcs.size() == 2);
    CHECK(remb.ssrcs[1] == 8);
  }
}

}  // namespace
}  // namespace sluice::rtcp
