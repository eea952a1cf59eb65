#include "worker/loop/timer_queue.h"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "base/random.h"

namespace sluice::worker {
namespace {

struct Fired {
  std::vector<int> order;
};

struct TestTimer {
  TestTimer(TimerQueue& queue, Fired& fired_by, int number)
      : fired(fired_by), id(number), timer(queue, this, [](void* self, Instant) {
          auto& test = *static_cast<TestTimer*>(self);
          test.fired.order.push_back(test.id);
        }) {}
  Fired& fired;
  int id;
  Timer timer;
};

Instant at(int64_t ms) {
  return Instant(std::chrono::milliseconds(ms));
}

TEST_CASE("timers fire in the order of their deadlines, whatever the order they were set in") {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SeededRandom random(seed);
    TimerQueue queue;
    Fired fired;
    std::vector<std::unique_ptr<TestTimer>> timers;
    std::vector<int64_t> deadlines;
    for (int i = 0; i < 100; ++i) {
      timers.push_back(std::make_unique<TestTimer>(queue, fired, i));
      deadlines.push_back(random.between(0, 1000));
      timers[i]->timer.set(at(deadlines[i]));
    }
    for (int i = 0; i < 100; i += 3) {  // Some move, earlier or later.
      deadlines[i] = random.between(0, 1000);
      timers[i]->timer.set(at(deadlines[i]));
    }
    for (int64_t ms = 0; ms <= 1000; ms += 50) {
      CHECK(queue.wake_at() >= at(ms - 49));
      queue.run_due(at(ms));
    }
    REQUIRE(fired.order.size() == 100);
    for (size_t i = 1; i < fired.order.size(); ++i) {
      INFO("seed " << seed);
      CHECK(deadlines[fired.order[i - 1]] <= deadlines[fired.order[i]]);
    }
    CHECK(queue.wake_at() == kNever);
  }
}

TEST_CASE("a timer that is cancelled or destroyed does not fire, even when it was due") {
  TimerQueue queue;
  Fired fired;
  TestTimer cancelled(queue, fired, 1);
  cancelled.timer.set(at(10));
  cancelled.timer.cancel();
  {
    TestTimer destroyed(queue, fired, 2);
    destroyed.timer.set(at(10));
  }
  queue.run_due(at(20));
  CHECK(fired.order.empty());

  struct Killer {
    std::unique_ptr<TestTimer> victim;
    Timer timer;
    explicit Killer(TimerQueue& q)
        : timer(q, this, [](void* self, Instant) { static_cast<Killer*>(self)->victim.reset(); }) {}
  } killer(queue);
  killer.victim = std::make_unique<TestTimer>(queue, fired, 3);
  killer.timer.set(at(30));
  killer.victim->timer.set(at(31));
  queue.run_due(at(40));
  CHECK(fired.order.empty());
}

TEST_CASE("a timer that sets itself again to now waits for the next turn") {
  TimerQueue queue;
  struct Again {
    int count = 0;
    Timer timer;
    explicit Again(TimerQueue& q)
        : timer(q, this, [](void* self, Instant now) {
            auto& again = *static_cast<Again*>(self);
            ++again.count;
            again.timer.set(now);
          }) {}
  } again(queue);
  again.timer.set(at(5));
  queue.run_due(at(5));
  CHECK(again.count == 1);
  queue.run_due(at(5));
  CHECK(again.count == 2);
}

TEST_CASE("a patient queue wakes nobody on time, but fires on time for who is awake") {
  TimerQueue queue(100ms);
  CHECK(queue.wake_at() == kNever);
  Fired fired;
  TestTimer first(queue, fired, 1), second(queue, fired, 2);
  first.timer.set(at(10));
  second.timer.set(at(30));
  CHECK(queue.wake_at() == at(110));
  queue.run_due(at(9));
  CHECK(fired.order.empty());
  queue.run_due(at(10));
  CHECK(fired.order == std::vector{1});
  CHECK(queue.wake_at() == at(130));
  queue.run_due(at(130));
  CHECK(fired.order == std::vector{1, 2});
}

TEST_CASE("set_sooner only ever moves a deadline nearer") {
  TimerQueue queue;
  Fired fired;
  TestTimer test(queue, fired, 1);
  test.timer.set_sooner(at(50));
  test.timer.set_sooner(at(90));
  CHECK(test.timer.deadline() == at(50));
  test.timer.set_sooner(at(20));
  CHECK(test.timer.deadline() == at(20));
  test.timer.set(kNever);
  CHECK(test.timer.deadline() == kNever);
}

}  // namespace
}  // namespace sluice::worker
