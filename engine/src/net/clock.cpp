#include "net/clock.h"

#include <time.h>

namespace sluice::net {
namespace {

Duration read(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

Instant now() {
  return Instant(read(CLOCK_MONOTONIC));
}

Duration wall_offset() {
  return read(CLOCK_REALTIME) - read(CLOCK_MONOTONIC);
}

Duration first_wall_offset() {
  static const Duration offset = wall_offset();
  return offset;
}

}  // namespace sluice::net
