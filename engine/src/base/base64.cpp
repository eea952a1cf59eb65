#include "base/base64.h"

#include <openssl/evp.h>

namespace sluice {

std::string base64_encode(Bytes bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP writes a NUL behind.
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(size));
  return text;
}

std::vector<uint8_t> base64_decode(std::string_view text) {
  // Some write keys without padding (RFC 4568, 6.1 shows both).
  std::string padded(text);
  while (padded.size() % 4 != 0) padded.push_back('=');
  std::vector<uint8_t> bytes(padded.size() / 4 * 3);
  const int size =
      EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(padded.data()),
                      static_cast<int>(padded.size()));
  if (size < 0) return {};
  size_t padding = 0;
  while (padding < 2 && padding < padded.size() && padded[padded.size() - 1 - padding] == '=') {
    ++padding;
  }
  bytes.resize(static_cast<size_t>(size) - padding);
  return bytes;
}

}  // namespace sluice
