#include "rtcp/transport_feedback.h"

#include <doctest/doctest.h>

#include <vector>

#include "base/random.h"
#include "rtcp/message.h"

namespace sluice::rtcp {
namespace {

using Wire = std::vector<uint8_t>;
using Arrival = TransportFeedback::Arrival;

std::optional<TransportFeedback> parse_one(Bytes wire) {
  CompoundReader reader(wire);
  const auto packet = reader.next();
  if (!packet) return std::nullopt;
  return TransportFeedback::parse(*packet);
}

// A packet with the given chunks and deltas, and padding as needed.
Wire packet(uint16_t base, uint16_t count, const Wire& chunks_and_deltas) {
  Wire buffer(256);
  CompoundWriter out(buffer);
  const auto body =
      out.add(kTypeTransportFeedback, kFormatTransportCc, 16 + chunks_and_deltas.size());
  REQUIRE(body);
  const Wire head = {0, 0, 0, 1, 0, 0, 0, 2};
  std::copy(head.begin(), head.end(), body->begin());
  store_u16(*body, 8, base);
  store_u16(*body, 10, count);
  store_u24(*body, 12, 0xFFFFFE);
  (*body)[15] = 77;
  std::copy(chunks_and_deltas.begin(), chunks_and_deltas.end(), body->begin() + 16);
  return {out.bytes().begin(), out.bytes().end()};
}

// Ticks of 250 us of each received packet, -1'000'000 for a lost one.
constexpr int64_t kLost = -1'000'000;
std::vector<int64_t> ticks_of(const TransportFeedback& feedback) {
  std::vector<int64_t> ticks;
  uint16_t expected = feedback.base_sequence;
  feedback.for_each([&](const TransportFeedback::Status& status) {
    CHECK(status.sequence == expected++);
    ticks.push_back(status.received ? status.arrival / kDeltaTick : kLost);
  });
  return ticks;
}

TEST_CASE("transport-cc: the header's fields are read, the reference time with its sign") {
  const auto feedback = parse_one(packet(65535, 1, {0x20, 0x01, 4}));
  REQUIRE(feedback);
  CHECK(feedback->sender_ssrc == 1);
  CHECK(feedback->media_ssrc == 2);
  CHECK(feedback->base_sequence == 65535);
  CHECK(feedback->status_count == 1);
  CHECK(feedback->reference_time == -2);
  CHECK(feedback->feedback_count == 77);
}

TEST_CASE("transport-cc: chunks of each form are read, deltas add up") {
  struct Row {
    const char* what;
    uint16_t count;
    Wire body;
    std::vector<int64_t> expected;
  };
  const Row rows[] = {
      {"run of small deltas", 3, {0x20, 0x03, 1, 2, 255}, {1, 3, 258}},
      {"run of lost ones", 4, {0x00, 0x04}, {kLost, kLost, kLost, kLost}},
      {"run of large deltas, one negative", 2, {0x40, 0x02, 1, 0, 0xFF, 0xFE}, {256, 254}},
      {"most negative and most positive", 2, {0x40, 0x02, 0x80, 0, 0x7F, 0xFF}, {-32768, -1}},
      // 1-bit vector: 1 0 1, then symbols beyond the count.
      {"one-bit vector", 3, {0xAF, 0xFF, 5, 6}, {5, kLost, 11}},
      // 2-bit vector: small, lost, large, then zeros.
      {"two-bit vector", 3, {0xD2, 0x00, 5, 1, 0}, {5, kLost, 261}},
      {"a run longer than the count", 2, {0x20, 0x09, 1, 1}, {1, 2}},
      {"two chunks",
       9,
       {0xD5, 0x55, 0x20, 0x02, 1, 1, 1, 1, 1, 1, 1, 1, 1},
       {1, 2, 3, 4, 5, 6, 7, 8, 9}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const Wire wire = packet(65534, row.count, row.body);
    const auto feedback = parse_one(wire);
    REQUIRE(feedback);
    CHECK(ticks_of(*feedback) == row.expected);
  }
}

TEST_CASE("transport-cc: what is not all there is refused") {
  struct Row {
    const char* what;
    Wire wire;
  };
  const Row rows[] = {
      {"no chunk", packet(0, 1, {})},
      {"half a chunk", packet(0, 1, {0x20})},
      {"no status", packet(0, 0, {0x20, 0x01, 1})},
      {"a missing delta", packet(0, 2, {0x20, 0x02, 1})},
      {"half a large delta", packet(0, 1, {0x40, 0x01, 1})},
      {"more statuses than chunks", packet(0, 3, {0x00, 0x02})},
      {"a run of nothing", packet(0, 1, {0x20, 0x00, 0x20, 0x01, 1})},
      {"reserved symbol in a run", packet(0, 1, {0x60, 0x01, 1, 1, 1})},
      {"reserved symbol in a vector", packet(0, 1, {0xF0, 0x00, 1, 1, 1})},
      {"65535 statuses in one vector", packet(0, 65535, {0xBF, 0xFF})},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK_FALSE(parse_one(row.wire));
  }
  CHECK(parse_one(packet(0, 1, {0xC0, 0x00})));
  CHECK(parse_one(packet(0, 65535,
                         {0x1F, 0xFF, 0x1F, 0xFF, 0x1F, 0xFF, 0x1F, 0xFF, 0x1F, 0xFF, 0x1F, 0xFF,
                          0x1F, 0xFF, 0x1F, 0xFF, 0x00, 0x07})));
}

Instant at_us(int64_t us) {
  return Instant(std::chrono::microseconds(us));
}

TEST_CASE("transport-cc: a written packet has the bytes the draft shows") {
  Wire buffer(kCompoundBytesMax);
  CompoundWriter out(buffer);
  const Arrival arrivals[] = {{10, at_us(128'250)}, {11, at_us(128'500)}, {14, at_us(228'500)}};
  REQUIRE(TransportFeedback::write(out, 1, 2, 9, 9, arrivals) == 3);
  CHECK(Wire(out.bytes().begin(), out.bytes().end()) ==
        Wire{0xAF, 205,  0,    6,                 // P, FMT 15.
             0,    0,    0,    1,    0, 0, 0, 2,  //
             0,    9,    0,    6,    0, 0, 2, 9,  // Base 9, six statuses, 2 x 64 ms, count 9.
             0xC5, 0x08,                          // lost small small lost lost large, one unused.
             1,    1,    0x01, 0x90,              // 250 us, 250 us, 100 ms.
             0,    2});                           // Padding.
}

// Writes all arrivals in as many packets as it takes and checks that they come back.
size_t check_round_trip(uint64_t base, std::span<const Arrival> arrivals,
                        size_t bytes_max = kCompoundBytesMax) {
  size_t packets = 0;
  while (!arrivals.empty()) {
    Wire buffer(bytes_max);
    CompoundWriter out(buffer, bytes_max);
    const size_t reported =
        TransportFeedback::write(out, 1, 2, static_cast<uint8_t>(packets), base, arrivals);
    REQUIRE(reported > 0);
    const auto feedback = parse_one(out.bytes());
    REQUIRE(feedback);
    CHECK(feedback->feedback_count == static_cast<uint8_t>(packets));
    size_t next = 0;
    uint64_t sequence = base + static_cast<uint16_t>(feedback->base_sequence - base);
    const int64_t reference = feedback->reference_time * int64_t{256};
    feedback->for_each([&](const TransportFeedback::Status& status) {
      if (status.received) {
        REQUIRE(next < reported);
        CHECK(sequence == arrivals[next].sequence);
        const int64_t sent = arrivals[next].at.time_since_epoch() / kDeltaTick;
        CHECK((reference + status.arrival / kDeltaTick - sent) % (int64_t{256} << 24) == 0);
        ++next;
      } else {
        CHECK((next >= reported || sequence != arrivals[next].sequence));
      }
      ++sequence;
    });
    CHECK(next == reported);
    base = arrivals[reported - 1].sequence + 1;
    arrivals = arrivals.subspan(reported);
    ++packets;
  }
  return packets;
}

TEST_CASE("transport-cc: gaps, wraps and time jumps come back as they were written") {
  constexpr uint64_t kWrap = uint64_t{3} << 16;
  struct Row {
    const char* what;
    uint64_t base;
    std::vector<Arrival> arrivals;
    size_t packets;
  };
  const Row rows[] = {
      {"one", 5, {{5, at_us(0)}}, 1},
      {"lost before the first", 5, {{90, at_us(0)}}, 1},
      {"the number wraps",
       kWrap - 2,
       {{kWrap - 2, at_us(1)}, {kWrap - 1, at_us(2)}, {kWrap, at_us(3)}, {kWrap + 2, at_us(9000)}},
       1},
      {"out of order in time",
       1,
       {{1, at_us(500'000)}, {2, at_us(400'000)}, {3, at_us(500'250)}},
       1},
      {"first is the latest by far", 1, {{1, at_us(8'000'000)}, {2, at_us(10'000)}}, 1},
      {"the longest delta", 1, {{1, at_us(0)}, {2, at_us(8'191'750)}}, 1},
      {"a tick longer", 1, {{1, at_us(0)}, {2, at_us(8'192'000)}}, 2},
      {"the most negative delta", 1, {{1, at_us(8'192'000)}, {2, at_us(0)}}, 1},
      {"a tick more", 1, {{1, at_us(8'192'250)}, {2, at_us(0)}}, 2},
      {"a gap of a run", 1, {{1, at_us(0)}, {9000, at_us(250)}}, 1},
      {"the last number in reach", 1, {{1, at_us(0)}, {65535, at_us(250)}}, 1},
      {"one out of reach", 1, {{1, at_us(0)}, {65536, at_us(250)}}, 2},
      {"the reference time wraps",
       1,
       {{1, at_us((int64_t{1} << 24) * 64'000 - 250)},
        {2, at_us((int64_t{1} << 24) * 64'000 + 250)}},
       1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(check_round_trip(row.base, row.arrivals) == row.packets);
  }
}

TEST_CASE("transport-cc: a base out of reach moves up to the first arrival") {
  Wire buffer(256);
  for (const uint64_t base : {uint64_t{1}, uint64_t{200'000}}) {
    CompoundWriter out(buffer);
    const Arrival arrivals[] = {{100'000, at_us(0)}};
    REQUIRE(TransportFeedback::write(out, 1, 2, 0, base, arrivals) == 1);
    const auto feedback = parse_one(out.bytes());
    REQUIRE(feedback);
    CHECK(feedback->base_sequence == 100'000 % 65536);
    CHECK(feedback->status_count == 1);
  }
}

TEST_CASE("transport-cc: without room nothing is written") {
  const Arrival arrivals[] = {{1, at_us(0)}};
  for (size_t size = 0; size < 24; ++size) {
    Wire buffer(size);
    CompoundWriter out(buffer);
    CHECK(TransportFeedback::write(out, 1, 2, 0, 1, arrivals) == 0);
    CHECK(out.empty());
  }
  Wire buffer(24);
  CompoundWriter out(buffer);
  CHECK(TransportFeedback::write(out, 1, 2, 0, 1, arrivals) == 1);
  CHECK(TransportFeedback::write(out, 1, 2, 0, 1, {}) == 0);
}

TEST_CASE("transport-cc: any traffic comes back, whatever the room") {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    SeededRandom random(seed);
    std::vector<Arrival> arrivals;
    uint64_t sequence = random.between(1, 100'000);
    const uint64_t base = sequence;
    int64_t us = random.between(0, 1'000'000'000);
    const uint32_t loss = random.between(0, 60);
    const uint32_t jump = random.between(0, 20);
    for (int i = 0; i < 1500; ++i) {
      if (random.between(0, 99) < loss) sequence += random.between(1, 20);
      us += random.between(0, 3000);
      if (random.between(0, 99) < jump) us += random.between(0, 200'000);
      const int64_t early = random.between(0, 99) < jump ? random.between(0, 300'000) : 0;
      arrivals.push_back({sequence++, at_us(std::max<int64_t>(0, us - early))});
    }
    check_round_trip(base, arrivals, random.between(24, kCompoundBytesMax));
  }
}

}  // namespace
}  // namespace sluice::rtcp
