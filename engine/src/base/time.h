// Time as protocol code sees it: it can hold and compare instants but cannot read a clock. Only
// net/clock.h can; the worker reads it once per turn of the loop and hands `now` down.
#pragma once

#include <chrono>
#include <cstdint>

namespace sluice {

// A clock without now().
struct EngineClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<EngineClock>;
  static constexpr bool is_steady = true;
};

using Duration = EngineClock::duration;
using Instant = EngineClock::time_point;  // Since an arbitrary start; Instant::max() is "never".

constexpr Instant kNever = Instant::max();

constexpr int64_t to_ms(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}
constexpr int64_t to_us(Duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}
constexpr int64_t to_ms(Instant instant) {
  return to_ms(instant.time_since_epoch());
}
constexpr int64_t to_us(Instant instant) {
  return to_us(instant.time_since_epoch());
}

// NTP time of RTCP sender reports: seconds since 1900 in Q32.32. The worker knows the offset
// between Instant and the wall clock and passes wall time where a report needs it.
struct NtpTime {
  uint32_t seconds = 0;
  uint32_t fraction = 0;  // 1 / 2^32 s.

  // The middle 32 bits, as LSR and LRR carry them (RFC 3550, 6.4.1).
  constexpr uint32_t compact() const { return seconds << 16 | fraction >> 16; }
  friend constexpr bool operator==(NtpTime, NtpTime) = default;
};

using namespace std::chrono_literals;

}  // namespace sluice
