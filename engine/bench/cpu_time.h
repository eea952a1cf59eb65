// The clock of the benches.
#pragma once

#include <time.h>

namespace sluice::bench {

// CPU time of this thread: what others do on the machine counts less than on a wall clock.
inline double thread_cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

}  // namespace sluice::bench
