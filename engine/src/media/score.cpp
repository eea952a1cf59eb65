#include "media/score.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sluice::media {

uint8_t score_of(const ScoreSample& sample) {
  if (sample.sent == 0) return ScoreHistory::kBest;
  const double sent = sample.sent;
  double lost = std::min(sample.lost, sample.sent);
  const double repaired = std::min<double>(sample.repaired, lost);
  double weight = std::pow(1 / (repaired / sent + 1), 4);
  if (sample.retransmitted > 0) weight *= std::min(1.0, repaired / sample.retransmitted);
  lost -= repaired * weight;
  const double delivered = (sent - lost) / sent;
  return static_cast<uint8_t>(std::lround(std::pow(delivered, 4) * ScoreHistory::kBest));
}

bool ScoreHistory::add(uint8_t sample) {
  if (size_ == kSamples) {
    std::copy(samples_.begin() + 1, samples_.end(), samples_.begin());
    --size_;
  }
  samples_[size_++] = sample;
  unsigned weights = 0, sum = 0;
  for (unsigned i = 0; i < size_; ++i) {
    weights += i + 1;
    sum += (i + 1) * samples_[i];
  }
  const auto score = static_cast<uint8_t>(std::lround(static_cast<double>(sum) / weights));
  return std::exchange(score_, score) != score;
}

bool ScoreHistory::reset(uint8_t score) {
  size_ = 0;
  return std::exchange(score_, score) != score;
}

}  // namespace sluice::media
