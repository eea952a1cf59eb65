#include "base/link_simulator.h"

#include <doctest/doctest.h>

#include <set>
#include <vector>

using namespace sluice;

namespace {

const std::vector<uint8_t> kDatagram(1000, 7);

struct Link {
  SeededRandom random;
  LinkSimulator link;
  Instant now{};

  explicit Link(LinkOptions options, uint64_t seed = 1) : random(seed), link(random, options) {}

  void send(int count, Duration interval) {
    for (int i = 0; i < count; ++i, now += interval) {
      link.send(now, kDatagram, static_cast<uint64_t>(i));
    }
  }
  std::vector<LinkSimulator::Delivery> drain() {
    std::vector<LinkSimulator::Delivery> all;
    while (link.next_delivery() != kNever) {
      const Instant next = link.next_delivery();
      while (auto delivery = link.poll(next)) all.push_back(std::move(*delivery));
    }
    return all;
  }
};

}  // namespace

TEST_CASE("link: a perfect link delivers all after its delay, and not before") {
  Link test({.delay = 20ms});
  test.link.send(test.now, kDatagram, 5);
  CHECK(test.link.next_delivery() == test.now + 20ms);
  CHECK_FALSE(test.link.poll(test.now + 20ms - 1ns));
  const auto delivery = test.link.poll(test.now + 20ms);
  REQUIRE(delivery);
  CHECK(delivery->tag == 5);
  CHECK(delivery->bytes == kDatagram);
  CHECK(test.link.next_delivery() == kNever);
}

TEST_CASE("link: loss is as often as asked") {
  Link test({.loss = 0.05});
  test.send(100000, 1ms);
  CHECK(test.link.counters().lost > 4700);
  CHECK(test.link.counters().lost < 5300);
  CHECK(test.drain().size() == 100000 - test.link.counters().lost);
}

TEST_CASE("link: jitter keeps the order, reordering does not") {
  Link jittery({.delay = 10ms, .jitter = 30ms});
  jittery.send(1000, 1ms);
  uint64_t expected = 0;
  for (const auto& delivery : jittery.drain()) {
    CHECK(delivery.tag == expected);
    CHECK(delivery.at >= Instant(delivery.tag * 1ms + 10ms));
    // Behind the slowest of those before it at most.
    CHECK(delivery.at <= Instant(delivery.tag * 1ms + 40ms));
    ++expected;
  }

  Link unordered({.delay = 10ms, .reorder = 0.1});
  unordered.send(1000, 1ms);
  int steps_back = 0;
  uint64_t last = 0;
  for (const auto& delivery : unordered.drain()) {
    if (delivery.tag < last) ++steps_back;
    last = delivery.tag;
  }
  CHECK(steps_back > 50);
  CHECK(unordered.link.counters().reordered > 50);
}

TEST_CASE("link: a duplicate comes right behind its original") {
  Link test({.duplicate = 1.0});
  test.send(3, 1ms);
  std::vector<uint64_t> tags;
  for (const auto& delivery : test.drain()) tags.push_back(delivery.tag);
  CHECK(tags == std::vector<uint64_t>{0, 0, 1, 1, 2, 2});
}

TEST_CASE("link: the bottleneck spaces datagrams out and drops what its queue cannot hold") {
  // 1,000 bytes at 8 Mbit/s take a millisecond.
  Link test({.bits_per_second = 8'000'000, .queue_bytes = 5000});
  test.send(10, 0ms);
  const auto delivered = test.drain();
  REQUIRE(delivered.size() == 5);
  for (size_t i = 0; i < delivered.size(); ++i) CHECK(delivered[i].at == Instant((i + 1) * 1ms));
  CHECK(test.link.counters().queue_dropped == 5);

  Link paced({.bits_per_second = 8'000'000, .queue_bytes = 5000});
  paced.send(1000, 1ms);
  CHECK(paced.link.counters().queue_dropped == 0);
}

TEST_CASE("link: the same seed gives the same run, another seed another") {
  const LinkOptions rough{
      .delay = 20ms, .jitter = 15ms, .loss = 0.1, .reorder = 0.1, .duplicate = 0.1};
  const auto run = [&](uint64_t seed) {
    Link test(rough, seed);
    test.send(500, 2ms);
    std::vector<std::pair<Instant, uint64_t>> result;
    for (const auto& delivery : test.drain()) result.emplace_back(delivery.at, delivery.tag);
    return result;
  };
  CHECK(run(3) == run(3));
  CHECK(run(3) != run(4));
}

TEST_CASE("link: options can change while datagrams are on their way") {
  Link test({.delay = 50ms, .loss = 1.0});
  test.send(10, 1ms);
  test.link.set_options({.delay = 5ms});
  test.send(10, 1ms);
  CHECK(test.drain().size() == 10);
}
