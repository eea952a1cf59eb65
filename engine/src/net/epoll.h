// Waits for descriptors. Level-triggered: what was not read is reported again.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "base/time.h"
#include "net/fd.h"

namespace sluice::net {

// Owned by a worker. `tag` comes back in epoll_event::data.u64.
class Epoll {
 public:
  static constexpr size_t kMaxEvents = 64;

  // Of the wait's end: nanoseconds where the kernel can (else it becomes coarse by itself), or
  // whole milliseconds, rounded up.
  enum class Precision : uint8_t { fine, coarse };

  static Result<Epoll> create(Precision precision = Precision::fine);

  // `events`: EPOLLIN, EPOLLOUT, ...; EPOLLERR and EPOLLHUP are always reported.
  Status add(int fd, uint32_t events, uint64_t tag);
  Status modify(int fd, uint32_t events, uint64_t tag);
  void remove(int fd);

  // Sleeps until something is ready or `deadline` has come; kNever sleeps without end. The span is
  // valid until the next wait. A signal ends the wait early.
  std::span<const epoll_event> wait(Instant now, Instant deadline);

 private:
  Epoll(Fd fd, Precision precision) : fd_(std::move(fd)), precision_(precision) {}
  int wait_into_events(Instant now, Instant deadline);  // How many, or -1.

  Fd fd_;
  Precision precision_;
  std::array<epoll_event, kMaxEvents> events_{};
};

}  // namespace sluice::net
