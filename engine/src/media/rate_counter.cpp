#include "media/rate_counter.h"

namespace sluice::media {

void RateCounter::advance(Instant now) {
  if (now - item_end_ >= window_) {
    items_.fill(0);
    total_ = 0;
    item_end_ = now + item_;
    return;
  }
  for (; item_end_ <= now; item_end_ += item_) {
    current_ = current_ + 1 == kItems ? 0 : current_ + 1;
    total_ -= items_[current_];
    items_[current_] = 0;
  }
}

}  // namespace sluice::media
