// A worker as the C interface sees it: a thread with its queue and its ring.
//
// What runs on the thread comes from a factory, so that the thread can be tested alone. An
// exception that leaves it stops this worker only: the host gets the event "worker died", all that
// the worker owned is destroyed on its thread, and every call fails with ErrorKind::closed.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "worker/host/command_queue.h"
#include "worker/host/event_ring.h"

namespace sluice::worker {

class WorkerThread {
 public:
  // Runs until the queue says stop. Is destroyed on the worker's thread.
  using Body = std::function<void()>;
  using Factory = std::function<Result<Body>(EventRing& events, CommandQueue& commands)>;

  // The factory runs on the calling thread: its error is the result.
  static Result<std::shared_ptr<WorkerThread>> start(uint32_t ring_bytes, const Factory& factory);

  ~WorkerThread();  // Closes.
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;

  // -- Any thread but the worker's.

  void call(const Command& command, Answer& answer) { commands_->call(command, answer); }
  // Stops the thread and joins it. The ring stays readable.
  void close();
  // Asks the thread to stop without waiting for it.
  void request_stop() { commands_->request_stop(); }
  bool ended() const { return ended_.load(std::memory_order_acquire); }
  // True when records wait and the reader must look again; else the doorbell is armed.
  bool arm();
  // The worker looks at its queues and rings.
  void wake() { commands_->wake(); }
  EventRing& events() { return *events_; }

 private:
  WorkerThread(std::unique_ptr<EventRing> events, std::unique_ptr<CommandQueue> commands);
  void run(Body body);

  std::unique_ptr<EventRing> events_;
  std::unique_ptr<CommandQueue> commands_;
  std::atomic<bool> ended_{false};
  std::mutex joining_;
  std::thread thread_;
};

}  // namespace sluice::worker
