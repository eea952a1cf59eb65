#include "net/zone.h"

#include <net/if.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

namespace sluice::net {
namespace {

// 0 when there is no such interface.
uint32_t zone_of(const std::string& interface) {
  if (const uint32_t index = if_nametoindex(interface.c_str())) return index;
  uint32_t index = 0;
  const char* end = interface.data() + interface.size();
  const auto [stop, error] = std::from_chars(interface.data(), end, index);
  char name[IF_NAMESIZE];
  return error == std::errc{} && stop == end && if_indextoname(index, name) ? index : 0;
}

// ::ffff:192.0.2.1 is an IPv4 address in another spelling (RFC 4291, 2.5.5.2). from_sockaddr()
// gives peers as IPv4, so addresses from users must have the same form.
Address unmapped(const Address& address) {
  static constexpr std::array<uint8_t, 12> kPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (!address.is_ipv6 || !std::equal(kPrefix.begin(), kPrefix.end(), address.ip.begin())) {
    return address;
  }
  Address ipv4;
  ipv4.port = address.port;
  std::copy(address.ip.begin() + 12, address.ip.end(), ipv4.ip.begin());
  return ipv4;
}

}  // namespace

Result<Address> parse_zoned_ip(std::string_view text) {
  const size_t percent = text.find('%');
  std::optional<Address> address = parse_ip(text.substr(0, percent));
  if (!address) return invalid("must be an IPv4 or IPv6 address");
  if (percent == std::string_view::npos) return unmapped(*address);

  if (!address->is_link_local()) return invalid("must not have a zone: it is not link-local");
  const std::string interface(text.substr(percent + 1));
  // An embedded NUL would end the name for the system.
  const bool is_name = interface.find('\0') == std::string::npos;
  address->zone = is_name ? zone_of(interface) : 0;
  if (address->zone == 0) return invalid("has a zone that is no interface of this machine");
  return *address;
}

std::string zoned_ip_text(const Address& address) {
  if (address.zone == 0) return ip_text(address);
  char name[IF_NAMESIZE];
  const bool is_known = if_indextoname(address.zone, name) != nullptr;
  return ip_text(address) + "%" + (is_known ? name : std::to_string(address.zone));
}

}  // namespace sluice::net
