// Wakes a worker when another one has pushed something into a queue for it: an eventfd, written
// only when the worker sleeps or is about to.
//
//   the worker:  announce_sleep(); look into the queues once more; epoll wait; woke_up(); read the
//                queues
//   the others:  push into a queue; notify()
//
// Both sides exchange the flag, so each sees everything that was pushed before the other's
// exchange: either the worker finds the item, or the other one finds the worker asleep.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "net/fd.h"

namespace sluice::worker {

// Shared, because it must outlive its worker while another one may write to it.
class Mailbox {
 public:
  static Result<std::shared_ptr<Mailbox>> create();
  explicit Mailbox(net::Fd fd) : fd_(std::move(fd)) {}
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // -- The worker that sleeps.
  int fd() const { return fd_.get(); }  // Readable after notify().
  void announce_sleep() { sleeps_.exchange(true, std::memory_order_acq_rel); }
  void woke_up() { sleeps_.exchange(false, std::memory_order_acq_rel); }
  void clear();  // fd() was readable.

  // -- Any thread.
  void notify();

 private:
  net::Fd fd_;
  std::atomic<bool> sleeps_{false};
};

}  // namespace sluice::worker
