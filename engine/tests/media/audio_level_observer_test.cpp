#include "media/audio_level_observer.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/media/loudness.h"
#include "tests/media/support.h"

namespace sluice::media {
namespace {

using support::at;
using support::note;

std::string text(const std::optional<AudioLevelObserver::Volumes>& volumes) {
  if (!volumes) return "nothing";
  if (volumes->empty()) return "silence";
  std::string all;
  for (const auto& [producer, dbov] : *volumes) {
    all += (all.empty() ? "" : " ") + std::to_string(producer) + ":" + std::to_string(dbov);
  }
  return all;
}

// Producers 1, 2, ... and their observer.
struct Scene {
  std::vector<AudioMeter> meters;
  AudioLevelObserver observer;
  Instant now = at(0ms);

  explicit Scene(size_t producers, AudioLevelOptions options = {})
      : meters(producers, AudioMeter(at(0ms))), observer(at(0ms), options) {
    for (size_t i = 0; i < producers; ++i) observer.add(id(i), meters[i], false);
  }
  static ObjectId id(size_t i) { return static_cast<ObjectId>(i + 1); }

  void send(size_t i, std::vector<int> levels) {
    for (const int dbov : levels) note(meters[i], now, dbov);
  }
  void send(size_t i, size_t packets, int dbov) { send(i, std::vector<int>(packets, dbov)); }

  // To the end of the period, which must be there.
  std::string judge() {
    now = observer.next_timeout();
    REQUIRE(now != kNever);
    observer.handle_timeout(now - 1ns);
    REQUIRE(text(observer.take_volumes()) == "nothing");
    observer.handle_timeout(now);
    return text(observer.take_volumes());
  }
};

TEST_CASE("audio levels: averages of ten packets and more, from the threshold up, loudest first") {
  struct Case {
    const char* what;
    size_t entries_max;
    int threshold;
    std::vector<std::vector<int>> levels;  // By producer.
    const char* expected;
  };
  const std::vector<int> nine(9, -10), ten(10, -40), eleven(11, -20);
  std::vector<int> mixed(9, -40);
  mixed.push_back(-47);  // Average -40.7.
  std::vector<int> steps(10, -40);
  steps.push_back(-80);  // Average -43.6.
  const Case cases[] = {
      {"nobody", 1, -80, {}, "nothing"},
      {"no packets", 1, -80, {{}}, "nothing"},
      {"nine are too few", 1, -80, {nine}, "nothing"},
      {"ten are enough", 1, -80, {ten}, "1:-40"},
      {"the loudest alone", 1, -80, {ten, eleven}, "2:-20"},
      {"as many as asked for", 2, -80, {ten, eleven, nine}, "2:-20 1:-40"},
      {"equal ones by their ids", 3, -80, {ten, eleven, ten}, "2:-20 1:-40 3:-40"},
      {"the threshold itself is loud enough", 1, -40, {ten}, "1:-40"},
      {"below it is silence", 1, -39, {ten}, "nothing"},
      {"only who is above it", 9, -30, {ten, eleven}, "2:-20"},
      {"fractions count to the louder side", 9, -127, {mixed, steps}, "1:-40 2:-43"},
      {"the whole range",
       9,
       -127,
       {std::vector<int>(10, -127), std::vector<int>(10, 0)},
       "2:0 1:-127"},
      {"nothing is louder than 0", 1, 0, {std::vector<int>(10, 0)}, "1:0"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    Scene scene(c.levels.size(), {c.entries_max, c.threshold, 1000ms});
    for (size_t i = 0; i < c.levels.size(); ++i) scene.send(i, c.levels[i]);
    CHECK(scene.judge() == c.expected);
  }
}

TEST_CASE("audio levels: silence is told once, and only after volumes") {
  Scene scene(1);
  CHECK(scene.judge() == "nothing");
  scene.send(0, 10, -30);
  CHECK(scene.judge() == "1:-30");
  scene.send(0, 10, -30);
  CHECK(scene.judge() == "1:-30");  // Each period, also when nothing changed.
  CHECK(scene.judge() == "silence");
  CHECK(scene.judge() == "nothing");
  scene.send(0, 50, -100);
  CHECK(scene.judge() == "nothing");
  scene.send(0, 9, -30);
  CHECK(scene.judge() == "nothing");  // A period's packets do not count in the next.
  scene.send(0, 1, -30);
  CHECK(scene.judge() == "nothing");
}

TEST_CASE("audio levels: the period keeps its pace within its limits") {
  struct Case {
    Duration asked, given;
  };
  for (const auto& [asked, given] : {Case{0ms, 250ms}, Case{249ms, 250ms}, Case{250ms, 250ms},
                                     Case{800ms, 800ms}, Case{5000ms, 5000ms}, Case{1h, 5000ms}}) {
    AudioLevelObserver observer(at(0ms), {1, -80, asked});
    CHECK(observer.next_timeout() == at(given));
    observer.handle_timeout(at(given + 30ms));  // Late, and in time again.
    CHECK(observer.next_timeout() == at(given * 2));
    observer.handle_timeout(at(given * 7));  // After a stall no burst.
    CHECK(observer.next_timeout() == at(given * 8));
  }
}

TEST_CASE("audio levels: a paused producer is passed over and starts afresh") {
  Scene scene(2, {2, -80, 1000ms});
  scene.send(0, 20, -10);
  scene.send(1, 20, -50);
  scene.observer.producer_paused(1);
  CHECK(scene.judge() == "2:-50");
  scene.send(1, 20, -50);
  scene.observer.producer_resumed(1);
  scene.send(0, 9, -10);
  CHECK(scene.judge() == "2:-50");
  scene.send(0, 15, -10);
  scene.observer.producer_paused(1);
  scene.observer.producer_resumed(1);
  scene.send(0, 10, -90);
  CHECK(scene.judge() == "silence");
  scene.observer.producer_paused(99);  // Whoever that is.
  CHECK(scene.judge() == "nothing");
}

TEST_CASE("audio levels: a paused observer tells silence if it has to, and counts nothing") {
  Scene scene(1);
  scene.observer.pause();
  CHECK(text(scene.observer.take_volumes()) == "nothing");
  CHECK(scene.observer.is_paused());
  CHECK(scene.observer.next_timeout() == kNever);
  scene.observer.handle_timeout(at(1h));
  CHECK(text(scene.observer.take_volumes()) == "nothing");

  scene.send(0, 50, -10);
  scene.observer.resume(at(2h));
  scene.observer.resume(at(3h));
  CHECK(scene.observer.next_timeout() == at(2h + 1000ms));
  scene.send(0, 12, -70);
  CHECK(scene.judge() == "1:-70");
  scene.observer.pause();
  CHECK(text(scene.observer.take_volumes()) == "silence");
  scene.observer.pause();
  CHECK(text(scene.observer.take_volumes()) == "nothing");
}

TEST_CASE("audio levels: two observers of one producer count apart") {
  Scene scene(1);
  AudioLevelObserver other(at(0ms), {1, -127, 2000ms});
  CHECK(other.add(1, scene.meters[0], false));
  scene.send(0, 20, -20);
  CHECK(scene.judge() == "1:-20");
  scene.send(0, 20, -40);
  CHECK(scene.judge() == "1:-40");
  other.handle_timeout(other.next_timeout());
  CHECK(text(other.take_volumes()) == "1:-30");
}

TEST_CASE("audio levels: who comes later counts from then on, and who leaves does not count") {
  Scene scene(1, {9, -80, 1000ms});
  AudioMeter late(at(0ms));
  for (int n = 0; n < 50; ++n) note(late, at(0ms), -1);
  CHECK(scene.observer.add(7, late, false));
  CHECK_FALSE(scene.observer.add(7, late, false));
  CHECK(scene.observer.size() == 2);
  CHECK(scene.observer.observes(7));
  for (int n = 0; n < 10; ++n) note(late, at(0ms), -60);
  scene.send(0, 10, -50);
  CHECK(scene.judge() == "1:-50 7:-60");

  for (int n = 0; n < 10; ++n) note(late, at(0ms), -60);
  CHECK(scene.observer.remove(7));
  CHECK_FALSE(scene.observer.remove(7));
  CHECK(scene.judge() == "silence");

  CHECK(scene.observer.add(8, late, true));  // A paused one.
  for (int n = 0; n < 10; ++n) note(late, at(0ms), -60);
  CHECK(scene.judge() == "nothing");
}

}  // namespace
}  // namespace sluice::media
