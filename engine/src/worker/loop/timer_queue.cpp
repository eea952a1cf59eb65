#include "worker/loop/timer_queue.h"

#include <algorithm>

namespace sluice::worker {
namespace {

constexpr size_t kArity = 4;

}  // namespace

void Timer::set(Instant deadline) {
  if (deadline == kNever) return cancel();
  if (place_ == kIdle) {
    queue_.heap_.push_back({});
    return queue_.sift_up(queue_.heap_.size() - 1, {deadline, this});
  }
  const Instant old = queue_.heap_[place_].deadline;
  if (deadline < old) {
    queue_.sift_up(place_, {deadline, this});
  } else if (deadline > old) {
    queue_.sift_down(place_, {deadline, this});
  }
}

void Timer::cancel() {
  if (place_ != kIdle) queue_.remove(*this);
  std::replace(queue_.due_.begin(), queue_.due_.end(), this, static_cast<Timer*>(nullptr));
}

void TimerQueue::run_due(Instant now) {
  while (!heap_.empty() && heap_.front().deadline <= now) {
    due_.push_back(heap_.front().timer);
    remove(*heap_.front().timer);
  }
  // A timer that fires may destroy others: they take themselves out of `due_`.
  for (size_t i = 0; i < due_.size(); ++i) {
    if (Timer* timer = due_[i]) {
      due_[i] = nullptr;
      timer->fire_(timer->object_, now);
    }
  }
  due_.clear();
}

void TimerQueue::sift_up(size_t place, Entry entry) {
  while (place > 0) {
    const size_t parent = (place - 1) / kArity;
    if (heap_[parent].deadline <= entry.deadline) break;
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, entry);
}

void TimerQueue::sift_down(size_t place, Entry entry) {
  for (;;) {
    const size_t first = place * kArity + 1;
    if (first >= heap_.size()) break;
    size_t least = first;
    const size_t end = std::min(first + kArity, heap_.size());
    for (size_t child = first + 1; child < end; ++child) {
      if (heap_[child].deadline < heap_[least].deadline) least = child;
    }
    if (heap_[least].deadline >= entry.deadline) break;
    put(place, heap_[least]);
    place = least;
  }
  put(place, entry);
}

void TimerQueue::remove(Timer& timer) {
  const size_t place = timer.place_;
  timer.place_ = Timer::kIdle;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (last.timer == &timer) return;
  if (place > 0 && last.deadline < heap_[(place - 1) / kArity].deadline) {
    sift_up(place, last);
  } else {
    sift_down(place, last);
  }
}

}  // namespace sluice::worker
