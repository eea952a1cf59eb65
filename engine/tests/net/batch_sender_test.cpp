// Batches through real sockets of the loopback: that GSO yields the separate datagrams, that
// nothing is lost when the kernel refuses or is full.
#include "net/batch_sender.h"

#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "net_helpers.h"

using namespace sluice;
using namespace sluice::net;
using namespace sluice::net::test;

namespace {

std::vector<uint8_t> numbered(size_t size, uint32_t number) {
  std::vector<uint8_t> bytes(size, static_cast<uint8_t>(number));
  if (size >= 4) store_u32(bytes, 0, number);
  return bytes;
}

void add(BatchSender& sender, Bytes bytes, const Address& to, SendSocket socket) {
  const MutableBytes slot = sender.reserve(bytes.size() + 16);  // More than is used, as with SRTP.
  REQUIRE(slot.size() == bytes.size() + 16);
  std::copy(bytes.begin(), bytes.end(), slot.begin());
  sender.commit(bytes.size(), to, socket);
}

}  // namespace

TEST_CASE("batch sender: one GSO message arrives as the datagrams it is made of") {
  Ports ports;
  const UdpSocket server = open_udp(ports), client = open_udp(ports);
  for (const bool gso : {true, false}) {
    CAPTURE(gso);
    BatchSender sender;
    sender.set_gso(gso);
    std::vector<std::vector<uint8_t>> sent;
    for (uint32_t i = 0; i < 6; ++i) sent.push_back(numbered(i == 5 ? 700 : 1200, i));
    for (const auto& bytes : sent) add(sender, bytes, client.local(), server.send_socket());
    CHECK(sender.counters().datagrams == 0);
    sender.flush();
    CHECK(receive_all(client, 6) == sent);
    CHECK(sender.counters().datagrams == 6);
    CHECK(sender.counters().bytes == 6700);
    CHECK(sender.counters().calls == 1);
    CHECK(sender.counters().group_sizes[gso ? 3 : 0] == (gso ? 1 : 6));
    CHECK(sender.counters().gso_refused == 0);
  }
}

TEST_CASE("batch sender: destinations, families and sockets in one flush") {
  Ports ports;
  const UdpSocket a = open_udp(ports), b = open_udp(ports);
  const UdpSocket one = open_udp(ports), two = open_udp(ports);
  BatchSender sender;
  sender.append(text_bytes("a1"), a.local(), one.send_socket());
  sender.append(text_bytes("a2"), a.local(), one.send_socket());
  sender.append(text_bytes("b1"), b.local(), one.send_socket());
  sender.append(text_bytes("b2"), b.local(), two.send_socket());
  if (has_ipv6()) {
    const UdpSocket dual = open_udp(ports, "::");
    sender.append(text_bytes("a3"), a.local(), dual.send_socket());
    sender.flush();
    CHECK(receive_all(a, 3) == datagrams_of({"a1", "a2", "a3"}));
  } else {
    sender.flush();
    CHECK(receive_all(a, 2) == datagrams_of({"a1", "a2"}));
  }
  CHECK(receive_all(b, 2) == datagrams_of({"b1", "b2"}));
}

TEST_CASE("batch sender: a full batch is sent by itself") {
  Ports ports;
  const UdpSocket server = open_udp(ports), client = open_udp(ports);
  BatchSender sender;
  std::vector<std::vector<uint8_t>> sent;
  for (uint32_t i = 0; i < 300; ++i) {  // 360 KB: more than a batch holds.
    sent.push_back(numbered(1200, i));
    add(sender, sent.back(), client.local(), server.send_socket());
  }
  CHECK(sender.counters().datagrams > 0);
  sender.flush();
  CHECK(receive_all(client, 300) == sent);
}

TEST_CASE("batch sender: the sizes of groups are counted") {
  Ports ports;
  const UdpSocket server = open_udp(ports), client = open_udp(ports);
  BatchSender sender;
  for (const size_t group : {1, 2, 3, 4, 5, 8, 9, 16, 17, 32, 33, 54}) {
    for (size_t i = 0; i < group; ++i) {
      sender.append(numbered(i + 1 == group ? 99 : 100, 0), client.local(), server.send_socket());
    }
  }
  sender.flush();
  CHECK(sender.counters().group_sizes == std::array<uint64_t, 7>{1, 1, 2, 2, 2, 2, 2});
}

TEST_CASE("batch sender: a destination that cannot be reached costs only its own datagrams") {
  Ports ports;
  const UdpSocket server = open_udp(ports), client = open_udp(ports);
  uint16_t closed_port = 0;
  {
    const UdpSocket gone = open_udp(ports);
    closed_port = gone.local().port;
  }
  const Address refused = *parse_ip("127.0.0.1", closed_port);  // An ICMP error comes back.
  const Address nowhere = *parse_ip("127.0.0.1", 0);            // EINVAL.
  BatchSender sender;
  for (uint32_t round = 0; round < 3; ++round) {
    for (const Address& to : {refused, nowhere, client.local(), nowhere, client.local()}) {
      sender.append(numbered(500, round), to, server.send_socket());
      sender.append(numbered(500, round), to, server.send_socket());
    }
    sender.flush();
  }
  CHECK(receive_all(client, 12).size() == 12);
  CHECK(sender.counters().dropped_error == 12);
  CHECK(sender.counters().datagrams == 18);
}

TEST_CASE("batch sender: what cannot be segmented is sent one by one, none lost") {
  Ports ports;
  const UdpSocket server = open_udp(ports), client = open_udp(ports);
  // Segments above the MTU are refused with EINVAL or EMSGSIZE; one by one IP fragments them
  // (tests/worker has that in a network of its own). The loopback's MTU is 65,536: here a socket
  // without checksums serves, which the kernel does not segment for.
  const int on = 1;
  REQUIRE(setsockopt(server.fd(), SOL_SOCKET, SO_NO_CHECK, &on, sizeof(on)) == 0);
  BatchSender sender;
  std::vector<std::vector<uint8_t>> sent;
  for (uint32_t i = 0; i < 6; ++i) {
    sent.push_back(numbered(i < 3 ? 1000 : 900, i));
    add(sender, sent.back(), client.local(), server.send_socket());
  }
  sender.flush();
  CHECK(receive_all(client, 6) == sent);
  CHECK(sender.counters().datagrams == 6);
  CHECK(sender.counters().dropped_error == 0);
  CHECK(sender.counters().gso_refused == 2);

  // After refusals in a row GSO rests: no further try for a while.
  for (uint32_t i = 0; i < 40; ++i) {
    add(sender, numbered(500, i), client.local(), server.send_socket());
    add(sender, numbered(500, i), client.local(), server.send_socket());
    sender.flush();
  }
  CHECK(sender.counters().gso_refused == 16);
  CHECK(receive_all(client, 80).size() == 80);
}

namespace {

// How many more datagrams the kernel takes; none of the tests above limits them.
constexpr size_t kUnlimited = SIZE_MAX;
size_t kernel_takes = kUnlimited;
int kernel_error = EAGAIN;

struct KernelLimit {
  explicit KernelLimit(size_t datagrams, int error = EAGAIN) {
    kernel_takes = datagrams;
    kernel_error = error;
  }
  ~KernelLimit() { kernel_takes = kUnlimited; }
};

size_t segments_of(const msghdr& message) {
  uint16_t segment_bytes = 0;
  if (message.msg_controllen == 0) return 1;
  std::memcpy(&segment_bytes, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(segment_bytes));
  return (message.msg_iov->iov_len + segment_bytes - 1) / segment_bytes;
}

}  // namespace

// Stands in front of libc's: UDP sockets of the loopback are never full, because each datagram is
// with its receiver before the call returns.
extern "C" int sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
  unsigned allowed = count;
  if (kernel_takes != kUnlimited) {
    allowed = 0;
    while (allowed < count && segments_of(messages[allowed].msg_hdr) <= kernel_takes) {
      kernel_takes -= segments_of(messages[allowed].msg_hdr);
      ++allowed;
    }
    if (allowed == 0) {
      errno = kernel_error;
      return -1;
    }
  }
  return static_cast<int>(syscall(SYS_sendmmsg, fd, messages, allowed, flags));
}

namespace {

// Twelve datagrams in four groups of three.
std::vector<std::vector<uint8_t>> add_four_groups(BatchSender& sender, const UdpSocket& client,
                                                  const UdpSocket& server, uint32_t first = 0) {
  std::vector<std::vector<uint8_t>> sent;
  for (uint32_t i = 0; i < 12; ++i) {
    sent.push_back(numbered(i % 3 == 2 ? 50 : 100, first + i));
    add(sender, sent.back(), client.local(), server.send_socket());
  }
  return sent;
}

}  // namespace

TEST_CASE("batch sender: what a full socket does not take goes out in order when it is writable") {
  Ports ports;
  const UdpSocket server = open_udp(ports), client = open_udp(ports);
  for (size_t taken_at_first = 0; taken_at_first <= 12; ++taken_at_first) {
    for (const bool gso : {true, false}) {
      CAPTURE(taken_at_first);
      CAPTURE(gso);
      BatchSender sender;
      sender.set_gso(gso);
      auto sent = add_four_groups(sender, client, server);
      {
        KernelLimit limit(taken_at_first);
        sender.flush();
      }
      const bool full = taken_at_first < 12;
      CHECK(sender.blocked().size() == (full ? 1 : 0));
      CHECK(sender.blocked_version() == (full ? 1 : 0));

      // What comes later waits behind what is kept.
      const auto later = add_four_groups(sender, client, server, 100);
      sent.insert(sent.end(), later.begin(), later.end());
      sender.flush();
      {
        KernelLimit limit(4);
        sender.handle_writable(server.fd());
      }
      CHECK(sender.blocked().size() == (full ? 1 : 0));
      sender.handle_writable(server.fd());
      CHECK(sender.blocked().empty());
      CHECK(receive_all(client, 24) == sent);
      CHECK(sender.counters().datagrams == 24);
    }
  }
}

TEST_CASE("batch sender: a full socket does not hold up the others") {
  Ports ports;
  const UdpSocket full = open_udp(ports), open = open_udp(ports), client = open_udp(ports);
  BatchSender sender;
  sender.append(text_bytes("kept"), client.local(), full.send_socket());
  {
    KernelLimit limit(0);
    sender.flush();
  }
  sender.append(text_bytes("1"), client.local(), full.send_socket());
  sender.append(text_bytes("2"), client.local(), open.send_socket());
  sender.flush();
  CHECK(receive_all(client, 1) == datagrams_of({"2"}));
  sender.handle_writable(full.fd());
  CHECK(receive_all(client, 2) == datagrams_of({"kept", "1"}));
}

TEST_CASE("batch sender: what is kept is bounded, the rest is counted") {
  Ports ports;
  const UdpSocket server = open_udp(ports), client = open_udp(ports);
  BatchSender sender(SendBatch::kDefaultCapacity, 10 * 1000);
  KernelLimit limit(0);
  for (uint32_t i = 0; i < 25; ++i) {
    add(sender, numbered(1000, i), client.local(), server.send_socket());
  }
  sender.flush();
  CHECK(sender.counters().retained == 10);
  CHECK(sender.counters().dropped_full == 15);
  kernel_takes = kUnlimited;
  sender.handle_writable(server.fd());
  const auto received = receive_all(client, 10);
  REQUIRE(received.size() == 10);
  for (uint32_t i = 0; i < 10; ++i) CHECK(received[i] == numbered(1000, i));

  // And the room is there again.
  kernel_takes = 0;
  for (uint32_t i = 0; i < 10; ++i) {
    add(sender, numbered(1000, i), client.local(), server.send_socket());
  }
  sender.flush();
  CHECK(sender.counters().retained == 20);
  CHECK(sender.counters().dropped_full == 15);
}

TEST_CASE("batch sender: a socket that is forgotten leaves nothing behind") {
  Ports ports;
  const UdpSocket server = open_udp(ports), other = open_udp(ports), client = open_udp(ports);
  BatchSender sender;
  {
    KernelLimit limit(1);
    for (const char* text : {"first", "second"}) {
      sender.append(text_bytes(text), client.local(), server.send_socket());
    }
    sender.append(text_bytes("other"), client.local(), other.send_socket());
    sender.set_gso(false);
    sender.flush();
  }
  CHECK(sender.blocked().size() == 2);
  sender.forget(server.fd());
  CHECK(sender.counters().dropped_socket == 1);
  REQUIRE(sender.blocked().size() == 1);
  CHECK(sender.blocked()[0] == other.fd());
  sender.handle_writable(other.fd());
  CHECK(receive_all(client, 2) == datagrams_of({"first", "other"}));
}

TEST_CASE("batch sender: without buffers (ENOBUFS) datagrams are dropped at once, and counted") {
  Ports ports;
  const UdpSocket server = open_udp(ports), client = open_udp(ports);
  BatchSender sender;
  add_four_groups(sender, client, server);
  {
    KernelLimit limit(6, ENOBUFS);
    sender.flush();
  }
  CHECK(sender.blocked().empty());
  CHECK(sender.counters().datagrams == 6);
  CHECK(sender.counters().dropped_error == 6);
}
