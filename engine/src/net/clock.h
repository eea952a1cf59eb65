// The only clock. The worker reads it once per turn of its loop and hands `now` down.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace sluice::net {

// Monotonic; the same source in every worker of the process.
Instant now();

// Wall-clock time since 1970 minus now(): constant but for adjustments of the wall clock, so read
// it from time to time and pass it on.
Duration wall_offset();

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

}  // namespace sluice::net
