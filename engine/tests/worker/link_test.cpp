// Links between workers: order, bounds, lifetimes, and two threads at full speed.
#include "worker/between/link.h"

#include <doctest/doctest.h>
#include <poll.h>

#include <thread>

#include "tests/media/support.h"

using namespace sluice;
using namespace sluice::worker;

namespace {

constexpr std::array<uint8_t, rtp::kExtensionKinds> kNoIds{};

std::shared_ptr<Mailbox> make_mailbox() {
  auto mailbox = Mailbox::create();
  REQUIRE(mailbox);
  return *mailbox;
}

bool is_readable(const Mailbox& mailbox, int timeout_ms = 0) {
  pollfd descriptor{mailbox.fd(), POLLIN, 0};
  return poll(&descriptor, 1, timeout_ms) == 1;
}

// Two ends that one thread plays both of.
struct Pair {
  PacketPool near_pool{4096}, far_pool{4096};
  std::shared_ptr<Mailbox> near_box = make_mailbox(), far_box = make_mailbox();
  std::shared_ptr<Link> link = std::make_shared<Link>();
  std::unique_ptr<LinkEnd> near = std::make_unique<LinkEnd>(link, 0, near_pool, near_box);
  std::unique_ptr<LinkEnd> far = std::make_unique<LinkEnd>(link, 1, far_pool, far_box);

  media::ReceivedPacket packet(uint16_t seq) {
    media::ReceivedPacket packet;
    packet.slot = media::support::make_packet(near_pool, {.seq = seq});
    packet.seq = seq;
    return packet;
  }
};

}  // namespace

TEST_CASE("link: a structure reaches the other end, and the queue keeps none of it") {
  Pair pair;
  auto structure = std::make_shared<const rtp::DependencyStructure>();
  REQUIRE(pair.near->send(pair.packet(1), 1, kNoIds, structure));
  REQUIRE(pair.near->send(pair.packet(2), 1, kNoIds));
  {
    const auto first = pair.far->receive(), second = pair.far->receive();
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->item.structure == structure);
    CHECK(!second->item.structure);
  }
  CHECK(structure.use_count() == 1);
  pair.near->take_returns();
}

TEST_CASE("link: packets arrive once, in order, on the bytes that were sent") {
  Pair pair;
  for (uint16_t seq = 1; seq <= 3; ++seq) {
    const auto packet = pair.packet(seq);
    REQUIRE(pair.near->send(packet, 77, kNoIds));
  }
  CHECK(pair.near_pool.in_use() == 3);
  std::vector<PacketRef> held;
  for (uint16_t seq = 1; seq <= 3; ++seq) {
    auto received = pair.far->receive();
    REQUIRE(received);
    CHECK(received->item.packet.seq == seq);
    CHECK(received->item.ssrc == 77);
    CHECK(received->slot->data == received->item.head->data);
    CHECK(load_u16(received->slot->bytes(), 2) == seq);
    held.push_back(received->slot);
  }
  CHECK(!pair.far->receive());
  pair.near->take_returns();
  CHECK(pair.near_pool.in_use() == 3);
  CHECK(!pair.near->is_done());
  held.clear();
  pair.near->take_returns();
  CHECK(pair.near_pool.in_use() == 0);
  CHECK(pair.near->is_done());
  CHECK(pair.far->is_done());
}

TEST_CASE("link: RTCP goes both ways") {
  Pair pair;
  const std::vector<uint8_t> pli = {0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 77};
  REQUIRE(pair.far->send_rtcp(pli));
  auto received = pair.near->receive();
  REQUIRE(received);
  CHECK(received->item.kind == LinkItem::Kind::rtcp);
  CHECK(std::equal(pli.begin(), pli.end(), received->slot->bytes().begin()));
}

TEST_CASE("link: what finds no room is dropped and counted, and nothing leaks") {
  Pair pair;
  const auto packet = pair.packet(1);
  for (uint32_t i = 0; i < Link::kItemsMax; ++i) REQUIRE(pair.near->send(packet, 1, kNoIds));
  CHECK(!pair.near->send(packet, 1, kNoIds));
  CHECK(pair.near->counters().dropped == 1);
  CHECK(packet.slot->references == Link::kItemsMax + 1);
  while (pair.far->receive()) {
  }
  pair.near->take_returns();
  CHECK(packet.slot->references == 1);
  CHECK(pair.near->send(packet, 1, kNoIds));
}

TEST_CASE("link: no more is lent than can come back") {
  Pair pair;
  const auto packet = pair.packet(1);
  std::vector<PacketRef> held;
  while (pair.near->send(packet, 1, kNoIds)) held.push_back(pair.far->receive()->slot);
  CHECK(held.size() == Link::kLentMax);
  held.clear();
  pair.near->take_returns();
  CHECK(packet.slot->references == 1);
}

TEST_CASE("link: before the other end is there and after it has gone, nothing is lent") {
  PacketPool pool(1024);
  auto link = std::make_shared<Link>();
  LinkEnd near(link, 0, pool, make_mailbox());
  media::ReceivedPacket packet;
  packet.slot = media::support::make_packet(pool, {.seq = 1});
  CHECK(!near.send(packet, 1, kNoIds));
  near.flush();

  auto far = std::make_unique<LinkEnd>(link, 1, pool, make_mailbox());
  CHECK(near.send(packet, 1, kNoIds));
  CHECK(near.send(packet, 1, kNoIds));
  far->close();
  CHECK(!near.send(packet, 1, kNoIds));
  near.take_returns();
  CHECK(near.is_done());
  CHECK(packet.slot->references == 1);
}

TEST_CASE("link: an end that closes waits for the packets it holds, and reads what came no more") {
  Pair pair;
  REQUIRE(pair.near->send(pair.packet(1), 1, kNoIds));
  auto held = pair.far->receive();
  REQUIRE(held);
  pair.far->close();
  CHECK(!pair.far->is_done());
  pair.near->take_returns();
  CHECK(!pair.near->is_done());
  held.reset();
  CHECK(pair.far->is_done());
  pair.near->take_returns();
  CHECK(pair.near->is_done());
}

TEST_CASE("link: the bytes outlive the worker that received them") {
  auto link = std::make_shared<Link>();
  PacketPool far_pool(1024);
  LinkEnd far(link, 1, far_pool, make_mailbox());
  std::optional<LinkEnd::Received> received;
  {
    PacketPool near_pool(1024);
    LinkEnd near(link, 0, near_pool, make_mailbox());
    media::ReceivedPacket packet;
    packet.slot = media::support::make_packet(near_pool, {.seq = 9});
    REQUIRE(near.send(packet, 1, kNoIds));
    received = far.receive();
  }
  REQUIRE(received);
  CHECK(load_u16(received->slot->bytes(), 2) == 9);
}

TEST_CASE("mailbox: one write a sleep, and none for who is awake") {
  const auto mailbox = make_mailbox();
  mailbox->notify();
  CHECK(!is_readable(*mailbox));
  mailbox->announce_sleep();
  mailbox->notify();
  mailbox->notify();
  CHECK(is_readable(*mailbox));
  mailbox->clear();
  CHECK(!is_readable(*mailbox));
}

TEST_CASE("link: two threads pass packets to and fro, sleeping in between; each comes back") {
  constexpr uint16_t kPackets = 20'000;
  Pair pair;
  std::thread receiver([&] {
    uint16_t expected = 1;
    std::vector<PacketRef> history(64);  // As a producer's does, some are held for a while.
    while (expected <= kPackets) {
      pair.far_box->announce_sleep();
      if (!pair.far->has_items()) is_readable(*pair.far_box, -1);
      pair.far_box->woke_up();
      pair.far_box->clear();
      while (auto received = pair.far->receive()) {
        if (received->item.packet.seq != expected) return;
        history[expected % history.size()] = received->slot;
        ++expected;
      }
    }
  });
  uint16_t seq = 1;
  for (; seq <= kPackets;) {
    if (pair.near->send(pair.packet(seq), 1, kNoIds)) ++seq;
    if (seq % 7 == 0) pair.near->flush();
    pair.near->take_returns();
  }
  pair.near->flush();
  receiver.join();
  pair.near->take_returns();
  CHECK(pair.far->counters().received == kPackets);
  CHECK(pair.near->is_done());
  CHECK(pair.near_pool.in_use() == 0);
}
