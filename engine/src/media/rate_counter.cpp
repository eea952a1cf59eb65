#include "media/rate_counter.h"

namespace sluice::media {

uint64_t RateCounter::bytes(Instant now) {
  if (now >= slice_end_) advance(now);
  // As far as the current slice has come, the oldest one has left the window.
  const uint64_t oldest = slices_[after(current_)];
  const Duration left = slice_end_ - now;
  const Duration gone = left < slice_ ? slice_ - left : Duration{};
  return total_ -
         oldest * static_cast<uint64_t>(gone.count()) / static_cast<uint64_t>(slice_.count());
}

void RateCounter::advance(Instant now) {
  if (now - slice_end_ >= window()) {
    slices_.fill(0);
    total_ = 0;
    slice_end_ = now + slice_;
    return;
  }
  for (; slice_end_ <= now; slice_end_ += slice_) {
    current_ = static_cast<uint32_t>(after(current_));
    total_ -= slices_[current_];
    slices_[current_] = 0;
  }
}

}  // namespace sluice::media
