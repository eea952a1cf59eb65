#include "base/spsc_queue.h"

#include <doctest/doctest.h>

#include <memory>
#include <thread>

using namespace sluice;

TEST_CASE("spsc queue: first in, first out, and no more than fits") {
  SpscQueue<int> queue(3);
  CHECK(queue.capacity() == 4);
  CHECK(queue.empty());
  CHECK(queue.front() == nullptr);
  for (int lap = 0; lap < 3; ++lap) {
    for (int i = 0; i < 4; ++i) CHECK(queue.push(int{i}));
    CHECK(!queue.push(4));
    CHECK(!queue.empty());
    for (int i = 0; i < 4; ++i) {
      REQUIRE(queue.front());
      CHECK(*queue.front() == i);
      queue.drop_front();
    }
    CHECK(queue.front() == nullptr);
  }
}

TEST_CASE("spsc queue: what does not fit is not moved from") {
  SpscQueue<std::unique_ptr<int>> queue(1);
  CHECK(queue.push(std::make_unique<int>(1)));
  auto second = std::make_unique<int>(2);
  CHECK(!queue.push(std::move(second)));
  REQUIRE(second);
  CHECK(*second == 2);
}

TEST_CASE("spsc queue: a million items between two threads, each once and in order") {
  constexpr uint64_t kItems = 1'000'000;
  SpscQueue<uint64_t> queue(256);
  std::thread pusher([&] {
    for (uint64_t i = 0; i < kItems;) {
      if (queue.push(uint64_t{i})) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  uint64_t next = 0;
  while (next < kItems) {
    uint64_t* item = queue.front();
    if (!item) {
      std::this_thread::yield();
      continue;
    }
    if (*item != next) break;
    queue.drop_front();
    ++next;
  }
  CHECK(next == kItems);
  pusher.join();
  CHECK(queue.empty());
}
