#include "media/active_speaker_observer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace sluice::media {
namespace {

// A part of the range of loudness, 127 dB in kImmediateMax parts.
constexpr size_t kPartDb =
    (AudioMeter::kLoudnessMax + SpeechActivity::kImmediateMax - 1) / SpeechActivity::kImmediateMax;
// More parts than these make a step of 20 ms active; more active steps make a block active.
constexpr size_t kActiveParts = 7;
constexpr size_t kActiveSteps = 4;
static_assert(SpeechActivity::kMediumMax * SpeechActivity::kLongMax == AudioMeter::kSteps);

// By how much (natural logarithm of the ratio) a score must exceed the dominant speaker's: C1, C2
// and C3 of the paper.
constexpr double kImmediateMargin = 3;
constexpr double kMediumMargin = 2;
constexpr double kLongMargin = 0;

// Scores are positive, so that ratios of them make sense.
constexpr double kScoreMin = 1e-10;

// The logarithm of the score of each count. A speaker's count has a binomial distribution (each of
// the `Max` parts is active with probability one half), a silent one's an exponential one.
template <size_t Max>
class ScoreTable {
 public:
  explicit ScoreTable(double lambda) {
    for (size_t count = 0; count <= Max; ++count) {
      const double speech = log_choose(count) + static_cast<double>(Max) * std::log(0.5);
      const double silence = std::log(lambda) - lambda * static_cast<double>(count);
      logs_[count] = std::log(std::max(speech - silence, kScoreMin));
    }
  }
  double operator[](size_t count) const { return logs_[count]; }

 private:
  static double log_choose(size_t count) {
    double ways = 1;
    for (size_t i = 0; i < count; ++i) {
      ways = ways * static_cast<double>(Max - i) / static_cast<double>(i + 1);
    }
    return std::log(ways);
  }

  std::array<double, Max + 1> logs_;
};

struct ScoreTables {
  ScoreTable<SpeechActivity::kImmediateMax> of_immediate{0.78};
  ScoreTable<SpeechActivity::kMediumMax> of_medium{24};
  ScoreTable<SpeechActivity::kLongMax> of_long{47};
};

}  // namespace

// What is not clearly louder than the room is no speech.
size_t SpeechActivity::parts(size_t step) const {
  const size_t loudness = meter_.loudness(step);
  return loudness < meter_.floor().loudness() + kPartDb ? 0 : loudness / kPartDb;
}

size_t SpeechActivity::active_steps(size_t block) const {
  size_t active = 0;
  for (size_t i = 0; i < kMediumMax; ++i) active += parts(block * kMediumMax + i) > kActiveParts;
  return active;
}

size_t SpeechActivity::long_count() const {
  size_t active = 0;
  for (size_t block = 0; block < kLongMax; ++block) active += active_steps(block) > kActiveSteps;
  return active;
}

ActiveSpeakerObserver::ActiveSpeakerObserver(Instant now, const ActiveSpeakerOptions& options)
    : RtpObserver(now, std::clamp(options.interval, kIntervalMin, kIntervalMax)) {}

void ActiveSpeakerObserver::judge(Instant now) {
  const Subject* reigning = nullptr;
  for (Subject& subject : subjects()) {
    subject.meter->expire(now);
    if (subject.producer == dominant_) reigning = &subject;
  }
  // Somebody has to begin.
  for (const Subject& subject : subjects()) {
    if (!reigning && !subject.is_paused) reigning = &subject;
  }
  if (!reigning) return;

  static const ScoreTables score;
  const SpeechActivity to_beat(*reigning->meter);
  const double immediate_least = score.of_immediate[to_beat.immediate_count()] + kImmediateMargin;
  const double long_least = score.of_long[to_beat.long_count()] + kLongMargin;
  const Subject* best = reigning;
  double medium_least = score.of_medium[to_beat.medium_count()] + kMediumMargin;
  for (const Subject& subject : subjects()) {
    if (&subject == reigning || subject.is_paused) continue;
    const SpeechActivity activity(*subject.meter);
    if (score.of_immediate[activity.immediate_count()] <= immediate_least) continue;
    const double medium_score = score.of_medium[activity.medium_count()];
    if (medium_score <= medium_least) continue;
    if (score.of_long[activity.long_count()] <= long_least) continue;
    medium_least = medium_score;
    best = &subject;
  }
  if (best->producer == dominant_) return;
  dominant_ = best->producer;
  is_changed_ = true;
}

void ActiveSpeakerObserver::on_remove(ObjectId producer) {
  if (producer != dominant_) return;
  dominant_ = kNoId;
  is_changed_ = false;
  hurry();
}

std::optional<ObjectId> ActiveSpeakerObserver::take_dominant() {
  if (!std::exchange(is_changed_, false)) return std::nullopt;
  return dominant_;
}

}  // namespace sluice::media
