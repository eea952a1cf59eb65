// Keeps the timers of a worker from firing before it has read what its peers sent.
//
// A process that was stopped (SIGSTOP, a paused virtual machine, a busy host) finds all deadlines
// passed when it goes on, while the packets that would have moved them wait in its sockets: checks
// that renew consent, media that shows a stream to be alive. One turn reads a bounded number of
// them. So a worker that wakes late makes turns until nothing is left to read, and only then runs
// its timers.
#pragma once

#include "base/time.h"

namespace sluice::worker {

// Owned by a worker's loop, which asks it once per turn. Pure.
class CatchUp {
 public:
  // A worker that is this late was not running. Ordinary turns last some milliseconds.
  static constexpr Duration kLate = 100ms;
  // How long timers are held at most: a flood that never lets the sockets run dry must not stop
  // them. Full receive buffers of hundreds of sockets are read in less.
  static constexpr Duration kHoldMax = 2s;
  // Other workers may hold packets for this one: they were stopped, too, and must be given the
  // time to read their sockets and hand them over.
  static constexpr Duration kOthersNeed = 50ms;

  // Whether timers may run in this turn. `due` is the earliest deadline, `all_read` says that the
  // turn left nothing unread, and `has_others` that other workers may hand packets over.
  bool may_judge(Instant now, Instant due, bool all_read, bool has_others) {
    if (state_ == State::current) [[likely]] {
      // What is to run at once (Instant::min()) has no time that it could be late for.
      if (due >= now - kLate || due <= Instant{}) return true;
      state_ = State::holding;
      since_ = now;
    }
    if (state_ == State::holding && now - since_ < kHoldMax) {
      if (!all_read || (has_others && now - since_ < kOthersNeed)) return false;
    }
    // Once the hold has lasted too long, there is no other before everything was read.
    state_ = all_read ? State::current : State::gave_up;
    return true;
  }

  bool is_holding() const { return state_ == State::holding; }

 private:
  enum class State : uint8_t { current, holding, gave_up };

  State state_ = State::current;
  Instant since_{};
};

}  // namespace sluice::worker
