// When the media of a source was captured, in our clock: which instant a timestamp stands for.
//
// Within one run of the source, timestamps and instants differ by a constant: the sender's reports
// tell it, and without them the packet that took the least time to arrive. A run ends when the
// timestamps leave that line, as they do when a file starts over, when an encoder restarts, or when
// a clock that stood still goes on. The next run then takes as long from capture to arrival as the
// one before until a report tells better, so that lip sync survives.
//
// Packets that the network held back leave the line as well, but return to it. Meanwhile nobody can
// tell which of the two it is, and such packets are marked: a sender report must not rest on them.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "media/remote_clock.h"
#include "rtcp/sender_report.h"

namespace sluice::media {

class SourceTimeline {
 public:
  // More than any network holds back packets, or any encoder reorders frames.
  static constexpr Duration kHeldMax = RemoteClock::kDistanceMax;
  // Packets later than this were held back, or the source's clock had stopped.
  static constexpr Duration kHeld = 1000ms;
  // How long lateness must last to prove that the clock had stopped, when no reports come.
  static constexpr Duration kHeldProof = 1000ms;
  // Earlier than any packet before, beyond what jitter explains: the timestamps leapt forward.
  static constexpr Duration kAhead = 500ms;
  // Steps back in sequence order: codecs with B-frames (16 frames at 20 per second and more), and
  // the others, whose timestamps do not step back but for imprecise muxers.
  static constexpr Duration kReordered = 800ms;
  static constexpr Duration kStepBack = 100ms;
  // A report of the run that just began puts its first packet this close to where the run before
  // was; a report of the run before does not.
  static constexpr Duration kSameRun = 100ms;
  // Without reports, the line follows the least lateness of this long: the clocks drift.
  static constexpr Duration kDriftWindow = 5000ms;

  struct Stamp {
    Instant captured_at;
    bool is_sure = true;
  };

  SourceTimeline(uint32_t clock_rate, bool reorders_frames)
      : clock_(clock_rate),
        clock_rate_(clock_rate),
        step_back_max_(reorders_frames ? kReordered : kStepBack) {}

  // A packet that is the newest in sequence.
  Stamp take(Instant now, uint32_t timestamp);
  // Any other packet of this run.
  Stamp look(Instant now, uint32_t timestamp) const;
  void handle_report(Instant now, const rtcp::SenderReport& report);
  // The sender's numbers began anew; its timestamps may have too.
  void restart() { restarted_ = true; }

  bool is_new_run() const { return is_new_run_; }  // The last take() began one.
  const RemoteClock& clock() const { return clock_; }

 private:
  void begin_run(Instant now, uint32_t timestamp, Duration late);
  bool leaves_line(uint32_t timestamp, Duration late) const;
  bool follow(Instant now, uint32_t timestamp, Duration late);
  Duration lateness(Instant now, uint32_t timestamp) const;

  RemoteClock clock_;
  uint32_t clock_rate_;
  Duration step_back_max_;
  // The line: what has `anchor_timestamp_` was captured at `anchor_at_`.
  Instant anchor_at_;
  uint32_t anchor_timestamp_ = 0;
  Duration floor_{};      // The least that a packet of the run took to arrive.
  Duration confirmed_{};  // Lateness above the floor that a report proved to be the network's.
  uint32_t highest_ = 0;  // Of the run.
  uint32_t last_timestamp_ = 0;
  Instant last_arrival_;
  Instant reported_at_;
  Instant held_since_ = kNever;
  Instant window_at_;
  Duration window_least_{};
  bool started_ = false;
  bool restarted_ = false;
  bool is_new_run_ = false;
  bool by_report_ = false;  // The line comes from a report, not from arrivals.
};

}  // namespace sluice::media
