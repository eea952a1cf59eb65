// When to ask a sender for a key frame: many consumers ask, the sender hears one of them.
//
// After a request the next ones wait up to a second for the key frame; if one came meanwhile and
// the key frame did not, the request is repeated once. With a delay, requests after the first wait
// for the delay to pass. Whoever asks and however many key frames come, requests leave at least
// kInterval apart; one that comes too early leaves when the interval ends, unless a key frame has
// answered it by then.
#pragma once

#include <algorithm>
#include <utility>

#include "base/time.h"

namespace sluice::media {

class KeyFrameRequester {
 public:
  // mediasoup's KeyFrameRequestManager: KeyFrameRetransmissionWaitMs.
  static constexpr Duration kWait = 1000ms;

  // Browsers send no more than one key frame per 300 ms, and each costs several times its frame.
  static constexpr Duration kInterval = 500ms;

  explicit KeyFrameRequester(Duration delay = {}) : delay_(delay) {}

  // Each returns true when a PLI or FIR is to be sent now.
  bool request(Instant now);
  bool force(Instant now);  // Regardless of what is under way, but for kInterval.
  bool handle_timeout(Instant now);

  void handle_key_frame();
  void reset();
  Instant next_timeout() const { return std::min({wait_until_, delay_until_, owed_at_}); }

 private:
  bool leave(Instant now);

  Duration delay_;
  Instant wait_until_ = kNever;
  Instant delay_until_ = kNever;
  Instant free_at_ = Instant::min();  // No request leaves before.
  Instant owed_at_ = kNever;          // When the one leaves that came too early.
  bool retry_ = false;                // Ask again when the wait ends in vain.
  bool asked_in_delay_ = false;
};

}  // namespace sluice::media
