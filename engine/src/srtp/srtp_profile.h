// The SRTP protection profiles the engine speaks, and the lengths that go with each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::srtp {

// The values are those of the DTLS-SRTP registry (RFC 5764, 4.1.2; RFC 7714, 14.2).
enum class SrtpProfile : uint16_t {
  aes_cm_128_hmac_sha1_80 = 0x0001,
  aes_cm_128_hmac_sha1_32 = 0x0002,
  aead_aes_128_gcm = 0x0007,
  aead_aes_256_gcm = 0x0008,
};

// From the most to the least wanted. GCM-128 costs about half of AES-CM with HMAC.
inline constexpr std::array kSrtpProfilesByPreference = {
    SrtpProfile::aead_aes_128_gcm,
    SrtpProfile::aead_aes_256_gcm,
    SrtpProfile::aes_cm_128_hmac_sha1_80,
    SrtpProfile::aes_cm_128_hmac_sha1_32,
};

constexpr bool is_aead(SrtpProfile profile) {
  return profile == SrtpProfile::aead_aes_128_gcm || profile == SrtpProfile::aead_aes_256_gcm;
}

// Lengths of the master key and master salt (RFC 3711, 8.2; RFC 7714, 12).
constexpr size_t key_bytes(SrtpProfile profile) {
  return profile == SrtpProfile::aead_aes_256_gcm ? 32 : 16;
}
constexpr size_t salt_bytes(SrtpProfile profile) {
  return is_aead(profile) ? 12 : 14;
}

// Key and salt together, as srtpParameters.keyBase64 and the `inline` attribute of RFC 4568 carry
// them.
constexpr size_t master_bytes(SrtpProfile profile) {
  return key_bytes(profile) + salt_bytes(profile);
}
constexpr size_t kMaxMasterBytes = 44;

// The tag of an RTP packet. AES_CM_128_HMAC_SHA1_32 shortens it for RTP alone (RFC 3711, 5.2 and
// RFC 4568, 6.2.2).
constexpr size_t rtp_tag_bytes(SrtpProfile profile) {
  if (is_aead(profile)) return 16;
  return profile == SrtpProfile::aes_cm_128_hmac_sha1_32 ? 4 : 10;
}
constexpr size_t rtcp_tag_bytes(SrtpProfile profile) {
  return is_aead(profile) ? 16 : 10;
}
constexpr size_t kRtcpIndexBytes = 4;  // E flag and 31-bit index (RFC 3711, 3.4).

// How much longer a packet gets: the room a send slot must leave.
constexpr size_t rtp_overhead(SrtpProfile profile) {
  return rtp_tag_bytes(profile);
}
constexpr size_t rtcp_overhead(SrtpProfile profile) {
  return rtcp_tag_bytes(profile) + kRtcpIndexBytes;
}
constexpr size_t kMaxRtpOverhead = 16;
constexpr size_t kMaxRtcpOverhead = 20;

// mediasoup's SrtpCryptoSuite names: "AEAD_AES_128_GCM", "AES_CM_128_HMAC_SHA1_80", ...
constexpr std::string_view suite_name(SrtpProfile profile) {
  switch (profile) {
    case SrtpProfile::aead_aes_128_gcm:
      return "AEAD_AES_128_GCM";
    case SrtpProfile::aead_aes_256_gcm:
      return "AEAD_AES_256_GCM";
    case SrtpProfile::aes_cm_128_hmac_sha1_80:
      return "AES_CM_128_HMAC_SHA1_80";
    case SrtpProfile::aes_cm_128_hmac_sha1_32:
      return "AES_CM_128_HMAC_SHA1_32";
  }
  return "";
}
constexpr std::optional<SrtpProfile> suite_from_name(std::string_view name) {
  for (const SrtpProfile profile : kSrtpProfilesByPreference) {
    if (suite_name(profile) == name) return profile;
  }
  return std::nullopt;
}

}  // namespace sluice::srtp
