// A meeting with a seed: people in rooms of their own noise, one of whom has the floor, while
// others say yes, cough and murmur. Who dominates, and who is loud?
#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <vector>

#include "base/random.h"
#include "media/active_speaker_observer.h"
#include "media/audio_level_observer.h"
#include "rtp/extension_values.h"

namespace sluice::media {
namespace {

constexpr Duration kPacket = 20ms;

// One person's microphone. Speech is syllables with short pauses; all levels are loudness,
// 127 + dBov.
class Person {
 public:
  explicit Person(SeededRandom& random)
      : noise_(random.between(20, 45)), voice_(random.between(88, 105)) {}

  AudioMeter meter{Instant(0s)};
  bool has_floor = false;

  // `lost`: the packet does not arrive.
  void speak(SeededRandom& random, Instant now, bool lost) {
    if (now >= syllable_end_) {
      const bool voiced = now < silent_from_ || has_floor;
      // Syllables of 100 to 300 ms, pauses of 20 to 80; after a syllable always a pause.
      is_loud_ = voiced && !is_loud_;
      syllable_end_ = now +
                      (is_loud_ ? 1 : 0) * std::chrono::milliseconds(random.between(80, 220)) +
                      std::chrono::milliseconds(random.between(20, 80));
    }
    const uint32_t loudness =
        is_loud_ ? voice_ - 6 + random.between(0, 12) : noise_ + random.between(0, 8);
    if (lost) return;
    std::array<uint8_t, 1> value;
    rtp::write_audio_level(value,
                           {is_loud_, static_cast<int8_t>(static_cast<int>(loudness) - 127)});
    meter.note(now, value);
  }
  // Says something of that length without having the floor.
  void interject(Instant now, Duration length) { silent_from_ = now + length; }

 private:
  const uint32_t noise_;
  const uint32_t voice_;
  bool is_loud_ = false;
  Instant syllable_end_{};
  Instant silent_from_{};
};

struct Outcome {
  size_t turns = 0;     // How often the floor changed hands.
  size_t changes = 0;   // How often the observer told of another one.
  size_t followed = 0;  // Turns at whose end the right one dominated.
  Duration right{};     // Time in which the one with the floor dominated.
  Duration time{};
  size_t loudest_right = 0;  // Periods whose loudest was the one with the floor.
  size_t loudest_known = 0;  // Periods without a change of the floor.
};

class Meeting {
 public:
  Meeting(uint64_t seed, size_t people) : random_(seed) {
    for (size_t i = 0; i < people; ++i) {
      people_.push_back(std::make_unique<Person>(random_));
      speaker_.add(id(i), people_[i]->meter, false);
      levels_.add(id(i), people_[i]->meter, false);
    }
    give_floor(0);
  }

  // The last two never get the floor.
  Outcome run(Duration length) {
    for (Instant now(0s); now < Instant(length); now += kPacket) {
      if (now >= turn_end_) end_turn(now);
      if (random_.between(0, 99) == 0) {
        const size_t who = random_.between(0, static_cast<uint32_t>(people_.size() - 1));
        people_[who]->interject(now, std::chrono::milliseconds(random_.between(40, 400)));
      }
      for (auto& person : people_) person->speak(random_, now, random_.between(0, 99) < 3);
      judge(now);
    }
    return outcome_;
  }

 private:
  static ObjectId id(size_t i) { return static_cast<ObjectId>(i + 1); }

  void give_floor(size_t who) {
    people_[floor_]->has_floor = false;
    floor_ = who;
    people_[floor_]->has_floor = true;
    floor_changed_ = true;
  }

  void end_turn(Instant now) {
    ++outcome_.turns;
    outcome_.followed += speaker_.dominant() == id(floor_);
    const auto next = random_.between(1, static_cast<uint32_t>(people_.size() - 3));
    give_floor((floor_ + next) % (people_.size() - 2));
    turn_end_ = now + std::chrono::milliseconds(random_.between(3000, 9000));
  }

  void judge(Instant now) {
    speaker_.handle_timeout(now);
    outcome_.changes += speaker_.take_dominant().has_value();
    outcome_.time += kPacket;
    if (speaker_.dominant() == id(floor_)) outcome_.right += kPacket;

    levels_.handle_timeout(now);
    if (const auto volumes = levels_.take_volumes()) {
      if (!floor_changed_) {
        ++outcome_.loudest_known;
        outcome_.loudest_right += !volumes->empty() && volumes->front().producer == id(floor_);
      }
      floor_changed_ = false;
    }
  }

  SeededRandom random_;
  std::vector<std::unique_ptr<Person>> people_;
  ActiveSpeakerObserver speaker_{Instant(0s), {}};
  AudioLevelObserver levels_{Instant(0s), {}};
  size_t floor_ = 0;
  Instant turn_end_ = Instant(4s);
  bool floor_changed_ = false;
  Outcome outcome_;
};

TEST_CASE("conversation: the dominant speaker follows the floor through noise, coughs and loss") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    const size_t people = 4 + seed % 9;
    const Outcome outcome = Meeting(seed, people).run(10min);
    CAPTURE(outcome.turns);
    CAPTURE(outcome.changes);
    CAPTURE(outcome.followed);
    // At the end of a turn its speaker dominates, and was found within about a second.
    CHECK(outcome.followed == outcome.turns);
    CHECK(outcome.right >= outcome.time * 4 / 5);
    // Nearly nobody else ever does.
    CHECK(outcome.changes <= outcome.turns + outcome.turns / 8);
    CHECK(outcome.loudest_known > 400);
    CHECK(outcome.loudest_right == outcome.loudest_known);
  }
}

}  // namespace
}  // namespace sluice::media
