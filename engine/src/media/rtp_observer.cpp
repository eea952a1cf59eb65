#include "media/rtp_observer.h"

#include <utility>

namespace sluice::media {

size_t RtpObserver::place_of(ObjectId producer) const {
  const auto found = places_.find(producer);
  return found == places_.end() ? subjects_.size() : found->second;
}

bool RtpObserver::add(ObjectId producer, AudioMeter& meter, bool is_producer_paused) {
  if (observes(producer)) return false;
  places_[producer] = subjects_.size();
  subjects_.push_back({producer, &meter, is_producer_paused, meter.totals()});
  return true;
}

bool RtpObserver::remove(ObjectId producer) {
  const size_t place = place_of(producer);
  if (place == subjects_.size()) return false;
  places_[subjects_.back().producer] = place;
  subjects_[place] = subjects_.back();
  subjects_.pop_back();
  places_.erase(producer);
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
