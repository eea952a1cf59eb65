#include "media/key_frame_requester.h"

namespace sluice::media {

bool KeyFrameRequester::request(Instant now) {
  if (delay_ > Duration{}) {
    if (delay_until_ != kNever) {
      asked_in_delay_ = true;
      return false;
    }
    delay_until_ = now + delay_;
  }
  retry_ = true;
  if (wait_until_ != kNever) return false;
  wait_until_ = now + kWait;
  return true;
}

bool KeyFrameRequester::force(Instant now) {
  if (delay_ > Duration{}) {
    delay_until_ = now + delay_;
    asked_in_delay_ = false;
  }
  retry_ = true;
  wait_until_ = now + kWait;
  return true;
}

bool KeyFrameRequester::handle_timeout(Instant now) {
  bool send = false;
  if (wait_until_ <= now) {
    send = retry_;
    wait_until_ = retry_ ? now + kWait : kNever;
    retry_ = false;
  }
  if (delay_until_ <= now) {
    delay_until_ = kNever;
    if (std::exchange(asked_in_delay_, false)) send = request(now) || send;
  }
  return send;
}

void KeyFrameRequester::handle_key_frame() {
  wait_until_ = kNever;
  retry_ = false;
}

void KeyFrameRequester::reset() {
  wait_until_ = delay_until_ = kNever;
  retry_ = asked_in_delay_ = false;
}

}  // namespace sluice::media
