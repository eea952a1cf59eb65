#include "media/audio_meter.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/media/loudness.h"
#include "tests/media/support.h"

namespace sluice::media {
namespace {

using support::at;
using support::note;

// The newest levels first.
std::vector<int> newest(const AudioMeter& meter, size_t steps) {
  std::vector<int> levels;
  for (size_t ago = 0; ago < steps; ++ago) levels.push_back(meter.loudness(ago));
  return levels;
}

TEST_CASE("audio meter: a packet stands for the time since the one before") {
  struct Case {
    Duration gap;
    size_t steps;
  };
  const Case cases[] = {
      {0ms, 1},  {1ms, 1},  {20ms, 1},   {39ms, 1},    {40ms, 2},
      {60ms, 3}, {65ms, 3}, {999ms, 49}, {1000ms, 50}, {24h, AudioMeter::kSteps},
  };
  for (const auto& [gap, steps] : cases) {
    CAPTURE(gap.count());
    AudioMeter meter(at(0ms));
    note(meter, at(gap), -27);
    for (size_t ago = 0; ago < AudioMeter::kSteps; ++ago) {
      CHECK(meter.loudness(ago) == (ago < steps ? 100 : 0));
    }
  }
}

TEST_CASE("audio meter: the newest level is first, around the ring") {
  AudioMeter meter(at(0ms));
  for (int n = 1; n <= 120; ++n) note(meter, at(n * 20ms), n - 127);
  CHECK(newest(meter, 3) == std::vector<int>{120, 119, 118});
  CHECK(meter.loudness(AudioMeter::kSteps - 1) == 71);
}

TEST_CASE("audio meter: without packets it becomes silent, but not between two of them") {
  AudioMeter meter(at(0ms));
  note(meter, at(20ms), -27);
  note(meter, at(40ms), -27);
  meter.expire(at(80ms));
  CHECK(newest(meter, 3) == std::vector<int>{100, 100, 0});
  meter.expire(at(81ms));
  CHECK(newest(meter, 5) == std::vector<int>{0, 0, 100, 100, 0});
  meter.expire(at(121ms));  // 40 ms since it last was.
  CHECK(newest(meter, 5) == std::vector<int>{0, 0, 100, 100, 0});
  meter.expire(at(181ms));
  CHECK(newest(meter, 8) == std::vector<int>{0, 0, 0, 0, 0, 0, 0, 100});
  meter.expire(at(2000ms));
  CHECK(newest(meter, AudioMeter::kSteps) == std::vector<int>(AudioMeter::kSteps, 0));
  CHECK(meter.totals().packets == 2);
}

TEST_CASE("audio meter: time that goes back changes no level") {
  AudioMeter meter(at(100ms));
  note(meter, at(120ms), -27);
  note(meter, at(110ms), -1);
  meter.expire(at(50ms));
  CHECK(newest(meter, 2) == std::vector<int>{100, 0});
}

TEST_CASE("audio meter: totals count packets that have a level") {
  AudioMeter meter(at(0ms));
  note(meter, at(20ms), 0);
  note(meter, at(40ms), -127);
  note(meter, at(60ms), -30);
  meter.note(at(80ms), {});  // No extension.
  const uint8_t three_bytes[3] = {1, 2, 3};
  meter.note(at(100ms), three_bytes);
  CHECK(meter.totals().packets == 3);
  CHECK(meter.totals().attenuation == 157);
  CHECK(newest(meter, 3) == std::vector<int>{97, 0, 127});
}

TEST_CASE("noise floor: falls at once, rises half way in 15 s, and knows no digital silence") {
  NoiseFloor floor;
  const auto repeat = [&](int times, uint8_t loudness) {
    for (int i = 0; i < times; ++i) floor.note(loudness);
    return int{floor.loudness()};
  };
  CHECK(repeat(100, 0) == 0);
  CHECK(repeat(1, 80) == 80);
  CHECK(repeat(1, 40) == 40);
  CHECK(repeat(1000, 0) == 40);
  CHECK(repeat(749, 90) == 40);
  CHECK(repeat(1, 90) == 60);  // The root of 40 x 90.
  CHECK(repeat(749, 90) == 60);
  CHECK(repeat(1, 70) == 64);  // The quietest of the window counts: 60 x 70.
  CHECK(repeat(700, 100) == 64);
  CHECK(repeat(1, 20) == 20);  // The window begins anew.
  CHECK(repeat(749, 127) == 20);
  CHECK(repeat(1, 127) == 50);
}

TEST_CASE("producer: notes levels while somebody watches, and only of packets it forwards") {
  support::Room room(support::audio_producer());
  Producer& producer = *room.producer;
  uint16_t seq = 100;
  const auto send = [&](Instant now, uint8_t level) {
    support::Spec spec{.ssrc = 0x66666666, .seq = ++seq, .payload_type = support::kOpus};
    const uint8_t value[] = {level};
    spec.extensions = {{6, value}};
    const auto result = room.receive(now, spec);
    producer.clear_batch();
    return result;
  };
  send(at(0ms), 10);
  AudioMeter& meter = producer.watch_loudness(at(0ms));
  CHECK(&producer.watch_loudness(at(0ms)) == &meter);
  CHECK(meter.totals().packets == 0);
  send(at(20ms), 0x80 | 20);
  CHECK(meter.totals().packets == 1);
  CHECK(meter.totals().attenuation == 20);
  CHECK(meter.loudness(0) == 107);

  producer.pause(at(30ms));
  CHECK(send(at(40ms), 5) == ReceiveResult::paused);
  CHECK(meter.totals().packets == 1);
  producer.resume(at(50ms));
  --seq;
  CHECK(send(at(60ms), 5) == ReceiveResult::duplicate);
  CHECK(meter.totals().packets == 1);

  producer.unwatch_loudness();
  send(at(80ms), 30);
  CHECK(meter.totals().packets == 2);
  producer.unwatch_loudness();
  CHECK(producer.watch_loudness(at(100ms)).totals().packets == 0);
}

}  // namespace
}  // namespace sluice::media
