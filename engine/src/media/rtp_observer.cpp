#include "media/rtp_observer.h"

#include <algorithm>
#include <utility>

namespace sluice::media {

size_t RtpObserver::place_of(ObjectId producer) const {
  const auto found = std::find_if(subjects_.begin(), subjects_.end(), [&](const Subject& subject) {
    return subject.producer == producer;
  });
  return static_cast<size_t>(found - subjects_.begin());
}

bool RtpObserver::add(ObjectId producer, AudioMeter& meter, bool is_producer_paused) {
  if (observes(producer)) return false;
  subjects_.push_back({producer, &meter, is_producer_paused, meter.totals()});
  return true;
}

bool RtpObserver::remove(ObjectId producer) {
  const size_t place = place_of(producer);
  if (place == subjects_.size()) return false;
  subjects_.erase(subjects_.begin() + static_cast<std::ptrdiff_t>(place));
  on_remove(producer);
  return true;
}

void RtpObserver::set_producer_paused(ObjectId producer, bool is_paused) {
  const size_t place = place_of(producer);
  if (place == subjects_.size()) return;
  subjects_[place].is_paused = is_paused;
  subjects_[place].counted = subjects_[place].meter->totals();
}

void RtpObserver::pause() {
  if (is_paused()) return;
  next_judgement_ = kNever;
  on_pause();
}

void RtpObserver::resume(Instant now) {
  if (!is_paused()) return;
  next_judgement_ = now + interval_;
  is_hurried_ = false;
  for (Subject& subject : subjects_) subject.counted = subject.meter->totals();
}

Instant RtpObserver::next_timeout() const {
  return is_hurried_ && !is_paused() ? Instant::min() : next_judgement_;
}

void RtpObserver::handle_timeout(Instant now) {
  if (next_timeout() > now) return;
  is_hurried_ = false;
  if (next_judgement_ <= now) {
    next_judgement_ += interval_;
    // After a stall one judgement, not one for each period that was missed.
    if (next_judgement_ <= now) next_judgement_ = now + interval_;
  }
  judge(now);
}

}  // namespace sluice::media
