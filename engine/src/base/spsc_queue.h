// A bounded queue between two threads, one that pushes and one that pops; neither waits or locks.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace sluice {

// The indices run freely and lie on cache lines of their own. Each side keeps a copy of the other's
// and looks again only when by the copy there is nothing to do. `T` is trivially destructible or
// whoever ends the queue pops first.
template <typename T>
class SpscQueue {
 public:
  static constexpr size_t kCacheLine = 64;

  // Rounded up to a power of two.
  explicit SpscQueue(uint32_t capacity)
      : items_(new T[std::bit_ceil(capacity)]), mask_(std::bit_ceil(capacity) - 1) {}
  SpscQueue(const SpscQueue&) = delete;
  SpscQueue& operator=(const SpscQueue&) = delete;

  uint32_t capacity() const { return mask_ + 1; }

  // -- The pushing thread.

  // False when the queue is full; `item` is then untouched.
  bool push(T&& item) {
    T* place = next();
    if (!place) return false;
    *place = std::move(item);
    push_next();
    return true;
  }
  // The place of the next item, to be filled before push_next(); nullptr when the queue is full.
  T* next() {
    const uint32_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - seen_head_ > mask_) {
      seen_head_ = head_.load(std::memory_order_acquire);
      if (tail - seen_head_ > mask_) return nullptr;
    }
    return &items_[tail & mask_];
  }
  void push_next() {
    tail_.store(tail_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

  // -- The popping thread.

  // nullptr when the queue is empty. The item stays in its place until drop_front().
  T* front() {
    const uint32_t head = head_.load(std::memory_order_relaxed);
    if (head == seen_tail_) {
      seen_tail_ = tail_.load(std::memory_order_acquire);
      if (head == seen_tail_) return nullptr;
    }
    return &items_[head & mask_];
  }
  void drop_front() {
    head_.store(head_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

  // -- Either; for the popping thread false is sure only after the pusher has stopped.
  bool empty() const {
    return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire);
  }

 private:
  const std::unique_ptr<T[]> items_;
  const uint32_t mask_;
  alignas(kCacheLine) std::atomic<uint32_t> tail_{0};
  uint32_t seen_head_ = 0;  // The pusher's.
  alignas(kCacheLine) std::atomic<uint32_t> head_{0};
  uint32_t seen_tail_ = 0;  // The popper's.
};

}  // namespace sluice
