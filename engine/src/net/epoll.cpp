#include "net/epoll.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace sluice::net {
namespace {

Status control(int epoll, int operation, int fd, uint32_t events, uint64_t tag) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = tag;
  if (epoll_ctl(epoll, operation, fd, &event) == 0) return ok();
  return failed("epoll_ctl: " + errno_text(errno));
}

// Rounded up: waking early would spin until the deadline has come.
int coarse_wait_ms(Instant now, Instant deadline) {
  if (deadline == kNever) return -1;
  if (deadline <= now) return 0;
  const int64_t ms = to_ms(deadline - now + 1ms - 1ns);
  return static_cast<int>(std::min<int64_t>(ms, std::numeric_limits<int>::max()));
}

#ifdef SYS_epoll_pwait2
// By number: the C library has a function of that name only since glibc 2.35.
int fine_wait(int epoll, std::span<epoll_event> events, Instant now, Instant deadline) {
  // struct __kernel_timespec, which is 64 bits wide on every architecture.
  struct {
    int64_t seconds;
    int64_t nanoseconds;
  } timeout{};
  const Duration left = deadline > now ? deadline - now : Duration{};
  timeout.seconds = left / 1s;
  timeout.nanoseconds = (left % 1s).count();
  return static_cast<int>(syscall(SYS_epoll_pwait2, epoll, events.data(),
                                  static_cast<int>(events.size()),
                                  deadline == kNever ? nullptr : &timeout, nullptr, size_t{0}));
}
#endif

}  // namespace

Result<Epoll> Epoll::create(Precision precision) {
  Fd fd(epoll_create1(EPOLL_CLOEXEC));
  if (!fd) return failed("epoll_create1: " + errno_text(errno));
  return Epoll(std::move(fd), precision);
}

Status Epoll::add(int fd, uint32_t events, uint64_t tag) {
  return control(fd_.get(), EPOLL_CTL_ADD, fd, events, tag);
}

Status Epoll::modify(int fd, uint32_t events, uint64_t tag) {
  return control(fd_.get(), EPOLL_CTL_MOD, fd, events, tag);
}

void Epoll::remove(int fd) {
  epoll_ctl(fd_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

std::span<const epoll_event> Epoll::wait(Instant now, Instant deadline) {
  const int count = wait_into_events(now, deadline);
  return std::span(events_).first(count > 0 ? static_cast<size_t>(count) : 0);
}

int Epoll::wait_into_events(Instant now, Instant deadline) {
#ifdef SYS_epoll_pwait2
  if (precision_ == Precision::fine) {
    const int count = fine_wait(fd_.get(), events_, now, deadline);
    // Linux has the call since 5.11; older filters of containers answer EPERM to what they do not
    // know.
    if (count >= 0 || (errno != ENOSYS && errno != EPERM)) return count;
    precision_ = Precision::coarse;
  }
#endif
  return epoll_wait(fd_.get(), events_.data(), static_cast<int>(events_.size()),
                    coarse_wait_ms(now, deadline));
}

}  // namespace sluice::net
