#include "media/key_frame_requester.h"

namespace sluice::media {

// False: not now, but when the interval ends.
bool KeyFrameRequester::leave(Instant now) {
  if (now < free_at_) {
    owed_at_ = free_at_;
    return false;
  }
  free_at_ = now + kInterval;
  owed_at_ = kNever;
  wait_until_ = now + kWait;
  return true;
}

bool KeyFrameRequester::request(Instant now) {
  if (delay_ > Duration{}) {
    if (delay_until_ != kNever) {
      asked_in_delay_ = true;
      return false;
    }
    delay_until_ = now + delay_;
  }
  retry_ = true;
  if (wait_until_ != kNever || owed_at_ != kNever) return false;
  return leave(now);
}

bool KeyFrameRequester::force(Instant now) {
  if (delay_ > Duration{}) {
    delay_until_ = now + delay_;
    asked_in_delay_ = false;
  }
  retry_ = true;
  return leave(now);
}

bool KeyFrameRequester::handle_timeout(Instant now) {
  bool send = false;
  if (wait_until_ <= now) {
    wait_until_ = kNever;
    if (std::exchange(retry_, false)) send = leave(now);
  }
  if (owed_at_ <= now) send = leave(now) || send;
  if (delay_until_ <= now) {
    delay_until_ = kNever;
    if (std::exchange(asked_in_delay_, false)) send = request(now) || send;
  }
  return send;
}

void KeyFrameRequester::handle_key_frame() {
  wait_until_ = owed_at_ = kNever;
  retry_ = false;
}

void KeyFrameRequester::reset() {
  wait_until_ = delay_until_ = owed_at_ = kNever;
  retry_ = asked_in_delay_ = false;
}

}  // namespace sluice::media
