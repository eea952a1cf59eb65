// Deadlines of a worker in a 4-ary heap. An object that waits for something owns a Timer and sets
// it to the next deadline of its protocol part. Setting it again moves it in O(log n), and
// destroying it cancels it.
//
// A queue may be patient: its timers fire in the first turn after their deadline that the worker
// makes for another reason, and wake it only when there was none for as long as the patience lasts.
// Going to sleep and waking up costs about as much as forwarding ten packets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace sluice::worker {

class TimerQueue;

class Timer {
 public:
  // Called at or after the deadline, with the timer no longer set: `fire` sets it again if it
  // wants.
  using Fire = void (*)(void* object, Instant now);

  Timer(TimerQueue& queue, void* object, Fire fire) : queue_(queue), object_(object), fire_(fire) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { cancel(); }

  void set(Instant deadline);  // kNever cancels.
  void set_sooner(Instant deadline) {
    if (deadline < this->deadline()) set(deadline);
  }
  void cancel();
  Instant deadline() const;

 private:
  friend class TimerQueue;
  static constexpr size_t kIdle = SIZE_MAX;

  TimerQueue& queue_;
  void* object_;
  Fire fire_;
  size_t place_ = kIdle;  // In the heap.
};

class TimerQueue {
 public:
  explicit TimerQueue(Duration patience = {}) : patience_(patience) {}

  // When there must be a turn at the latest.
  Instant wake_at() const { return heap_.empty() ? kNever : heap_.front().deadline + patience_; }

  // Fires what is due at `now`. A timer that sets itself again to `now` or earlier waits for the
  // next turn, so that a turn always ends.
  void run_due(Instant now);

 private:
  friend class Timer;
  struct Entry {
    Instant deadline;
    Timer* timer;
  };

  void put(size_t place, Entry entry) {
    heap_[place] = entry;
    entry.timer->place_ = place;
  }
  void sift_up(size_t place, Entry entry);
  void sift_down(size_t place, Entry entry);
  void remove(Timer& timer);

  const Duration patience_;
  std::vector<Entry> heap_;
  std::vector<Timer*> due_;
};

inline Instant Timer::deadline() const {
  return place_ == kIdle ? kNever : queue_.heap_[place_].deadline;
}

}  // namespace sluice::worker
