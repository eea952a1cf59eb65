// OpenSSL's EVP interface allocates for every HMAC. The plain SHA-1 functions do not; they are
// called deprecated, but are part of every OpenSSL 3.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "ice/stun_digests.h"

#include <openssl/sha.h>

namespace sluice::ice {
namespace {

constexpr size_t kSha1BlockBytes = 64;

constexpr std::array<uint32_t, 256> make_crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t crc = i;
    // ITU V.42, 8.1.1.6.2, bits reversed.
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
    table[i] = crc;
  }
  return table;
}
constexpr auto kCrcTable = make_crc_table();

// RFC 2104: the key is hashed when it is longer than a block, and padded with zeros.
std::array<uint8_t, kSha1BlockBytes> hmac_key(std::string_view password) {
  std::array<uint8_t, kSha1BlockBytes> key{};
  if (password.size() > key.size()) {
    SHA1(reinterpret_cast<const uint8_t*>(password.data()), password.size(), key.data());
  } else {
    password.copy(reinterpret_cast<char*>(key.data()), key.size());
  }
  return key;
}

void start(SHA_CTX* context, std::array<uint8_t, kSha1BlockBytes> key, uint8_t pad) {
  for (auto& byte : key) byte ^= pad;
  SHA1_Init(context);
  SHA1_Update(context, key.data(), key.size());
}

}  // namespace

std::array<uint8_t, kIntegrityBytes> message_integrity(Bytes message, uint16_t length,
                                                       std::string_view password) {
  const auto key = hmac_key(password);
  std::array<uint8_t, kIntegrityBytes> digest;
  uint8_t length_field[2];
  store_u16(length_field, 0, length);

  SHA_CTX context;
  start(&context, key, 0x36);
  SHA1_Update(&context, message.data(), 2);
  SHA1_Update(&context, length_field, 2);
  SHA1_Update(&context, message.data() + 4, message.size() - 4);
  SHA1_Final(digest.data(), &context);

  start(&context, key, 0x5C);
  SHA1_Update(&context, digest.data(), digest.size());
  SHA1_Final(digest.data(), &context);
  return digest;
}

uint32_t fingerprint(Bytes message) {
  uint32_t crc = ~0u;
  for (const uint8_t byte : message) crc = kCrcTable[(crc ^ byte) & 0xFF] ^ crc >> 8;
  return ~crc ^ 0x5354554E;  // RFC 8489, 14.7: tells it from other protocols' CRCs.
}

}  // namespace sluice::ice
