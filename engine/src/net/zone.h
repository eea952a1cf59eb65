// Addresses as people write them: link-local ones with their zone, the interface on which they mean
// something (RFC 4007, 11): "fe80::1%eth0", or "fe80::1%2" by its index.
#pragma once

#include <string>
#include <string_view>

#include "base/address.h"
#include "base/result.h"

namespace sluice::net {

// "127.0.0.1", "::1", "fe80::1%eth0": no port. A zone goes with link-local addresses alone, and has
// to be an interface of this machine; a link-local address may be without. The error's text follows
// the name of a field.
Result<Address> parse_zoned_ip(std::string_view text);
// What to say to who needs the zone of a link-local address and got none.
constexpr char kZoneMissing[] = "is link-local and must say on which interface, as in fe80::1%eth0";
// With the interface's name, or its index when it is gone.
std::string zoned_ip_text(const Address& address);

}  // namespace sluice::net
