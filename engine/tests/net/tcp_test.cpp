// ICE-TCP on the loopback: framed datagrams both ways, slow readers, ends of connections, and a
// process without descriptors.
#include "net/tcp.h"

#include <doctest/doctest.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "net_helpers.h"

using namespace sluice;
using namespace sluice::net;
using namespace sluice::net::test;

namespace {

TcpListener open_tcp(Ports& ports, const char* ip = "127.0.0.1") {
  auto listener = TcpListener::open(on(ip), ports.allocator);
  REQUIRE(listener);
  return std::move(*listener);
}

// A plain blocking client.
Fd dial(const Address& to) {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 where;
  const socklen_t size = to_sockaddr(to, false, &where);
  REQUIRE(connect(fd.get(), reinterpret_cast<sockaddr*>(&where), size) == 0);
  return fd;
}

TcpConnection accept_one(TcpListener& listener) {
  REQUIRE(wait_for(listener.fd(), POLLIN));
  auto connection = listener.accept();
  REQUIRE(connection);
  return std::move(*connection);
}

void send_raw(const Fd& fd, Bytes bytes) {
  REQUIRE(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(bytes.size()));
}

std::vector<uint8_t> receive_raw(const Fd& fd, size_t bytes) {
  std::vector<uint8_t> all(bytes);
  size_t at = 0;
  while (at < bytes) {
    const ssize_t got = recv(fd.get(), all.data() + at, bytes - at, 0);
    if (got <= 0) break;
    at += static_cast<size_t>(got);
  }
  all.resize(at);
  return all;
}

}  // namespace

TEST_CASE("tcp: datagrams cross a connection in frames, both ways") {
  Ports ports;
  PacketPool pool(PacketPool::kBlockSlots);
  TcpListener listener = open_tcp(ports);
  CHECK_FALSE(listener.accept());
  const Fd client = dial(listener.local());
  TcpConnection connection = accept_one(listener);
  CHECK(connection.remote() == local_address(client.get()));
  CHECK(connection.local() == listener.local());
  CHECK(listener.counters().accepted == 1);
  CHECK(listener.counters().failed == 0);

  send_raw(client, std::vector<uint8_t>{0, 3, 'o', 'n', 'e', 0, 3, 't', 'w'});
  REQUIRE(wait_for(connection.fd(), POLLIN));
  REQUIRE(connection.read_some());
  const PacketRef frame = connection.next_frame(pool).packet;
  REQUIRE(frame);
  CHECK(std::ranges::equal(frame->bytes(), text_bytes("one")));
  CHECK_FALSE(connection.next_frame(pool).packet);
  CHECK(connection.read_some());  // Nothing there is no end.

  CHECK(connection.send(text_bytes("answer")));
  CHECK(connection.wants_write());
  CHECK(connection.flush());
  CHECK_FALSE(connection.wants_write());
  CHECK(receive_raw(client, 8) == std::vector<uint8_t>{0, 6, 'a', 'n', 's', 'w', 'e', 'r'});
}

TEST_CASE("tcp: the end of a connection is seen, after its last frames") {
  Ports ports;
  PacketPool pool(PacketPool::kBlockSlots);
  TcpListener listener = open_tcp(ports);
  Fd client = dial(listener.local());
  TcpConnection connection = accept_one(listener);
  send_raw(client, std::vector<uint8_t>{0, 1, 'x'});
  client.close();
  REQUIRE(wait_for(connection.fd(), POLLIN));
  CHECK(connection.read_some());
  CHECK(connection.next_frame(pool).packet);
  CHECK_FALSE(connection.read_some());
}

TEST_CASE("tcp: writing to a peer that is gone fails, without a signal") {
  Ports ports;
  TcpListener listener = open_tcp(ports);
  Fd client = dial(listener.local());
  TcpConnection connection = accept_one(listener);
  const linger reset{1, 0};
  REQUIRE(setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) == 0);
  client.close();
  REQUIRE(wait_for(connection.fd(), POLLIN));
  CHECK(connection.send(text_bytes("x")));
  CHECK_FALSE(connection.flush());
}

TEST_CASE("tcp: a slow reader costs bounded memory, and gets whole frames when it reads") {
  Ports ports;
  TcpListener listener = open_tcp(ports);
  const Fd client = dial(listener.local());
  TcpConnection connection = accept_one(listener);
  const std::vector<uint8_t> frame(1200, 7);
  size_t taken = 0;
  while (connection.frames_dropped() < 100) {
    if (connection.send(frame)) ++taken;
    REQUIRE(connection.flush());
    REQUIRE(taken < 100'000);
  }
  CHECK(connection.wants_write());

  size_t read = 0;
  while (read < taken) {
    const auto got = receive_raw(client, 1202);
    REQUIRE(got.size() == 1202);
    REQUIRE(load_u16(got, 0) == 1200);
    ++read;
    REQUIRE(connection.flush());
  }
  CHECK_FALSE(connection.wants_write());
  CHECK(connection.counters().bytes_out == taken * 1202);
}

TEST_CASE("tcp: what a slow reader has not taken waits here, where it is bounded and young") {
  // The send buffer holds megabytes, for a fast path's sake; a slow path would keep them for many
  // seconds.
  Ports ports;
  TcpListener listener = open_tcp(ports);
  const Fd client = dial(listener.local());
  TcpConnection connection = accept_one(listener);
  const std::vector<uint8_t> frame(1200, 7);
  while (connection.frames_dropped() == 0) {
    connection.send(frame);
    REQUIRE(connection.flush());
  }
  int unsent = 0;  // In the kernel, beyond what the peer's window takes.
  REQUIRE(ioctl(connection.fd(), SIOCOUTQNSD, &unsent) == 0);
  CHECK(unsent < 2 * static_cast<int>(FrameQueue::kDefaultLimit));
}

TEST_CASE("tcp: sharing a UDP port is no matter of TCP's") {
  Ports ports;
  ListenOptions options = on("127.0.0.1");
  options.reuse_port = true;
  auto first = TcpListener::open(options, ports.allocator);
  REQUIRE(first);
  options.port = first->local().port;
  CHECK_FALSE(TcpListener::open(options, ports.allocator));
}

TEST_CASE("tcp: without packet slots frames are dropped and counted, and the stream goes on") {
  Ports ports;
  PacketPool pool(PacketPool::kBlockSlots);
  TcpListener listener = open_tcp(ports);
  const Fd client = dial(listener.local());
  TcpConnection connection = accept_one(listener);
  std::vector<PacketRef> hoard;
  while (PacketRef slot = pool.take()) hoard.push_back(slot);
  send_raw(client, std::vector<uint8_t>{0, 1, 'a', 0, 1, 'b'});
  REQUIRE(wait_for(connection.fd(), POLLIN));
  REQUIRE(connection.read_some());
  const auto none = connection.next_frame(pool);
  CHECK_FALSE(none.packet);
  CHECK(none.without_slot == 2);
  hoard.pop_back();
  send_raw(client, std::vector<uint8_t>{0, 1, 'c'});
  REQUIRE(wait_for(connection.fd(), POLLIN));
  REQUIRE(connection.read_some());
  CHECK(connection.next_frame(pool).packet);
}

TEST_CASE("tcp: a port is given back on close, though connections linger") {
  Ports ports;
  ListenOptions options = on("127.0.0.1");
  {
    TcpListener listener = open_tcp(ports);
    options.port = listener.local().port;
    const Fd client = dial(listener.local());
    TcpConnection connection = accept_one(listener);
    // The connection is closed before the client is: the server's side stays in TIME_WAIT.
  }
  auto again = TcpListener::open(options, ports.allocator);
  REQUIRE(again);
  auto taken = TcpListener::open(options, ports.allocator);
  REQUIRE_FALSE(taken);
  CHECK(taken.error().text ==
        "cannot bind tcp 127.0.0.1:" + std::to_string(options.port) + ": Address already in use");
}

TEST_CASE("tcp: a process without descriptors turns connections away instead of spinning") {
  Ports ports;
  TcpListener listener = open_tcp(ports);
  const Fd client = dial(listener.local());
  REQUIRE(wait_for(listener.fd(), POLLIN));

  rlimit before;
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const Fd highest(dup(client.get()));
  const rlimit none{static_cast<rlim_t>(highest.get()), before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  std::vector<Fd> fill;
  for (Fd fd(dup(client.get())); fd; fd = Fd(dup(client.get()))) fill.push_back(std::move(fd));
  const auto connection = listener.accept();
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);

  CHECK_FALSE(connection);
  CHECK(listener.counters().no_descriptor == 1);
  CHECK(receive_raw(client, 1).empty());
  const Fd next = dial(listener.local());
  CHECK(listener.accept());
}
