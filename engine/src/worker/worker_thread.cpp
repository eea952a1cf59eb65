#include "worker/worker_thread.h"

#include <pthread.h>
#include <signal.h>

#include <exception>
#include <string>
#include <system_error>

#include "net/clock.h"
#include "sluice.h"

namespace sluice::worker {
namespace {

// The reason comes from an exception: keep it within JSON and within the room of a last record.
std::string died_payload(std::string_view reason) {
  constexpr size_t kMaxReason = 200;
  std::string text = R"({"reason":")";
  for (const char c : reason.substr(0, kMaxReason)) {
    const bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
    text += plain ? c : ' ';
  }
  return text + "\"}";
}

// The host's signal handlers must not run on this thread.
void block_signals(sigset_t* before) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, before);
}

}  // namespace

Result<std::shared_ptr<WorkerThread>> WorkerThread::start(uint32_t ring_bytes,
                                                          const Factory& factory) {
  auto events = EventRing::create(ring_bytes);
  if (!events) return events.error();
  auto commands = CommandQueue::create();
  if (!commands) return commands.error();
  std::shared_ptr<WorkerThread> worker(new WorkerThread(std::move(*events), std::move(*commands)));
  auto body = factory(*worker->events_, *worker->commands_);
  if (!body) return body.error();

  sigset_t before;
  block_signals(&before);
  try {
    worker->thread_ = std::thread(&WorkerThread::run, worker.get(), std::move(*body));
  } catch (const std::system_error& error) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return Error{ErrorKind::limit, std::string("no thread could be started: ") + error.what()};
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(worker->thread_.native_handle(), "sluice-worker");
  return worker;
}

WorkerThread::WorkerThread(std::unique_ptr<EventRing> events,
                           std::unique_ptr<CommandQueue> commands)
    : events_(std::move(events)), commands_(std::move(commands)) {}

WorkerThread::~WorkerThread() {
  close();
}

void WorkerThread::run(Body body) {
  std::string reason;
  try {
    body();
    if (!commands_->stop_requested()) reason = "the event loop ended";
  } catch (const std::exception& error) {
    reason = error.what();
  } catch (...) {
    reason = "unknown exception";
  }
  body = nullptr;  // The sockets and objects go here, on their own thread.
  if (!reason.empty()) {
    events_->write_last(SLUICE_EVENT_WORKER_DIED, died_payload(reason));
    events_->end_of_batch(net::now());
  }
  commands_->close();
  ended_.store(true, std::memory_order_release);
}

void WorkerThread::close() {
  commands_->request_stop();
  const std::lock_guard lock(joining_);
  if (thread_.joinable()) thread_.join();
}

bool WorkerThread::arm() {
  switch (events_->arm()) {
    case EventRing::Armed::look_again:
      return true;
    case EventRing::Armed::wake_worker:
      commands_->wake();
      return false;
    case EventRing::Armed::armed:
      return false;
  }
  return false;
}

}  // namespace sluice::worker
