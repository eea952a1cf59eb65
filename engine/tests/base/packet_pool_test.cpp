#include "base/packet_pool.h"

#include <doctest/doctest.h>

#include <vector>

using namespace sluice;

TEST_CASE("packet pool: the last reference gives the slot back") {
  PacketPool pool(PacketPool::kBlockSlots);
  PacketRef first = pool.take();
  CHECK(pool.in_use() == 1);
  PacketRef second = first;
  first.reset();
  CHECK_FALSE(first);
  CHECK(pool.in_use() == 1);
  PacketRef third = std::move(second);
  CHECK_FALSE(second);
  CHECK(pool.in_use() == 1);
  third = PacketRef();
  CHECK(pool.in_use() == 0);
}

TEST_CASE("packet pool: assigning a reference to itself keeps it") {
  PacketPool pool(PacketPool::kBlockSlots);
  PacketRef ref = pool.take();
  const PacketRef& same = ref;
  ref = same;
  CHECK(ref);
  CHECK(pool.in_use() == 1);
}

TEST_CASE("packet pool: grows by blocks to its limit, then says no, and recovers") {
  constexpr size_t kBlock = PacketPool::kBlockSlots;
  for (const size_t limit : {size_t{1}, size_t{100}, kBlock - 1, kBlock, 2 * kBlock + 1}) {
    CAPTURE(limit);
    PacketPool pool(limit);
    CHECK(pool.capacity() == 0);
    std::vector<PacketRef> taken;
    while (PacketRef ref = pool.take()) {
      taken.push_back(ref);
      CHECK(pool.in_use() == taken.size());
    }
    CHECK(taken.size() == limit);
    CHECK(pool.capacity() == limit);
    taken.pop_back();
    CHECK(pool.take());
    taken.clear();
    CHECK(pool.in_use() == 0);
  }
  CHECK_FALSE(PacketPool(0).take());
}

TEST_CASE("packet pool: slots are aligned to their head and start empty") {
  PacketPool pool(PacketPool::kBlockSlots);
  PacketRef ref = pool.take();
  ref->size = 3;
  CHECK(ref->bytes().size() == 3);
  ref.reset();
  CHECK(pool.take()->bytes().empty());
}
