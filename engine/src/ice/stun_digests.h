// The two checksums of STUN. Neither allocates: a flood of messages with wrong credentials costs
// nothing but time.
#pragma once

#include <array>
#include <string_view>

#include "base/bytes.h"

namespace sluice::ice {

constexpr size_t kIntegrityBytes = 20;  // HMAC-SHA1 (RFC 8489, 14.5).

// Of `message` up to the MESSAGE-INTEGRITY attribute, with the header's length field taken as
// `length`: the attribute counts as the last one, whatever follows it.
std::array<uint8_t, kIntegrityBytes> message_integrity(Bytes message, uint16_t length,
                                                       std::string_view password);

// The value of FINGERPRINT (RFC 8489, 14.7) for what stands before the attribute.
uint32_t fingerprint(Bytes message);

}  // namespace sluice::ice
