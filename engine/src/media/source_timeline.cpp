#include "media/source_timeline.h"

#include <algorithm>
#include <utility>

#include "base/sequence.h"

namespace sluice::media {

// Modulo 2^32 ticks, so that neither wraps nor silences of any length matter.
Duration SourceTimeline::lateness(Instant now, uint32_t timestamp) const {
  const auto elapsed = static_cast<uint32_t>(to_ticks(now - anchor_at_, clock_rate_));
  const int32_t late = ts_diff(elapsed, timestamp - anchor_timestamp_);
  return Duration(int64_t{late} * 1'000'000'000 / clock_rate_);
}

SourceTimeline::Stamp SourceTimeline::look(Instant now, uint32_t timestamp) const {
  if (!started_) return {now, clock_rate_ != 0};
  return {now - lateness(now, timestamp), held_since_ == kNever};
}

SourceTimeline::Stamp SourceTimeline::take(Instant now, uint32_t timestamp) {
  if (clock_rate_ == 0) return {now, false};
  if (by_report_ && now - reported_at_ > kHeldMax) by_report_ = false;
  const Duration late = started_ ? lateness(now, timestamp) - floor_ : Duration{};
  is_new_run_ = !started_ || leaves_line(timestamp, late) || !follow(now, timestamp, late);
  if (is_new_run_) begin_run(now, timestamp, late);
  restarted_ = false;
  last_timestamp_ = timestamp;
  last_arrival_ = now;
  return look(now, timestamp);
}

bool SourceTimeline::leaves_line(uint32_t timestamp, Duration late) const {
  if (late < -kAhead || late > kHeldMax) return true;
  const int64_t step = int64_t{ts_diff(timestamp, highest_)} * 1'000'000'000 / clock_rate_;
  if (Duration(step) < -step_back_max_) return true;
  // After a restart nothing ties the timestamps to those before, so a small step is one too.
  return restarted_ && std::chrono::abs(late) > kSameRun;
}

// False: the packets stay late, so the source's clock had stopped.
bool SourceTimeline::follow(Instant now, uint32_t timestamp, Duration late) {
  if (ts_newer(timestamp, highest_)) highest_ = timestamp;
  if (late > kHeld + confirmed_) {
    if (held_since_ == kNever) held_since_ = now;
    // The next report tells. Without reports, lateness that lasts does.
    return now - held_since_ < (by_report_ ? Duration(kHeldMax) : kHeldProof);
  }
  held_since_ = kNever;
  if (late <= kHeld) confirmed_ = {};
  if (late < Duration{}) {
    if (by_report_) {
      floor_ += late;
    } else {
      anchor_at_ = now - floor_;
      anchor_timestamp_ = timestamp;
    }
    late = {};
  }
  window_least_ = std::min(window_least_, late);
  if (now - window_at_ < kDriftWindow) return true;
  if (!by_report_) anchor_at_ += window_least_;
  window_at_ = now;
  window_least_ = kHeldMax;
  return true;
}

void SourceTimeline::begin_run(Instant now, uint32_t timestamp, Duration late) {
  anchor_at_ = now - floor_;
  anchor_timestamp_ = highest_ = timestamp;
  by_report_ = false;
  held_since_ = kNever;
  confirmed_ = {};
  window_at_ = now;
  window_least_ = kHeldMax;
  started_ = true;
  // The report of the new run may have come before its first packet. By the one of the run before
  // the packet would be as much off as the clock leapt; if that was forward, it comes too early.
  const auto reported = clock_.instant_of(timestamp);
  if (!reported) return;
  const Duration by_report = now - *reported;
  const Duration least = late < Duration{} ? std::min(floor_, Duration{}) : floor_;
  if (by_report < least - kSameRun || by_report > floor_ + kSameRun) return;
  anchor_at_ = *reported;
  by_report_ = true;
}

void SourceTimeline::handle_report(Instant now, const rtcp::SenderReport& report) {
  clock_.handle_report(now, report.ntp, report.rtp_timestamp);
  reported_at_ = now;
  const auto reported = clock_.instant_of(report.rtp_timestamp);
  if (!reported || !started_) return;
  const Instant anchor_at = std::exchange(anchor_at_, *reported);
  const uint32_t anchor_timestamp = std::exchange(anchor_timestamp_, report.rtp_timestamp);
  const Duration late = lateness(last_arrival_, last_timestamp_);
  if (std::chrono::abs(late) > kHeldMax) {  // Of another run than the packets that came.
    anchor_at_ = anchor_at;
    anchor_timestamp_ = anchor_timestamp;
    return;
  }
  if (!by_report_ || late < floor_) floor_ = late;
  confirmed_ = late - floor_ > kHeld ? late - floor_ : Duration{};
  by_report_ = true;
  held_since_ = kNever;
}

}  // namespace sluice::media
