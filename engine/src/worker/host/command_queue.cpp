#include "worker/host/command_queue.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <new>

namespace sluice::worker {
namespace {

// A parked worker answers a small command in about 6 us. Spinning for that long and a little more
// saves the caller a sleep (some 4 us); beyond it, on two cores, it would only keep the worker's
// core from others.
constexpr int kSpins = 2000;

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

void futex_wait(std::atomic<uint32_t>& word, uint32_t expected) {
  static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t));
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}

void futex_wake_all(std::atomic<uint32_t>& word) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace

void Answer::append(std::string_view text) {
  if (text.empty()) return;
  if (!spilled_.empty() || text.size() > buffer_.size() - size_) return spill(text);
  memcpy(buffer_.data() + size_, text.data(), text.size());
  size_ += text.size();
}

void Answer::spill(std::string_view text) {
  if (spilled_.empty()) spilled_.assign(reinterpret_cast<const char*>(buffer_.data()), size_);
  spilled_.append(text);
}

void Answer::fail(Error error) {
  size_ = 0;
  spilled_.clear();
  failed_ = true;
  error_ = std::move(error);
}

void Answer::fail(ErrorKind kind, std::string_view text) noexcept {
  fail(Error{kind, {}});
  try {
    error_.text.assign(text);
  } catch (const std::bad_alloc&) {
    error_.text.clear();
  }
}

Result<std::unique_ptr<CommandQueue>> CommandQueue::create() {
  const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) return failed(std::string("eventfd: ") + strerror(errno));
  return std::unique_ptr<CommandQueue>(new CommandQueue(fd));
}

CommandQueue::~CommandQueue() {
  ::close(wake_fd_);
}

void CommandQueue::call(const Command& command, Answer& answer) {
  const std::lock_guard lock(callers_);
  const uint32_t ticket = answered_.load(std::memory_order_relaxed);
  Call call{command, answer};
  waiting_.store(&call, std::memory_order_seq_cst);
  // close() sets closed_ and then takes what waits; this looks in the other order. So either
  // close() finds the call, or this finds the queue closed and takes the call back.
  if (closed_.load(std::memory_order_seq_cst)) {
    Call* mine = &call;
    if (waiting_.compare_exchange_strong(mine, nullptr)) {
      return answer.fail(ErrorKind::closed, "the worker is closed");
    }
  } else {
    wake();
  }
  wait_for(ticket);
}

void CommandQueue::wait_for(uint32_t ticket) {
  for (int i = 0; i < kSpins; ++i) {
    if (answered_.load(std::memory_order_acquire) != ticket) return;
    relax();
  }
  sleeping_.store(true, std::memory_order_seq_cst);
  while (answered_.load(std::memory_order_seq_cst) == ticket) futex_wait(answered_, ticket);
  sleeping_.store(false, std::memory_order_relaxed);
}

void CommandQueue::wake() {
  const uint64_t one = 1;
  // Fails only when the counter is full, and then the worker is awake.
  [[maybe_unused]] const ssize_t n = write(wake_fd_, &one, sizeof(one));
}

void CommandQueue::request_stop() {
  stop_.store(true, std::memory_order_release);
  wake();
}

void CommandQueue::clear_wake() {
  uint64_t count;
  [[maybe_unused]] const ssize_t n = read(wake_fd_, &count, sizeof(count));
}

CommandQueue::Call* CommandQueue::take() {
  running_ = waiting_.exchange(nullptr, std::memory_order_seq_cst);
  return running_;
}

void CommandQueue::finish() {
  running_ = nullptr;
  // From here on the call belongs to the caller again.
  answered_.fetch_add(1, std::memory_order_seq_cst);
  if (sleeping_.load(std::memory_order_seq_cst)) futex_wake_all(answered_);
}

void CommandQueue::close() noexcept {
  closed_.store(true, std::memory_order_seq_cst);
  if (running_) {
    running_->answer.fail(ErrorKind::closed, "the worker died while it ran this command");
    finish();
  }
  if (take()) {
    running_->answer.fail(ErrorKind::closed, "the worker is closed");
    finish();
  }
}

}  // namespace sluice::worker
