#include "worker/loop/worker_thread.h"

#include <pthread.h>
#include <signal.h>

#include <array>
#include <exception>
#include <string>
#include <system_error>

#include "net/clock.h"
#include "sluice.h"

namespace sluice::worker {
namespace {

// Why a worker died, as the event's JSON. It needs no memory: there may be none left.
class Death {
 public:
  bool happened() const { return size_ > 0; }
  std::string_view payload() const { return {json_.data(), size_}; }

  // The reason comes from an exception: what JSON would have to escape is left out.
  void set(std::string_view reason) noexcept {
    size_ = 0;
    append(R"({"reason":")");
    for (const char c : reason.substr(0, kReasonMax)) {
      const bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
      json_[size_++] = plain ? c : ' ';
    }
    append("\"}");
  }

 private:
  static constexpr size_t kReasonMax = 200;

  void append(std::string_view text) noexcept {
    for (const char c : text) json_[size_++] = c;
  }

  std::array<char, kReasonMax + 16> json_{};
  size_t size_ = 0;
};

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
  Death death;
  try {
    body();
    if (!commands_->stop_requested()) death.set("the event loop ended");
  } catch (const std::exception& error) {
    death.set(error.what());
  } catch (...) {
    death.set("unknown exception");
  }
  if (death.happened()) events_->mute();
  body = nullptr;  // The sockets and objects go here, on their own thread.
  if (death.happened()) {
    events_->write_last(SLUICE_EVENT_WORKER_DIED, death.payload());
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
