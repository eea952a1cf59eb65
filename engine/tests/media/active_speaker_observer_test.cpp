#include "media/active_speaker_observer.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/media/loudness.h"
#include "tests/media/support.h"

namespace sluice::media {
namespace {

using support::at;
using support::note;

// Levels of a second, step by step. The noise of the room is -90 dBov; the average of speech is
// -30.
constexpr int kNoise = -90;
constexpr int kSpeech = -30;
constexpr int kMurmur = -60;  // Six parts of the range: heard, but not active.

TEST_CASE("speech activity: counts parts of the newest step, active steps, active blocks") {
  struct Case {
    const char* what;
    std::vector<int> levels;  // dBov, oldest first; kNoise before that.
    size_t immediate_count, medium_count, long_count;
  };
  const auto repeat = [](size_t times, int dbov) { return std::vector<int>(times, dbov); };
  std::vector<int> one_block_off = repeat(50, kSpeech);
  one_block_off[22] = kMurmur;
  const Case cases[] = {
      {"noise alone", {kNoise}, 0, 0, 0},
      {"a little more than noise", {kNoise + 9}, 0, 0, 0},
      {"ten more than noise", {kNoise + 10}, 4, 0, 0},
      {"seven parts are not active", {-48}, 7, 0, 0},
      {"eight parts are", {-47}, 8, 1, 0},
      {"as loud as can be", {0}, 12, 1, 0},
      {"four steps", repeat(4, kSpeech), 9, 4, 0},
      {"five steps, a block", repeat(5, kSpeech), 9, 5, 1},
      {"six", repeat(6, kSpeech), 9, 5, 1},
      {"a whole second", repeat(50, kSpeech), 9, 5, 10},
      {"one step of it missing", one_block_off, 9, 5, 9},
      {"murmuring", repeat(50, kMurmur), 6, 0, 0},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    AudioMeter meter(at(0ms));
    Duration elapsed{};
    for (int i = 0; i < 50; ++i) note(meter, at(elapsed += 20ms), kNoise);
    for (const int dbov : c.levels) note(meter, at(elapsed += 20ms), dbov);
    const SpeechActivity activity(meter);
    CHECK(activity.immediate_count() == c.immediate_count);
    CHECK(activity.medium_count() == c.medium_count);
    CHECK(activity.long_count() == c.long_count);
  }
}

TEST_CASE("speech activity: a steady tone is the room's noise, however loud") {
  for (const int dbov : {-40, -10, 0}) {
    CAPTURE(dbov);
    AudioMeter meter(at(0ms));
    for (int i = 0; i < 50; ++i) note(meter, at(i * 20ms), dbov);
    CHECK(SpeechActivity(meter).immediate_count() == 0);
    CHECK(SpeechActivity(meter).long_count() == 0);
  }
}

// Producers 1, 2, ... that send a packet each 20 ms.
struct Scene {
  std::vector<std::unique_ptr<AudioMeter>> meters;
  ActiveSpeakerObserver observer;
  Duration elapsed{};
  std::string told;  // Who became dominant, one after the other.

  explicit Scene(size_t producers, Duration interval = 300ms) : observer(at(0ms), {interval}) {
    for (size_t i = 0; i < producers; ++i) add();
  }
  ObjectId add(bool is_paused = false) {
    meters.push_back(std::make_unique<AudioMeter>(at(elapsed)));
    const auto id = static_cast<ObjectId>(meters.size());
    CHECK(observer.add(id, *meters.back(), is_paused));
    return id;
  }

  // For that long the n-th producer sends the n-th level; silent is who has none.
  static constexpr int kNothing = 1;
  void run(Duration time, const std::vector<int>& levels) {
    for (const Duration end = elapsed + time; elapsed < end;) {
      elapsed += 20ms;
      for (size_t i = 0; i < levels.size(); ++i) {
        if (levels[i] != kNothing) note(*meters[i], at(elapsed), levels[i]);
      }
      judge();
    }
  }
  void judge() {
    observer.handle_timeout(at(elapsed));
    if (const auto dominant = observer.take_dominant()) told += std::to_string(*dominant) + " ";
  }
};

TEST_CASE("active speaker: nobody is told without producers, the only one at once") {
  Scene none(0);
  none.run(1s, {});
  CHECK(none.told == "");
  CHECK(none.observer.dominant() == kNoId);
  Scene one(1);
  one.run(299ms, {kNoise});
  CHECK(one.told == "1 ");  // The first period has ended by then: steps of 20 ms.
  one.run(10s, {kNoise});
  CHECK(one.told == "1 ");
}

TEST_CASE("active speaker: among silent ones the first has the floor") {
  Scene scene(3);
  scene.run(5s, {kNoise, kNoise, kNoise});
  CHECK(scene.told == "1 ");
}

TEST_CASE("active speaker: a speaker takes over from a silent one") {
  Scene scene(3);
  scene.run(1s, {kNoise, kNoise, kNoise});
  scene.run(1s, {kNoise, kNoise, kSpeech});
  CHECK(scene.told == "1 3 ");
}

TEST_CASE("active speaker: who interrupts must have spoken more of the last second") {
  // Both speak: 1 has spoken all of the second, 2 begins.
  Scene scene(2);
  scene.run(1s, {kNoise, kNoise});
  scene.run(2s, {kSpeech, kNoise});
  scene.run(5s, {kSpeech, kSpeech});
  CHECK(scene.told == "1 ");
  // 1 stops: both have ten active blocks, until those of 1 grow old.
  scene.run(80ms, {kNoise, kSpeech});
  CHECK(scene.told == "1 ");
  scene.run(500ms, {kNoise, kSpeech});
  CHECK(scene.told == "1 2 ");
}

TEST_CASE("active speaker: a cough, a short yes and a murmur take no floor") {
  struct Case {
    const char* what;
    Duration time;
    int level;
  };
  for (const auto& [what, time, level] :
       {Case{"a click", 20ms, -5}, Case{"a cough", 80ms, -10}, Case{"murmuring", 20s, kMurmur}}) {
    CAPTURE(what);
    Scene scene(2, 100ms);
    scene.run(2s, {kNoise, kNoise});
    scene.run(time, {kNoise, level});
    scene.run(1s, {kNoise, kNoise});
    CHECK(scene.told == "1 ");
  }
  Scene scene(2, 100ms);
  scene.run(1s, {kNoise, kNoise});
  for (int n = 0; n < 20; ++n) {  // While 1 pauses for breath, shorter than the time of a medium.
    scene.run(700ms, {kSpeech, kNoise});
    scene.run(100ms, {kNoise, kSpeech});
  }
  CHECK(scene.told == "1 ");
}

TEST_CASE("active speaker: of two that begin at once the one that is active more leads") {
  Scene scene(3);
  scene.run(1000ms, {kNoise, kNoise, kNoise});
  scene.run(100ms, {kNoise, kSpeech, kSpeech});
  scene.run(20ms, {kNoise, kMurmur, kSpeech});  // Four of the newest five steps are active.
  scene.run(80ms, {kNoise, kSpeech, kSpeech});
  CHECK(scene.told == "1 3 ");
}

TEST_CASE("active speaker: long packets and gaps keep time") {
  // 60 ms a packet, then none (DTX): silence after 40 ms, seen when a period ends.
  Scene scene(2);
  scene.run(900ms, {kNoise, kNoise});
  for (int n = 0; n < 20; ++n) {
    scene.run(40ms, {kNoise, Scene::kNothing});
    scene.run(20ms, {kNoise, kSpeech});
  }
  CHECK(scene.told == "1 2 ");
  scene.run(1s, {kSpeech, Scene::kNothing});
  CHECK(scene.told == "1 2 1 ");
}

TEST_CASE("active speaker: paused producers do not take part, but keep what they have") {
  Scene scene(2);
  scene.observer.producer_paused(1);
  scene.run(1s, {kNoise, kNoise});
  CHECK(scene.told == "2 ");  // The first that is not paused.
  scene.run(1s, {kSpeech, kNoise});
  CHECK(scene.told == "2 ");
  scene.observer.producer_resumed(1);
  scene.run(300ms, {kSpeech, kNoise});
  CHECK(scene.told == "2 1 ");
  scene.observer.producer_paused(1);
  scene.run(1s, {Scene::kNothing, kNoise});
  CHECK(scene.told == "2 1 ");
  scene.run(1s, {Scene::kNothing, kSpeech});
  CHECK(scene.told == "2 1 2 ");

  Scene paused(0);
  paused.add(true);
  paused.run(1s, {kSpeech});
  CHECK(paused.told == "");
  paused.observer.producer_resumed(1);
  paused.run(300ms, {kSpeech});
  CHECK(paused.told == "1 ");
}

TEST_CASE("active speaker: when the dominant one leaves, another follows without waiting") {
  Scene scene(3, 5000ms);
  scene.run(4s, {kNoise, kNoise, kNoise});
  scene.run(1s, {kNoise, kNoise, kSpeech});
  CHECK(scene.told == "3 ");
  scene.observer.remove(2);  // Nobody's loss.
  CHECK(scene.observer.next_timeout() == at(10s));
  scene.observer.remove(3);
  CHECK(scene.observer.dominant() == kNoId);
  CHECK(scene.observer.next_timeout() <= at(scene.elapsed));
  scene.judge();
  CHECK(scene.told == "3 1 ");
  CHECK(scene.observer.next_timeout() == at(10s));  // The period keeps its pace.
  scene.observer.remove(1);
  scene.judge();
  CHECK(scene.told == "3 1 ");
  CHECK(scene.observer.dominant() == kNoId);
}

TEST_CASE("active speaker: a paused observer tells nothing, and goes on with a whole period") {
  Scene scene(2);
  scene.run(1s, {kNoise, kNoise});
  scene.observer.pause();
  scene.run(1s, {kNoise, kSpeech});
  scene.observer.remove(1);
  scene.judge();
  CHECK(scene.told == "1 ");
  CHECK(scene.observer.next_timeout() == kNever);
  scene.observer.resume(at(scene.elapsed));
  CHECK(scene.observer.next_timeout() == at(scene.elapsed + 300ms));
  scene.run(300ms, {Scene::kNothing, kNoise});
  CHECK(scene.told == "1 2 ");
}

TEST_CASE("active speaker: the period stays within its limits") {
  struct Case {
    Duration asked, given;
  };
  for (const auto& [asked, given] : {Case{0ms, 100ms}, Case{300ms, 300ms}, Case{1h, 5000ms}}) {
    CHECK(ActiveSpeakerObserver(at(0ms), {asked}).next_timeout() == at(given));
  }
}

}  // namespace
}  // namespace sluice::media
