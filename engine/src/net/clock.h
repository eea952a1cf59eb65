// The only clock. The worker reads it once per turn of its loop and hands `now` down.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace sluice::net {

// Monotonic; the same source in every worker of the process.
Instant now();

// Wall-clock time since 1970 minus now(), as the system has it at this moment.
Duration wall_offset();

// The same as the first caller in the process found it: one for all workers, for good.
Duration first_wall_offset();

// The wall-clock time of an instant as RTCP sender reports carry it.
constexpr NtpTime to_ntp(Instant instant, Duration wall_offset) {
  // RFC 5905, figure 4: the NTP era began 70 years (17 of them leap years) before the Unix one.
  constexpr uint64_t kUnixEpochInNtp = 2208988800;
  const int64_t since_unix = (instant.time_since_epoch() + wall_offset).count();
  const uint64_t seconds = static_cast<uint64_t>(since_unix / 1'000'000'000) + kUnixEpochInNtp;
  const uint64_t ns = static_cast<uint64_t>(since_unix % 1'000'000'000);
  return {static_cast<uint32_t>(seconds), static_cast<uint32_t>((ns << 32) / 1'000'000'000)};
}

// Milliseconds since 1970, as events and stats carry them.
constexpr int64_t to_wall_ms(Instant instant, Duration wall_offset) {
  return to_ms(instant.time_since_epoch() + wall_offset);
}

// Wall-clock times of a worker. NTP times (of reports, and of the round trips and capture times
// that others compute from them) go by an offset taken once: to a peer the system's clock never
// jumps. Times for the application follow the system's clock.
class WallClock {
 public:
  static constexpr Duration kReadEvery = 1s;

  explicit WallClock(Duration ntp_offset) : ntp_offset_(ntp_offset), offset_(ntp_offset) {}

  bool is_due(Instant now) const { return now - read_at_ >= kReadEvery; }
  void follow(Instant now, Duration offset) {
    read_at_ = now;
    offset_ = offset;
  }
  NtpTime ntp(Instant instant) const { return to_ntp(instant, ntp_offset_); }
  int64_t ms(Instant instant) const { return to_wall_ms(instant, offset_); }

 private:
  Duration ntp_offset_;
  Duration offset_;
  Instant read_at_{};
};

}  // namespace sluice::net
