// How one worker wakes another that has something for it in a queue: an eventfd, written only when
// the other sleeps or is about to.
//
//   owner:   announce_sleep(); look into the queues once more; epoll wait; woke_up(); read the
//            queues
//   others:  push into a queue; notify()
//
// Whoever touches the flag exchanges it and thereby sees all that was pushed before the exchange
// that it follows: either the owner finds what was pushed, or the pusher finds it asleep.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "net/fd.h"

namespace sluice::worker {

// Shared: it outlives its worker as long as another one may write to it.
class Mailbox {
 public:
  static Result<std::shared_ptr<Mailbox>> create();
  explicit Mailbox(net::Fd fd) : fd_(std::move(fd)) {}
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // -- The worker that owns it.
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
