// Synchronous commands of any thread, run on the worker's thread.
//
// One command is under way at a time: callers line up at a mutex. The caller leaves a pointer to
// its command, writes to an eventfd that the worker's epoll watches, spins for a few microseconds
// and then sleeps on a futex. Request and answer stay in the caller's memory; nothing is copied.
//
// A worker that ends closes the queue: the command under way and all later ones fail with
// ErrorKind::closed. No caller is left waiting.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"

namespace sluice::worker {

// What a command brings; valid until its answer is given.
struct Command {
  uint32_t method = 0;  // enum sluice_method
  uint32_t target = 0;  // The object; 0 for the worker itself.
  Bytes request;        // JSON, not yet parsed; empty when the caller gave none.
};

// Where a command's JSON goes: the caller's buffer, and a string once that is full. It has the face
// of a RapidJSON output stream, so that `rapidjson::Writer<Answer>` writes straight into it.
class Answer {
 public:
  using Ch = char;

  Answer() = default;
  explicit Answer(MutableBytes buffer) : buffer_(buffer) {}

  void Put(char c) {
    if (spilled_.empty() && size_ < buffer_.size()) {
      buffer_[size_++] = static_cast<uint8_t>(c);
    } else {
      spill(std::string_view(&c, 1));
    }
  }
  void Flush() {}

  void append(std::string_view text);

  // Replaces whatever was written by an error.
  void fail(Error error);
  // Cannot fail itself: when there is no memory for the text, the error has none.
  void fail(ErrorKind kind, std::string_view text) noexcept;

  bool failed() const { return failed_; }
  const Error& error() const { return error_; }

  size_t size() const { return spilled_.empty() ? size_ : spilled_.size(); }
  bool spilled() const { return !spilled_.empty(); }
  // The whole answer, when it did not fit.
  std::string take_spilled() { return std::move(spilled_); }

 private:
  void spill(std::string_view text);

  MutableBytes buffer_;
  size_t size_ = 0;      // Bytes in buffer_, while nothing has spilled.
  std::string spilled_;  // The whole answer, once it is larger than buffer_.
  bool failed_ = false;
  Error error_;
};

class CommandQueue {
 public:
  static Result<std::unique_ptr<CommandQueue>> create();
  ~CommandQueue();
  CommandQueue(const CommandQueue&) = delete;
  CommandQueue& operator=(const CommandQueue&) = delete;

  // -- Any thread but the worker's.

  // Waits until the worker has run the command. Its errors are in the answer.
  void call(const Command& command, Answer& answer);
  // The worker's epoll returns, drain() has nothing to do.
  void wake();
  void request_stop();

  // -- The worker's thread.

  // Readable when there is something to drain or the worker is asked to stop. Level-triggered:
  // drain() clears it.
  int wake_fd() const { return wake_fd_; }
  bool stop_requested() const { return stop_.load(std::memory_order_acquire); }

  // Runs what waits: `run(const Command&, Answer&)`. When `run` throws, the caller gets its answer
  // from close().
  template <typename Run>
  void drain(Run&& run) {
    clear_wake();
    Call* call = take();
    if (!call) return;
    run(std::as_const(call->command), call->answer);
    finish();
  }

  // Fails what is under way and whatever comes later. For the end of the thread, whatever ended it.
  void close() noexcept;

 private:
  struct Call {
    const Command& command;
    Answer& answer;
  };

  explicit CommandQueue(int wake_fd) : wake_fd_(wake_fd) {}
  void clear_wake();
  Call* take();
  void finish();
  void wait_for(uint32_t ticket);

  const int wake_fd_;
  std::mutex callers_;                   // Held for the whole of call().
  std::atomic<Call*> waiting_{nullptr};  // Left by the caller, taken by the worker.
  Call* running_ = nullptr;              // The worker's own.
  std::atomic<uint32_t> answered_{0};    // Futex word; counts the answers.
  std::atomic<bool> sleeping_{false};    // The caller sleeps on the futex, or is about to.
  std::atomic<bool> stop_{false};
  std::atomic<bool> closed_{false};
};

}  // namespace sluice::worker
