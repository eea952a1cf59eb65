// UDP sockets on the loopback: ports, options, receiving in batches.
#include "net/udp_socket.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "net_helpers.h"

using namespace sluice;
using namespace sluice::net;
using namespace sluice::net::test;

namespace {

void send_raw(const UdpSocket& from, const Address& to, Bytes bytes) {
  sockaddr_in6 where;
  const socklen_t size = to_sockaddr(to, from.send_socket().is_ipv6, &where);
  REQUIRE(sendto(from.fd(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&where),
                 size) == static_cast<ssize_t>(bytes.size()));
}

}  // namespace

TEST_CASE("udp: a port of the worker's range is taken, and given back on close") {
  SeededRandom random(1);
  Ports finder;
  const uint16_t port = open_udp(finder).local().port;  // Free a moment ago.
  PortAllocator allocator({port, port}, random);
  for (int i = 0; i < 3; ++i) {
    auto socket = UdpSocket::open(on("127.0.0.1"), allocator);
    REQUIRE(socket);
    CHECK(socket->local().port == port);
    CHECK(to_text(socket->local()) == "127.0.0.1:" + std::to_string(port));

    auto second = UdpSocket::open(on("127.0.0.1"), allocator);
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == ErrorKind::limit);
    CHECK(second.error().text.find("no free udp port on 127.0.0.1") == 0);
  }
}

TEST_CASE("udp: a range is used up in a random order, to its last port") {
  Ports ports;
  ListenOptions options = on("127.0.0.1");
  options.range = {20000, 20019};
  std::vector<UdpSocket> sockets;
  std::set<uint16_t> used;
  std::vector<int> order;
  for (;;) {
    auto socket = UdpSocket::open(options, ports.allocator);
    if (!socket) break;
    order.push_back(socket->local().port);
    CHECK(used.insert(socket->local().port).second);
    sockets.push_back(std::move(*socket));
  }
  // Other programs may hold some.
  CHECK(used.size() > 10);
  CHECK(*used.begin() >= 20000);
  CHECK(*used.rbegin() <= 20019);
  CHECK_FALSE(std::is_sorted(order.begin(), order.end()));
}

TEST_CASE("udp: sockets that share ports still get ports of their own from a range") {
  Ports ports;
  ListenOptions options = on("127.0.0.1");
  options.range = {20100, 20119};
  options.reuse_port = true;
  auto a = UdpSocket::open(options, ports.allocator);
  std::vector<UdpSocket> sockets;
  std::set<uint16_t> used;
  for (int i = 0; i < 10; ++i) {
    auto socket = UdpSocket::open(options, ports.allocator);
    REQUIRE(socket);
    CHECK(used.insert(socket->local().port).second);
    sockets.push_back(std::move(*socket));
  }
}

TEST_CASE("udp: a fixed port is tried once, and shared only when asked to") {
  Ports ports;
  ListenOptions options = on("127.0.0.1");
  options.port = open_udp(ports).local().port;
  auto first = UdpSocket::open(options, ports.allocator);
  REQUIRE(first);
  auto second = UdpSocket::open(options, ports.allocator);
  REQUIRE_FALSE(second);
  CHECK(second.error().text ==
        "cannot bind udp 127.0.0.1:" + std::to_string(options.port) + ": Address already in use");

  options.port = open_udp(ports).local().port;
  options.reuse_port = true;
  auto third = UdpSocket::open(options, ports.allocator);
  auto fourth = UdpSocket::open(options, ports.allocator);
  CHECK(third);
  CHECK(fourth);
}

TEST_CASE("udp: an address that is not ours says so at once") {
  Ports ports;
  auto socket = UdpSocket::open(on("192.0.2.77"), ports.allocator);
  REQUIRE_FALSE(socket);
  CHECK(socket.error().text.find("Cannot assign requested address") != std::string::npos);

  ListenOptions wrong = on("127.0.0.1");
  wrong.range = {300, 200};
  auto range = UdpSocket::open(wrong, ports.allocator);
  REQUIRE_FALSE(range);
  CHECK(range.error().kind == ErrorKind::invalid);
}

TEST_CASE("udp: buffer sizes are set and what was granted is told") {
  Ports ports;
  ListenOptions options = on("127.0.0.1");
  options.send_buffer_bytes = 50'000;
  options.receive_buffer_bytes = 60'000;
  auto socket = UdpSocket::open(options, ports.allocator);
  REQUIRE(socket);
  CHECK(socket->buffers().send_bytes == 100'000);
  CHECK(socket->buffers().receive_bytes == 120'000);
}

TEST_CASE("udp: a batch receives datagrams whole, in order, with their sources") {
  Ports ports;
  const UdpSocket server = open_udp(ports), a = open_udp(ports), b = open_udp(ports);
  PacketPool pool(PacketPool::kBlockSlots);
  ReceiveBatch batch(pool);
  CHECK(batch.receive(server).datagrams.empty());

  send_raw(a, server.local(), text_bytes("one"));
  send_raw(b, server.local(), text_bytes("two"));
  send_raw(a, server.local(), std::vector<uint8_t>(1500, 9));
  REQUIRE(wait_for(server.fd(), POLLIN));
  const auto [datagrams, more, failed, truncated, without_slot] = batch.receive(server);
  REQUIRE(datagrams.size() == 3);
  CHECK(std::ranges::equal(datagrams[0].packet->bytes(), text_bytes("one")));
  CHECK(datagrams[0].source == a.local());
  CHECK(std::ranges::equal(datagrams[1].packet->bytes(), text_bytes("two")));
  CHECK(datagrams[1].source == b.local());
  CHECK(datagrams[2].packet->size == 1500);
  CHECK_FALSE(more);
  CHECK_FALSE(failed);
  CHECK(truncated + without_slot == 0);
}

TEST_CASE("udp: a full batch says that there may be more") {
  Ports ports;
  const UdpSocket server = open_udp(ports), client = open_udp(ports);
  PacketPool pool(PacketPool::kBlockSlots);
  ReceiveBatch batch(pool);
  for (size_t i = 0; i < ReceiveBatch::kMaxDatagrams + 10; ++i) {
    send_raw(client, server.local(), std::vector<uint8_t>{static_cast<uint8_t>(i)});
  }
  std::vector<PacketRef> kept;
  const auto first = batch.receive(server);
  for (const auto& datagram : first.datagrams) kept.push_back(datagram.packet);
  CHECK(kept.size() == ReceiveBatch::kMaxDatagrams);
  CHECK(first.more);
  const auto rest = batch.receive(server);
  for (const auto& datagram : rest.datagrams) kept.push_back(datagram.packet);
  CHECK_FALSE(rest.more);
  REQUIRE(kept.size() == ReceiveBatch::kMaxDatagrams + 10);
  for (size_t i = 0; i < kept.size(); ++i) CHECK(kept[i]->data[0] == i);
}

TEST_CASE("udp: a datagram larger than a slot is dropped and counted, its neighbours are not") {
  Ports ports;
  const UdpSocket server = open_udp(ports), client = open_udp(ports);
  PacketPool pool(PacketPool::kBlockSlots);
  ReceiveBatch batch(pool);
  send_raw(client, server.local(), text_bytes("before"));
  send_raw(client, server.local(), std::vector<uint8_t>(PacketSlot::kCapacity + 1, 1));
  send_raw(client, server.local(), std::vector<uint8_t>(PacketSlot::kCapacity, 2));
  REQUIRE(wait_for(server.fd(), POLLIN));
  const auto received = batch.receive(server);
  const auto& datagrams = received.datagrams;
  REQUIRE(datagrams.size() == 2);
  CHECK(datagrams[0].packet->size == 6);
  CHECK(datagrams[1].packet->size == PacketSlot::kCapacity);
  CHECK(datagrams[1].packet->data[0] == 2);
  CHECK(received.truncated == 1);
}

TEST_CASE("udp: when the pool is at its limit the socket is emptied, and it counts") {
  Ports ports;
  const UdpSocket server = open_udp(ports), client = open_udp(ports);
  PacketPool pool(PacketPool::kBlockSlots);
  ReceiveBatch batch(pool);
  std::vector<PacketRef> hoard;
  while (PacketRef slot = pool.take()) hoard.push_back(slot);

  for (int i = 0; i < 5; ++i) send_raw(client, server.local(), text_bytes("x"));
  const auto none = batch.receive(server);
  CHECK(none.datagrams.empty());
  CHECK(none.without_slot == 5);
  CHECK_FALSE(wait_for(server.fd(), POLLIN, 0));

  hoard.resize(hoard.size() - 2);  // Two slots for three datagrams.
  for (int i = 0; i < 3; ++i) send_raw(client, server.local(), text_bytes("x"));
  const auto two = batch.receive(server);
  CHECK(two.datagrams.size() == 2);
  CHECK(two.more);
}

TEST_CASE("udp: a dual-stack socket shows IPv4 peers as IPv4, an IPv6-only one has none") {
  if (!has_ipv6()) return;
  Ports ports;
  const UdpSocket dual = open_udp(ports, "::"), client = open_udp(ports);
  PacketPool pool(PacketPool::kBlockSlots);
  ReceiveBatch batch(pool);
  send_raw(client, *parse_ip("127.0.0.1", dual.local().port), text_bytes("hello"));
  REQUIRE(wait_for(dual.fd(), POLLIN));
  const auto datagrams = batch.receive(dual).datagrams;
  REQUIRE(datagrams.size() == 1);
  CHECK(datagrams[0].source == client.local());

  send_raw(dual, datagrams[0].source, text_bytes("back"));
  CHECK(receive_all(client, 1) == datagrams_of({"back"}));

  ListenOptions only = on("::");
  only.ipv6_only = true;
  auto ipv6_only = UdpSocket::open(only, ports.allocator);
  REQUIRE(ipv6_only);
  send_raw(client, *parse_ip("127.0.0.1", ipv6_only->local().port), text_bytes("hello"));
  CHECK_FALSE(wait_for(ipv6_only->fd(), POLLIN, 0));
}
