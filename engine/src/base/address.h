// Addresses and paths as values: compared, hashed and printed without a system call.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace sluice {

enum class Protocol : uint8_t { udp, tcp };

// An IP address and port. IPv4 lives in the first four bytes of `ip`.
struct Address {
  std::array<uint8_t, 16> ip{};
  uint16_t port = 0;
  bool is_ipv6 = false;
  // The interface of a link-local IPv6 address, which says nothing without it (RFC 4007); else 0.
  uint32_t zone = 0;

  Bytes ip_bytes() const { return Bytes(ip).first(is_ipv6 ? 16 : 4); }
  // fe80::/10 (RFC 4291, 2.5.6).
  bool is_link_local() const { return is_ipv6 && ip[0] == 0xFE && (ip[1] & 0xC0) == 0x80; }
  friend bool operator==(const Address&, const Address&) = default;
};

// "127.0.0.1", "::1": no port, no brackets, no zone. Nothing else is accepted, no name is looked
// up.
std::optional<Address> parse_ip(std::string_view text, uint16_t port = 0);
std::string ip_text(const Address& address);  // Without the zone, which means nothing elsewhere.
std::string to_text(const Address& address);  // "127.0.0.1:5000", "[::1]:5000", "[fe80::1%2]:5000".

// Where a datagram came from and where it came in. `socket` is the worker's handle of the socket
// (UDP) or connection (TCP), so that an answer leaves the way the question came.
struct Path {
  uint32_t socket = 0;
  Protocol protocol = Protocol::udp;
  Address remote;

  friend bool operator==(const Path&, const Path&) = default;
};

// Zones are compared alone: one address in several of them is too rare to hash them for.
struct PathHash {
  size_t operator()(const Path& path) const {
    uint64_t a, b;
    std::memcpy(&a, path.remote.ip.data(), 8);
    std::memcpy(&b, path.remote.ip.data() + 8, 8);
    uint64_t h = a * 0x9E3779B97F4A7C15u;
    h ^= (b + h) * 0xC2B2AE3D27D4EB4Fu;
    h ^= (uint64_t{path.remote.port} << 32 | path.socket) * 0x165667B19E3779F9u;
    h = (h ^ h >> 32) * 0x9E3779B97F4A7C15u;  // The port has reached the upper half alone so far.
    return static_cast<size_t>(h ^ h >> 29);
  }
};

}  // namespace sluice
