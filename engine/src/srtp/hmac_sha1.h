// HMAC-SHA1 (RFC 2104) with the two key blocks hashed beforehand: a packet costs two copies of a
// hash state, its own blocks and one more.
#pragma once

// The low-level SHA-1 is deprecated in OpenSSL 3 in favour of EVP, whose copying of contexts costs
// 100 to 130 ns a packet more. It uses the processor's SHA instructions all the same.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace sluice::srtp {

// Owned by a cipher. Cleanses its states at the end.
class HmacSha1 {
 public:
  static constexpr size_t kDigestBytes = SHA_DIGEST_LENGTH;
  using Digest = std::array<uint8_t, kDigestBytes>;

  explicit HmacSha1(Bytes key);  // At most 64 bytes; SRTP's is 20.
  ~HmacSha1();
  HmacSha1(const HmacSha1&) = delete;
  HmacSha1& operator=(const HmacSha1&) = delete;

  // Over the bytes and, behind them, `word` in network order.
  Digest digest(const uint8_t* bytes, size_t size, uint32_t word) const;

 private:
  SHA_CTX inner_;
  SHA_CTX outer_;
};

}  // namespace sluice::srtp
