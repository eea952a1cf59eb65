// Bytes over a sliding window, as a bitrate. A ring of slices of the window, of which the oldest
// counts with the part that is still inside; adding costs two additions while the slice lasts.
// Never allocates.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace sluice::media {

class RateCounter {
 public:
  // mediasoup's RateCalculator: a window of 1000 ms. A transport has eight of these: many slices
  // would be its largest part.
  static constexpr size_t kSlices = 20;
  static constexpr Duration kWindow = 1000ms;

  explicit RateCounter(Duration window = kWindow) : slice_(window / kSlices) {}

  void add(Instant now, uint32_t bytes) {
    if (now >= slice_end_) advance(now);
    slices_[current_] += bytes;
    total_ += bytes;
  }

  // Bits a second over the window that ends at `now`.
  uint64_t bitrate(Instant now) {
    return bytes(now) * 8 * 1000 / static_cast<uint64_t>(to_ms(window()));
  }
  uint64_t bytes(Instant now);

 private:
  Duration window() const { return slice_ * kSlices; }
  void advance(Instant now);
  size_t after(size_t slice) const { return slice + 1 == slices_.size() ? 0 : slice + 1; }

  uint64_t total_ = 0;
  Instant slice_end_{};  // Of the current one.
  Duration slice_;
  uint32_t current_ = 0;
  std::array<uint32_t, kSlices + 1> slices_{};
};

}  // namespace sluice::media
