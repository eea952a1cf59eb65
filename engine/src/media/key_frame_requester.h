// When to ask a sender for a key frame: many consumers ask, the sender hears one of them.
//
// After a request the next ones wait up to a second for the key frame; if one came meanwhile and
// the key frame did not, the request is repeated once. With a delay, requests after the first wait
// for the delay to pass.
#pragma once

#include <algorithm>
#include <utility>

#include "base/time.h"

namespace sluice::media {

class KeyFrameRequester {
 public:
  // mediasoup's KeyFrameRequestManager: KeyFrameRetransmissionWaitMs.
  static constexpr Duration kWait = 1000ms;

  explicit KeyFrameRequester(Duration delay = {}) : delay_(delay) {}

  // Each returns true when a PLI or FIR is to be sent now.
  bool request(Instant now);
  bool force(Instant now);  // Regardless of what is under way.
  bool handle_timeout(Instant now);

  void handle_key_frame();
  void reset();
  Instant next_timeout() const { return std::min(wait_until_, delay_until_); }

 private:
  Duration delay_;
  Instant wait_until_ = kNever;
  Instant delay_until_ = kNever;
  bool retry_ = false;  // Ask again when the wait ends in vain.
  bool asked_in_delay_ = false;
};

}  // namespace sluice::media
