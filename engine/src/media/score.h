// The quality of a stream as a number from 0 (nothing comes) to 10 (all comes).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace sluice::media {

// What one interval between reports looked like.
struct ScoreSample {
  uint32_t sent = 0;      // Or expected, on the receiving side.
  uint32_t lost = 0;      // As reports count it: repaired ones are in it.
  uint32_t repaired = 0;  // Lost ones that a retransmission brought.
  uint32_t retransmitted = 0;
};

// mediasoup's RtpStream: (share delivered)^4 * 10, where a repaired packet counts for less the more
// of them there were and the more retransmissions it took.
uint8_t score_of(const ScoreSample& sample);

// A weighted mean of the last samples, the newest with the most weight.
class ScoreHistory {
 public:
  static constexpr size_t kSamples = 24;  // mediasoup: ScoreHistogramLength.
  static constexpr uint8_t kBest = 10;
  // Reports come a second apart. A peer that floods us with them gives a sample, and through it the
  // application an event, no more often than this.
  static constexpr Duration kSampleIntervalMin = 100ms;

  explicit ScoreHistory(uint8_t initial = kBest) : score_(initial) {}

  uint8_t score() const { return score_; }
  // Whether a sample may be added again; if so, the next may only after the interval.
  bool takes_sample(Instant now) {
    if (now < next_sample_at_) return false;
    next_sample_at_ = now + kSampleIntervalMin;
    return true;
  }
  // True when the score changed.
  bool add(uint8_t sample);
  bool reset(uint8_t score);

 private:
  std::array<uint8_t, kSamples> samples_{};  // Oldest first.
  Instant next_sample_at_ = Instant::min();
  uint8_t size_ = 0;
  uint8_t score_;
};

}  // namespace sluice::media
