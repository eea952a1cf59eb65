// Base64 with padding (RFC 4648, 4), for keys in JSON. OpenSSL does the work.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace sluice {

std::string base64_encode(Bytes bytes);
// Empty for anything that is not base64.
std::vector<uint8_t> base64_decode(std::string_view text);

}  // namespace sluice
