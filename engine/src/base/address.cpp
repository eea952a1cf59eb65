#include "base/address.h"

#include <arpa/inet.h>

namespace sluice {

std::optional<Address> parse_ip(std::string_view text, uint16_t port) {
  char buffer[INET6_ADDRSTRLEN];
  if (text.empty() || text.size() >= sizeof(buffer)) return std::nullopt;
  if (text.find('\0') != std::string_view::npos) return std::nullopt;  // inet_pton() stops there.
  text.copy(buffer, text.size());
  buffer[text.size()] = '\0';

  Address address;
  address.port = port;
  if (inet_pton(AF_INET, buffer, address.ip.data()) == 1) return address;
  if (inet_pton(AF_INET6, buffer, address.ip.data()) != 1) return std::nullopt;
  address.is_ipv6 = true;
  return address;
}

std::string ip_text(const Address& address) {
  char buffer[INET6_ADDRSTRLEN] = "";
  inet_ntop(address.is_ipv6 ? AF_INET6 : AF_INET, address.ip.data(), buffer, sizeof(buffer));
  return buffer;
}

std::string to_text(const Address& address) {
  const std::string port = ":" + std::to_string(address.port);
  if (!address.is_ipv6) return ip_text(address) + port;
  const std::string zone = address.zone != 0 ? "%" + std::to_string(address.zone) : "";
  return "[" + ip_text(address) + zone + "]" + port;
}

}  // namespace sluice
