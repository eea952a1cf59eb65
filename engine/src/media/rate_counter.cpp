#include "media/rate_counter.h"

#include <algorithm>

namespace sluice::media {

void RateCounter::advance(Instant now) {
  const auto steps = static_cast<uint64_t>((now - item_end_) / item_) + 1;
  if (steps >= kItems) {
    items_.fill(0);
    total_ = 0;
    item_end_ = now + item_;
    return;
  }
  for (uint64_t i = 0; i < steps; ++i) {
    current_ = current_ + 1 == kItems ? 0 : current_ + 1;
    total_ -= items_[current_];
    items_[current_] = 0;
  }
  item_end_ += item_ * static_cast<int64_t>(steps);
}

}  // namespace sluice::media
