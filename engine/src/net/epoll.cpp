#include "net/epoll.h"

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
int wait_ms(Instant now, Instant deadline) {
  if (deadline == kNever) return -1;
  if (deadline <= now) return 0;
  const int64_t ms = to_ms(deadline - now + 1ms - 1ns);
  return static_cast<int>(std::min<int64_t>(ms, std::numeric_limits<int>::max()));
}

}  // namespace

Result<Epoll> Epoll::create() {
  Fd fd(epoll_create1(EPOLL_CLOEXEC));
  if (!fd) return failed("epoll_create1: " + errno_text(errno));
  return Epoll(std::move(fd));
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
  const int count = epoll_wait(fd_.get(), events_.data(), static_cast<int>(events_.size()),
                               wait_ms(now, deadline));
  return std::span(events_).first(count > 0 ? static_cast<size_t>(count) : 0);
}

}  // namespace sluice::net
