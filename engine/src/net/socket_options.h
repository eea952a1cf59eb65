// What UDP and TCP sockets that listen have in common: options, ports, addresses for the kernel.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <bitset>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "base/address.h"
#include "base/random.h"
#include "base/result.h"
#include "net/fd.h"

namespace sluice::net {

struct PortRange {
  uint16_t min = 0;
  uint16_t max = 0;
};
constexpr PortRange kDefaultPorts{10000, 59999};  // mediasoup's rtcMinPort and rtcMaxPort.

// Of a port that several workers listen on, UDP or TCP. The first one takes it as its own, so that
// it is nobody else's, and then lets the others join.
enum class Share : uint8_t { no, opens, joins };

struct ListenOptions {
  Address ip;         // Its port is not looked at.
  uint16_t port = 0;  // Fixed; 0 takes one of `range`.
  PortRange range;    // {0, 0} takes the worker's range.
  bool ipv6_only = false;
  bool reuse_port = false;  // SO_REUSEPORT, of UDP alone: several sockets share the port.
  Share share = Share::no;
  uint32_t send_buffer_bytes = 0;  // 0 asks for kDefaultBufferBytes.
  uint32_t receive_buffer_bytes = 0;
};

// A burst to a thousand consumers is some megabytes; the kernel grants what wmem_max and rmem_max
// allow (more with CAP_NET_ADMIN), and only what is used takes memory.
constexpr uint32_t kDefaultBufferBytes = 4 * 1024 * 1024;

// What the kernel granted; it doubles the figure asked for, for its own bookkeeping.
struct GrantedBuffers {
  uint32_t send_bytes = 0;
  uint32_t receive_bytes = 0;
};

// Which ports of its ranges a worker uses. Needed beside bind(), which lets two sockets of one
// process share a port when both have SO_REUSEPORT.
class PortAllocator {
 public:
  // Gives the port back when it dies. The allocator must live longer.
  class Lease {
   public:
    Lease() = default;
    Lease(std::bitset<65536>* ports, uint16_t port) : ports_(ports), port_(port) {}
    Lease(Lease&& other) noexcept
        : ports_(std::exchange(other.ports_, nullptr)), port_(other.port_) {}
    Lease& operator=(Lease&& other) noexcept {
      std::swap(ports_, other.ports_);
      std::swap(port_, other.port_);
      return *this;
    }
    ~Lease() {
      if (ports_) ports_->reset(port_);
    }

   private:
    std::bitset<65536>* ports_ = nullptr;
    uint16_t port_ = 0;
  };

  PortAllocator(PortRange default_range, Random& random)
      : default_range_(default_range), random_(random) {}
  PortAllocator(const PortAllocator&) = delete;
  PortAllocator& operator=(const PortAllocator&) = delete;

  // Calls `bind_to` (it returns 0 or an errno) for the fixed port, or for the ports of the range
  // from a random one on until one is free. The error's text names address, ports and reason.
  Result<Lease> bind(Protocol protocol, const ListenOptions& options,
                     const std::function<int(uint16_t port)>& bind_to);

 private:
  std::bitset<65536>& ports_of(Protocol protocol, const Address& ip);

  PortRange default_range_;
  Random& random_;
  std::map<std::pair<Protocol, std::array<uint8_t, 16>>, std::unique_ptr<std::bitset<65536>>> used_;
};

// `as_ipv6` maps an IPv4 address into ::ffff:0:0/96, as dual-stack sockets want it. Returns the
// size of the address written.
socklen_t to_sockaddr(const Address& address, bool as_ipv6, sockaddr_in6* out);
// Takes mapped addresses back to IPv4, so that a peer has one address however it came in.
Address from_sockaddr(const sockaddr_in6& in);
Address local_address(int fd);

GrantedBuffers set_buffers(int fd, uint32_t send_bytes, uint32_t receive_bytes);

// Binds; 0 or an errno. A port that is to be shared is open to others afterwards.
int bind_socket(int fd, const ListenOptions& options, uint16_t port);

// A nonblocking, close-on-exec socket with the options of `options` set, not bound yet.
Result<Fd> open_socket(Protocol protocol, const ListenOptions& options);

}  // namespace sluice::net
