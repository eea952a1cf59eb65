#include "base/packet_holders.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <vector>

#include "base/packet_pool.h"
#include "base/random.h"

using namespace sluice;

namespace {

class Keeper final : public PacketHolder {
 public:
  explicit Keeper(PacketHolders* holders) { join(holders); }
  void keep(PacketRef packet) {
    packets_.push_back(std::move(packet));
    note_kept();
  }
  void release_oldest() override {
    if (packets_.empty()) return;
    packets_.pop_front();
    note_released();
  }

 private:
  std::deque<PacketRef> packets_;
};

int blocks_left = 0;
PacketSlot* allocate_a_few(size_t slots) {
  return blocks_left-- > 0 ? PacketPool::allocate(slots) : nullptr;
}

}  // namespace

TEST_CASE("packet holders: the largest is found within a factor of two, whatever came and went") {
  SeededRandom random(7);
  PacketShare share;
  std::vector<std::unique_ptr<Keeper>> keepers;
  for (int i = 0; i < 20; ++i) keepers.push_back(std::make_unique<Keeper>(&share.streams()));
  for (int step = 0; step < 20000; ++step) {
    auto& keeper = keepers[random.between(0, 19)];
    switch (random.between(0, 7)) {
      case 0:
        keeper->release_oldest();
        break;
      case 1:
        if (random.between(0, 49) == 0) keeper = std::make_unique<Keeper>(&share.streams());
        break;
      default:
        for (uint32_t n = random.between(0, 3); n > 0; --n) keeper->keep(PacketRef());
    }
    size_t all = 0;
    size_t most = 0;
    for (const auto& each : keepers) {
      all += each->packets_kept();
      most = std::max(most, each->packets_kept());
    }
    REQUIRE(share.packets_kept() == all);
    PacketHolder* const largest = share.streams().largest();
    REQUIRE((largest != nullptr) == (most > 0));
    if (largest) REQUIRE(largest->packets_kept() * 2 > most);
  }
}

TEST_CASE("packet holders: may end before or after those that they hold") {
  auto share = std::make_unique<PacketShare>();
  auto early = std::make_unique<Keeper>(&share->streams());
  Keeper late(&share->streams());
  early->keep(PacketRef());
  late.keep(PacketRef());
  early.reset();
  CHECK(share->packets_kept() == 1);
  share.reset();
  late.keep(PacketRef());
  CHECK(late.packets_kept() == 2);
}

TEST_CASE("packet pool: who fills it loses its own oldest packets, and nobody else's") {
  PacketPool pool(1024);
  PacketShare greedy;
  PacketShare modest;
  greedy.join(&pool.holders());
  modest.join(&pool.holders());
  std::vector<std::unique_ptr<Keeper>> streams;  // Each of them keeps less than the modest one.
  for (int i = 0; i < 60; ++i) streams.push_back(std::make_unique<Keeper>(&greedy.streams()));
  Keeper stream(&modest.streams());
  for (int i = 0; i < 20000; ++i) {
    PacketRef packet = pool.take();
    REQUIRE(packet);
    if (i % 50 == 0 && stream.packets_kept() < 250) {
      stream.keep(std::move(packet));
    } else {
      streams[i % streams.size()]->keep(std::move(packet));
    }
  }
  CHECK(stream.packets_kept() == 250);
  CHECK(greedy.packets_kept() == 1024 - 250);
  CHECK(pool.reclaimed() == 20000 - 1024);
}

TEST_CASE("packet pool: packets that cannot be taken back do not empty the histories") {
  PacketPool pool(512);
  PacketShare share;
  share.join(&pool.holders());
  Keeper keeper(&share.streams());
  std::vector<PacketRef> lent;
  for (int i = 0; i < 512; ++i) {
    lent.push_back(pool.take());
    keeper.keep(lent.back());
  }
  CHECK_FALSE(pool.take());
  CHECK(keeper.packets_kept() > 480);
  lent.clear();
  CHECK(pool.take());
}

TEST_CASE("packet pool: refused memory, it goes on with what it has") {
  blocks_left = 2;
  PacketPool pool(100 * PacketPool::kBlockSlots, allocate_a_few);
  PacketShare share;
  share.join(&pool.holders());
  std::vector<PacketRef> taken;
  for (size_t i = 0; i < 2 * PacketPool::kBlockSlots; ++i) taken.push_back(pool.take());
  CHECK(taken.back());
  CHECK_FALSE(pool.was_refused_memory());
  CHECK_FALSE(pool.take());
  CHECK(pool.was_refused_memory());
  CHECK(pool.limit() == 2 * PacketPool::kBlockSlots);
  blocks_left = 10;  // It does not take what the rest of the worker may need.
  CHECK_FALSE(pool.take());
  CHECK(pool.capacity() == 2 * PacketPool::kBlockSlots);

  Keeper keeper(&share.streams());
  for (PacketRef& packet : taken) keeper.keep(std::move(packet));
  CHECK(pool.take());
  CHECK(pool.reclaimed() == 1);
}
