// Tells who dominates a conversation: I. Volfin and I. Cohen, "Dominant speaker identification for
// multipoint videoconferencing", Computer Speech and Language 27 (2013).
//
// Speech is judged over three times: the newest 20 ms, the newest 100 ms, and the last second. Each
// gives a count of parts that were active; from the count follows a score, the logarithm of how
// much likelier it is of somebody who speaks than of somebody who does not. Another speaker takes
// over when its scores exceed the dominant one's by a margin in all three: a cough has no second,
// and a listener's "yes" ends before the dominant speaker has been silent.
#pragma once

#include <chrono>
#include <optional>

#include "media/rtp_observer.h"

namespace sluice::media {

struct ActiveSpeakerOptions {
  Duration interval = 300ms;
};

// How active a speaker is over the three times: the counts of section 3 of the paper. Each is
// worked out when it is asked for, since most speakers are found silent by the first.
class SpeechActivity {
 public:
  static constexpr size_t kImmediateMax = 13;  // N1: parts of the range of loudness.
  static constexpr size_t kMediumMax = 5;      // N2: steps of 20 ms.
  static constexpr size_t kLongMax = 10;       // N3: blocks of N2 steps.

  explicit SpeechActivity(const AudioMeter& meter) : meter_(meter) {}

  size_t immediate_count() const { return parts(0); }
  size_t medium_count() const { return active_steps(0); }
  size_t long_count() const;

 private:
  size_t parts(size_t step) const;
  size_t active_steps(size_t block) const;

  const AudioMeter& meter_;
};

class ActiveSpeakerObserver final : public RtpObserver {
 public:
  static constexpr Duration kIntervalMin = 100ms;
  static constexpr Duration kIntervalMax = 5000ms;

  // An interval beyond the limits becomes the nearest limit.
  ActiveSpeakerObserver(Instant now, const ActiveSpeakerOptions& options);

  // Who dominates; kNoId while nobody does.
  ObjectId dominant() const { return dominant_; }
  // The new one, once after each change.
  std::optional<ObjectId> take_dominant();

 private:
  void judge(Instant now) override;
  void on_remove(ObjectId producer) override;

  ObjectId dominant_ = kNoId;
  bool is_changed_ = false;
};

}  // namespace sluice::media
