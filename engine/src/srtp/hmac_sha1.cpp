#include "srtp/hmac_sha1.h"

#include <openssl/crypto.h>

#include <algorithm>

namespace sluice::srtp {

HmacSha1::HmacSha1(Bytes key) {
  std::array<uint8_t, SHA_CBLOCK> block{};
  std::copy_n(key.begin(), std::min<size_t>(key.size(), block.size()), block.begin());
  for (uint8_t& byte : block) byte ^= 0x36;
  SHA1_Init(&inner_);
  SHA1_Update(&inner_, block.data(), block.size());
  for (uint8_t& byte : block) byte ^= 0x36 ^ 0x5c;
  SHA1_Init(&outer_);
  SHA1_Update(&outer_, block.data(), block.size());
  OPENSSL_cleanse(block.data(), block.size());
}

HmacSha1::~HmacSha1() {
  OPENSSL_cleanse(&inner_, sizeof inner_);
  OPENSSL_cleanse(&outer_, sizeof outer_);
}

HmacSha1::Digest HmacSha1::digest(const uint8_t* bytes, size_t size, uint32_t word) const {
  std::array<uint8_t, 4> tail;
  store_u32(tail, 0, word);
  Digest digest;
  SHA_CTX hash = inner_;
  SHA1_Update(&hash, bytes, size);
  SHA1_Update(&hash, tail.data(), tail.size());
  SHA1_Final(digest.data(), &hash);
  hash = outer_;
  SHA1_Update(&hash, digest.data(), digest.size());
  SHA1_Final(digest.data(), &hash);
  return digest;
}

}  // namespace sluice::srtp
