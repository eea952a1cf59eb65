#include "worker/between/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

namespace sluice::worker {

Result<std::shared_ptr<Mailbox>> Mailbox::create() {
  net::Fd fd(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!fd) return failed("eventfd: " + net::errno_text(errno));
  return std::make_shared<Mailbox>(std::move(fd));
}

void Mailbox::clear() {
  uint64_t count;
  [[maybe_unused]] const ssize_t n = read(fd_.get(), &count, sizeof count);
}

void Mailbox::notify() {
  if (!sleeps_.exchange(false, std::memory_order_acq_rel)) return;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = write(fd_.get(), &one, sizeof one);
}

}  // namespace sluice::worker
