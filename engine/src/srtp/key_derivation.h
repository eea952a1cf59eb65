// Session keys from a master key (RFC 3711, 4.3, with a key derivation rate of 0: once).
#pragma once

#include <optional>

#include "base/bytes.h"
#include "srtp/cipher.h"
#include "srtp/srtp_profile.h"

namespace sluice::srtp {

// `master` is key and salt in a row, master_bytes(profile) long. nullopt when OpenSSL has no
// memory. The caller cleanses the keys.
std::optional<SessionKeys> derive_session_keys(SrtpProfile profile, PacketKind kind, Bytes master);

void cleanse(SessionKeys& keys);

// The salt in its place, to be combined with SSRC and index for each packet.
Iv salt_iv(const SessionKeys& keys);

// RFC 7714, 8.1 and 9.1, and RFC 3711, 4.1.1: salt XOR (SSRC, 48-bit index), which lie two bytes
// further in AES-CM's 16 bytes than in GCM's 12. RTCP's 31-bit index has the place of RTP's 48
// bits.
inline Iv packet_iv(const Iv& salt, bool aead, uint32_t ssrc, uint64_t index) {
  Iv iv = salt;
  uint8_t* at = iv.data() + (aead ? 2 : 4);
  for (int i = 0; i < 4; ++i) at[i] ^= static_cast<uint8_t>(ssrc >> (24 - 8 * i));
  for (int i = 0; i < 6; ++i) at[4 + i] ^= static_cast<uint8_t>(index >> (40 - 8 * i));
  return iv;
}

}  // namespace sluice::srtp
