// Bytes over a sliding window, as a bitrate. A ring of items, each a slice of the window; adding
// costs two additions while the slice lasts. Never allocates.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace sluice::media {

class RateCounter {
 public:
  // mediasoup's RateCalculator: a window of 1000 ms in 100 items.
  static constexpr size_t kItems = 100;
  static constexpr Duration kWindow = 1000ms;

  explicit RateCounter(Duration window = kWindow) : item_(window / kItems), window_(window) {}

  void add(Instant now, uint32_t bytes) {
    if (now >= item_end_) advance(now);
    items_[current_] += bytes;
    total_ += bytes;
  }

  // Bits a second over the window that ends at `now`.
  uint64_t bitrate(Instant now) {
    if (now >= item_end_) advance(now);
    return total_ * 8 * 1000 / static_cast<uint64_t>(to_ms(window_));
  }
  uint64_t bytes(Instant now) {
    if (now >= item_end_) advance(now);
    return total_;
  }

 private:
  void advance(Instant now);

  std::array<uint32_t, kItems> items_{};
  Duration item_;
  Duration window_;
  Instant item_end_{};
  uint64_t total_ = 0;
  uint32_t current_ = 0;
};

}  // namespace sluice::media
