// Where a sender's media clock stands in ours, from its sender reports.
//
// A report says which RTP timestamp belongs to which instant of the sender's wall clock; how far
// that clock is from ours is the smallest (arrival - NTP time) of the last reports, for the fastest
// one was delayed least. Audio and video of one sender then share one offset but for jitter.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace sluice::media {

class RemoteClock {
 public:
  // mediasoup's RemoteClockOffsetEstimator and RtpStreamRecv::MaxSenderReportInterpolationMs.
  static constexpr size_t kWindow = 7;
  static constexpr size_t kSamplesMin = 3;
  static constexpr Duration kDistanceMax = 10000ms;

  explicit RemoteClock(uint32_t clock_rate) : clock_rate_(clock_rate) {}

  void handle_report(Instant now, NtpTime ntp, uint32_t timestamp);
  // Empty before kSamplesMin reports and further than kDistanceMax from the last one.
  std::optional<Instant> instant_of(uint32_t timestamp) const;
  // Our clock minus the sender's wall clock, in nanoseconds, the least delay of a report included.
  std::optional<int64_t> offset_ns() const {
    return samples_ < kSamplesMin ? std::nullopt : std::optional(offset_ns_);
  }
  void reset();

 private:
  std::array<int64_t, kWindow> offsets_ns_{};
  size_t samples_ = 0;
  int64_t offset_ns_ = 0;   // Ours minus the sender's.
  int64_t report_ns_ = 0;   // The last report's NTP time.
  int64_t suspect_ns_ = 0;  // The offset of the last report, when that was not believed.
  uint32_t report_timestamp_ = 0;
  uint32_t clock_rate_;
};

// NTP time in nanoseconds since 1900.
int64_t ntp_to_ns(NtpTime ntp);
// A duration as UQ32.32 or Q32.32 seconds, modulo 2^32 s.
uint64_t to_q32(int64_t ns);
// RFC 3550, 6.4.1: A - LSR - DLSR in milliseconds; 0 when any of them makes no sense.
double round_trip_ms(NtpTime arrival, uint32_t last, uint32_t delay);
// RTP clock ticks of a duration, rounded down.
int64_t to_ticks(Duration duration, uint32_t clock_rate);
// Q16.16 seconds, saturating.
uint32_t to_q16(Duration duration);

}  // namespace sluice::media
