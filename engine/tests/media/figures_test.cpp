// Rates, scores and clocks.
#include <doctest/doctest.h>

#include "media/rate_counter.h"
#include "media/remote_clock.h"
#include "media/score.h"
#include "tests/media/support.h"

using namespace sluice;
using namespace sluice::media;
using support::at;

TEST_CASE("rate counter: bits of the last second") {
  RateCounter rate;
  for (Duration t = 0ms; t < 3s; t += 10ms) rate.add(at(t), 1250);
  CHECK(rate.bitrate(at(3000ms)) == 1'000'000);
  CHECK(rate.bitrate(at(3510ms)) == 490'000);
  CHECK(rate.bitrate(at(5000ms)) == 0);
  rate.add(at(6000ms), 100);
  CHECK(rate.bitrate(at(6000ms)) == 800);
}

TEST_CASE("rate counter: a longer window averages over it") {
  RateCounter rate(2500ms);
  rate.add(at(0ms), 2500);
  CHECK(rate.bitrate(at(1000ms)) == 8000);
  CHECK(rate.bitrate(at(2400ms)) == 8000);
  CHECK(rate.bitrate(at(2600ms)) == 1600);  // Its slice of 125 ms has left by four fifths.
  CHECK(rate.bitrate(at(2625ms)) == 0);
}

TEST_CASE("rate counter: frames of 30 a second come out within a frame, whenever one asks") {
  RateCounter rate;
  Duration next = 0ms;
  for (Duration t = 0ms; t < 4s; t += 1ms) {
    for (; next <= t; next += 33'333us) rate.add(at(next), 6600);
    if (t < 1s) continue;
    CHECK(rate.bytes(at(t)) >= 29 * 6600);
    CHECK(rate.bytes(at(t)) <= 31 * 6600);
  }
}

TEST_CASE("score: all delivered is ten, none is zero, repairs count for less") {
  struct Row {
    ScoreSample sample;
    int score;
  };
  const Row rows[] = {
      {{0, 0, 0, 0}, 10},     {{100, 0, 0, 0}, 10}, {{100, 100, 0, 0}, 0},
      {{100, 200, 0, 0}, 0},  {{100, 10, 0, 0}, 7}, {{100, 10, 10, 10}, 9},
      {{100, 10, 10, 20}, 8}, {{100, 50, 0, 0}, 1}, {{100, 5, 50, 50}, 8},
  };
  for (const auto& row : rows) {
    CAPTURE(row.sample.lost);
    CAPTURE(row.sample.repaired);
    CHECK(int{score_of(row.sample)} == row.score);
  }
}

TEST_CASE("score history: a mean with the most weight on the newest") {
  ScoreHistory history;
  CHECK(history.score() == 10);
  CHECK(history.add(0));  // (0) / 1
  CHECK(history.score() == 0);
  CHECK(history.add(10));  // (0 + 2 * 10) / 3
  CHECK(history.score() == 7);
  for (int i = 0; i < 24; ++i) history.add(10);
  CHECK(history.score() == 10);
  CHECK(!history.add(10));
}

TEST_CASE("remote clock: the fastest report sets the offset") {
  RemoteClock clock(90000);
  const auto ntp = [](int64_t ms) {
    return NtpTime{static_cast<uint32_t>(3'900'000'000 + ms / 1000),
                   static_cast<uint32_t>((uint64_t(ms % 1000) << 32) / 1000)};
  };
  clock.handle_report(at(40ms), ntp(0), 1000);
  clock.handle_report(at(1020ms), ntp(1000), 91000);
  CHECK(!clock.instant_of(91000));
  clock.handle_report(at(2090ms), ntp(2000), 181000);
  // Captured at NTP 2000 ms; the smallest delay seen was 20 ms, which cannot be told from the
  // offset.
  const auto captured = clock.instant_of(181000);
  REQUIRE(captured.has_value());
  CHECK(std::abs(to_us(*captured - at(2020ms))) <= 1);
  CHECK(std::abs(to_us(*clock.instant_of(181000 + 9000) - at(2120ms))) <= 1);
  CHECK(std::abs(to_us(*clock.instant_of(181000 - 9000) - at(1920ms))) <= 1);
  CHECK(!clock.instant_of(181000 + 90000 * 11));
  CHECK(!RemoteClock(0).instant_of(5));
}

TEST_CASE("remote clock: a wall clock that was set starts the estimate anew") {
  RemoteClock clock(1000);
  for (uint32_t i = 0; i < 5; ++i) clock.handle_report(at(i * 1s), {1000 + i, 0}, i * 1000);
  CHECK(clock.instant_of(4000) == at(4s));
  clock.handle_report(at(5s), {500, 0}, 5000);
  CHECK(!clock.instant_of(5000));
}

TEST_CASE("round trip: arrival less report less delay, nonsense is zero") {
  // 0xB7058000 - 0xB7052000 - 0x00005400 as RFC 3550, 6.4.1's example has it: 6.125 s.
  CHECK(round_trip_ms({0x0000B710, 0x80000000}, 0xB7052000, 0x00054000) == doctest::Approx(6125));
  CHECK(round_trip_ms({0x0000B710, 0x80000000}, 0, 0x00054000) == 0);
  CHECK(round_trip_ms({1, 0}, 0x00020000, 0) == 0);  // Negative.
  // Across the wrap of the seconds.
  CHECK(round_trip_ms({0x00010000, 0x80000000}, 0xFFFF8000, 0x00008000) == doctest::Approx(500));
  CHECK(to_q16(1500ms) == 0x00018000);
  CHECK(to_q16(-1ms) == 0);
  CHECK(to_q16(70000s) == UINT32_MAX);
}
