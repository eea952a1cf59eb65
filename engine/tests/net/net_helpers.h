// What the tests of sockets share: loopback sockets, and waiting for the thing instead of sleeping.
#pragma once

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "net/clock.h"
#include "net/socket_options.h"
#include "net/udp_socket.h"

namespace sluice::net::test {

inline bool wait_for(int fd, short events, int timeout_ms = 5000) {
  pollfd waiting{fd, events, 0};
  return poll(&waiting, 1, timeout_ms) == 1;
}

struct Ports {
  SeededRandom random{static_cast<uint64_t>(now().time_since_epoch().count())};
  PortAllocator allocator{kDefaultPorts, random};
};

inline ListenOptions on(const char* ip) {
  ListenOptions options;
  options.ip = *parse_ip(ip);
  return options;
}

inline UdpSocket open_udp(Ports& ports, const char* ip = "127.0.0.1") {
  auto socket = UdpSocket::open(on(ip), ports.allocator);
  REQUIRE(socket);
  return std::move(*socket);
}

// Whether this machine has IPv6 on its loopback; containers often have not.
inline bool has_ipv6() {
  Ports ports;
  return UdpSocket::open(on("::1"), ports.allocator).ok();
}

inline std::vector<uint8_t> text_bytes(const std::string& text) {
  return {text.begin(), text.end()};
}

inline std::vector<std::vector<uint8_t>> datagrams_of(std::initializer_list<const char*> texts) {
  std::vector<std::vector<uint8_t>> all;
  for (const char* text : texts) all.push_back(text_bytes(text));
  return all;
}

// Receives until `count` datagrams are there.
inline std::vector<std::vector<uint8_t>> receive_all(const UdpSocket& socket, size_t count) {
  PacketPool pool(PacketPool::kBlockSlots);
  ReceiveBatch batch(pool);
  std::vector<std::vector<uint8_t>> all;
  while (all.size() < count && wait_for(socket.fd(), POLLIN)) {
    for (const auto& datagram : batch.receive(socket).datagrams) {
      const Bytes bytes = datagram.packet->bytes();
      all.emplace_back(bytes.begin(), bytes.end());
    }
  }
  return all;
}

}  // namespace sluice::net::test
