#include "net/socket_options.h"

#include <cerrno>
#include <cstring>

namespace sluice::net {
namespace {

const char* name_of(Protocol protocol) {
  return protocol == Protocol::udp ? "udp" : "tcp";
}

bool is_mapped(const in6_addr& ip) {
  static constexpr uint8_t kPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  return std::memcmp(ip.s6_addr, kPrefix, sizeof(kPrefix)) == 0;
}

uint32_t grow_buffer(int fd, int option, int force_option, uint32_t bytes) {
  const int wanted = static_cast<int>(bytes == 0 ? kDefaultBufferBytes : bytes);
  if (setsockopt(fd, SOL_SOCKET, force_option, &wanted, sizeof(wanted)) != 0) {
    setsockopt(fd, SOL_SOCKET, option, &wanted, sizeof(wanted));
  }
  int granted = 0;
  socklen_t size = sizeof(granted);
  getsockopt(fd, SOL_SOCKET, option, &granted, &size);
  return static_cast<uint32_t>(granted);
}

Error bind_error(Protocol protocol, const Address& ip, uint16_t port, int error) {
  Address address = ip;
  address.port = port;
  return failed(std::string("cannot bind ") + name_of(protocol) + " " + to_text(address) + ": " +
                errno_text(error));
}

}  // namespace

std::bitset<65536>& PortAllocator::ports_of(Protocol protocol, const Address& ip) {
  auto& ports = used_[{protocol, ip.ip}];
  if (!ports) ports = std::make_unique<std::bitset<65536>>();
  return *ports;
}

Result<PortAllocator::Lease> PortAllocator::bind(Protocol protocol, const ListenOptions& options,
                                                 const std::function<int(uint16_t)>& bind_to) {
  if (options.port != 0) {
    const int error = bind_to(options.port);
    if (error != 0) return bind_error(protocol, options.ip, options.port, error);
    return Lease();  // The user answers for fixed ports, shared ones among them.
  }
  const bool own_range = options.range.min != 0 && options.range.max != 0;
  const PortRange range = own_range ? options.range : default_range_;
  if (range.max < range.min) return invalid("port range: max is less than min");

  auto& used = ports_of(protocol, options.ip);
  const uint32_t count = uint32_t{range.max} - range.min + 1;
  const uint32_t start = random_.between(0, count - 1);
  for (uint32_t i = 0; i < count; ++i) {
    const auto port = static_cast<uint16_t>(range.min + (start + i) % count);
    if (used.test(port)) continue;
    const int error = bind_to(port);
    if (error == 0) {
      used.set(port);
      return Lease(&used, port);
    }
    // Any other reason is the same for every port.
    if (error != EADDRINUSE) return bind_error(protocol, options.ip, port, error);
  }
  return Error{ErrorKind::limit, std::string("no free ") + name_of(protocol) + " port on " +
                                     ip_text(options.ip) + ": all " + std::to_string(count) +
                                     " from " + std::to_string(range.min) + " to " +
                                     std::to_string(range.max) + " are in use"};
}

socklen_t to_sockaddr(const Address& address, bool as_ipv6, sockaddr_in6* out) {
  *out = {};
  if (!as_ipv6 && !address.is_ipv6) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(address.port);
    std::memcpy(&in.sin_addr, address.ip.data(), 4);
    std::memcpy(out, &in, sizeof(in));
    return sizeof(in);
  }
  out->sin6_family = AF_INET6;
  out->sin6_port = htons(address.port);
  if (address.is_ipv6) {
    std::memcpy(out->sin6_addr.s6_addr, address.ip.data(), 16);
    out->sin6_scope_id = address.zone;
  } else {
    out->sin6_addr.s6_addr[10] = out->sin6_addr.s6_addr[11] = 0xFF;  // RFC 4291, 2.5.5.2.
    std::memcpy(out->sin6_addr.s6_addr + 12, address.ip.data(), 4);
  }
  return sizeof(*out);
}

Address from_sockaddr(const sockaddr_in6& in) {
  Address address;
  if (in.sin6_family == AF_INET) {
    sockaddr_in in4;
    std::memcpy(&in4, &in, sizeof(in4));
    address.port = ntohs(in4.sin_port);
    std::memcpy(address.ip.data(), &in4.sin_addr, 4);
    return address;
  }
  address.port = ntohs(in.sin6_port);
  if (is_mapped(in.sin6_addr)) {
    std::memcpy(address.ip.data(), in.sin6_addr.s6_addr + 12, 4);
    return address;
  }
  address.is_ipv6 = true;
  address.zone = in.sin6_scope_id;  // The kernel gives it for link-local addresses alone.
  std::memcpy(address.ip.data(), in.sin6_addr.s6_addr, 16);
  return address;
}

Address local_address(int fd) {
  sockaddr_in6 in{};
  socklen_t size = sizeof(in);
  getsockname(fd, reinterpret_cast<sockaddr*>(&in), &size);
  return from_sockaddr(in);
}

GrantedBuffers set_buffers(int fd, uint32_t send_bytes, uint32_t receive_bytes) {
  return {grow_buffer(fd, SO_SNDBUF, SO_SNDBUFFORCE, send_bytes),
          grow_buffer(fd, SO_RCVBUF, SO_RCVBUFFORCE, receive_bytes)};
}

int bind_socket(int fd, const ListenOptions& options, uint16_t port) {
  Address address = options.ip;
  address.port = port;
  sockaddr_in6 where;
  const socklen_t size = to_sockaddr(address, address.is_ipv6, &where);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&where), size) != 0) return errno;
  if (options.share != Share::opens) return 0;
  const int on = 1;
  return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) == 0 ? 0 : errno;
}

Result<Fd> open_socket(Protocol protocol, const ListenOptions& options) {
  const int type = protocol == Protocol::udp ? SOCK_DGRAM : SOCK_STREAM;
  Fd fd(socket(options.ip.is_ipv6 ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) {
    return failed(std::string("cannot open a ") + name_of(protocol) +
                  " socket: " + errno_text(errno));
  }
  const int on = 1, only = options.ipv6_only ? 1 : 0;
  if (options.ip.is_ipv6) {
    setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
  }
  // Connections of a listener that was closed linger in TIME_WAIT and would hold its port.
  if (protocol == Protocol::tcp) {
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  }
  const bool shares =
      options.share == Share::joins || (options.reuse_port && protocol == Protocol::udp);
  if (shares && setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0) {
    return failed("cannot share the port: " + errno_text(errno));
  }
  return fd;
}

}  // namespace sluice::net
