// Delays in buckets whose width is 1/64 of their value, so that recording one costs an increment
// and a quantile is exact to 1.6 %.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "base/time.h"

namespace sluice::bench {

class DelayHistogram {
 public:
  void clear() { *this = {}; }

  void add(Duration delay) {
    const auto ns = static_cast<uint64_t>(std::max<int64_t>(delay.count(), 0));
    ++buckets_[bucket_of(ns)];
    ++count_;
    max_ns_ = std::max(max_ns_, ns);
  }

  uint64_t count() const { return count_; }
  double max_ms() const { return static_cast<double>(max_ns_) / 1e6; }

  // The delay that `share` (0..1) of all did not exceed; 0 when there is none.
  double quantile_ms(double share) const {
    const auto wanted = static_cast<uint64_t>(share * static_cast<double>(count_));
    uint64_t seen = 0;
    for (size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen > wanted) return static_cast<double>(value_of(i)) / 1e6;
    }
    return max_ms();
  }

 private:
  static constexpr unsigned kBits = 6;
  static constexpr uint64_t kSteps = uint64_t{1} << kBits;

  // Values below 64 have a bucket each; above, the six bits behind the leading one choose.
  static size_t bucket_of(uint64_t ns) {
    if (ns < kSteps) return ns;
    const unsigned shift = static_cast<unsigned>(std::bit_width(ns)) - 1 - kBits;
    return (shift + 1) * kSteps + (ns >> shift) - kSteps;
  }
  static uint64_t value_of(size_t bucket) {
    if (bucket < kSteps) return bucket;
    const unsigned shift = static_cast<unsigned>(bucket / kSteps) - 1;
    return (bucket % kSteps + kSteps) << shift;
  }

  std::array<uint64_t, (64 - kBits + 1) * kSteps> buckets_{};
  uint64_t count_ = 0;
  uint64_t max_ns_ = 0;
};

}  // namespace sluice::bench
