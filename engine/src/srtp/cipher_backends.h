// The two back ends, as cipher.cpp chooses between them. Private to srtp/.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>

#include <openssl/crypto.h>

#include "srtp/cipher.h"
#include "srtp/hmac_sha1.h"

namespace sluice::srtp {

std::unique_ptr<PacketCipher> make_evp_cipher(SrtpProfile profile, PacketKind kind,
                                              const SessionKeys& keys);

// False, and nullptr, when libipsec-mb was not there at build time or the processor lacks AES-NI
// or PCLMULQDQ.
bool ipsec_mb_usable();
std::unique_ptr<PacketCipher> make_ipsec_mb_cipher(SrtpProfile profile, PacketKind kind,
                                                   const SessionKeys& keys);

constexpr size_t kGcmTagBytes = 16;
constexpr size_t kGcmIvBytes = 12;
constexpr size_t kRtcpHeaderBytes = 8;

// GCM authenticates the header, and for RTCP the E flag and index, which lie behind the ciphertext
// and so have to be brought together (RFC 7714, 9.2).
class GcmAad {
 public:
  GcmAad(PacketKind kind, const uint8_t* packet, size_t header_bytes, uint32_t word)
      : data_(packet), size_(header_bytes) {
    if (kind == PacketKind::rtp) return;
    std::memcpy(joined_.data(), packet, kRtcpHeaderBytes);
    store_u32(joined_, kRtcpHeaderBytes, word);
    data_ = joined_.data();
    size_ = joined_.size();
  }
  GcmAad(const GcmAad&) = delete;
  GcmAad& operator=(const GcmAad&) = delete;

  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  std::array<uint8_t, kRtcpHeaderBytes + kRtcpIndexBytes> joined_;
  const uint8_t* data_;
  size_t size_;
};

// AES-CM with HMAC-SHA1 (RFC 3711, 4): encrypt, then authenticate header, ciphertext and the word
// behind them. The back ends differ in crypt() alone.
class CounterModeCipher : public PacketCipher {
 public:
  bool seal(const SealJob& job) final {
    if (!crypt(job.iv, job.plain, job.packet + job.header_bytes, job.text_bytes)) return false;
    const auto digest = hmac_.digest(job.packet, job.header_bytes + job.text_bytes, job.word);
    std::memcpy(job.tag, digest.data(), tag_bytes_);
    return true;
  }

  bool open(const OpenJob& job) final {
    const auto digest = hmac_.digest(job.packet, job.header_bytes + job.text_bytes, job.word);
    if (CRYPTO_memcmp(job.tag, digest.data(), tag_bytes_) != 0) return false;
    uint8_t* text = job.packet + job.header_bytes;
    return crypt(job.iv, text, text, job.text_bytes);
  }

 protected:
  CounterModeCipher(size_t tag_bytes, const SessionKeys& keys)
      : hmac_(keys.auth), tag_bytes_(tag_bytes) {}
  // The key stream is its own inverse: one function for both directions, in place or not.
  virtual bool crypt(const Iv& iv, const uint8_t* in, uint8_t* out, size_t size) = 0;

 private:
  HmacSha1 hmac_;
  size_t tag_bytes_;
};

inline size_t tag_bytes(SrtpProfile profile, PacketKind kind) {
  return kind == PacketKind::rtp ? rtp_tag_bytes(profile) : rtcp_tag_bytes(profile);
}

}  // namespace sluice::srtp
