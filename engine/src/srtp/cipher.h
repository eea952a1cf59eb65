// What SRTP needs of cryptography, behind one small interface with two back ends: libipsec-mb where
// the processor has the instructions, OpenSSL's EVP elsewhere. Both give the same bytes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "srtp/srtp_profile.h"

namespace sluice::srtp {

enum class CipherBackend : uint8_t { automatic, ipsec_mb, evp };

// True when the back end was compiled in and this processor can run it.
bool backend_available(CipherBackend backend);
// What `automatic` stands for here: "ipsec-mb" or "openssl".
const char* backend_name();

// GCM uses the first 12 bytes (RFC 7714, 8.1), AES-CM all 16 (RFC 3711, 4.1.1).
using Iv = std::array<uint8_t, 16>;

enum class PacketKind : uint8_t { rtp, rtcp };

// Session keys of one direction and one kind of packet (RFC 3711, 4.3).
struct SessionKeys {
  std::array<uint8_t, 32> key{};
  std::array<uint8_t, 20> auth{};
  std::array<uint8_t, 14> salt{};
};

// One packet to seal or to open. `header` stays in clear and is directly followed by the place of
// the ciphertext, which is `text_bytes` long and has room for a tag behind it where the caller
// says.
//
// `word` is what RFC 3711 puts behind the authenticated portion: the rollover counter for RTP (part
// of the HMAC alone, GCM has it in the IV), the E flag and index for RTCP (authenticated by both).
struct SealJob {
  uint8_t* packet;
  size_t header_bytes;
  const uint8_t* plain;  // May be packet + header_bytes.
  size_t text_bytes;
  uint32_t word;
  uint8_t* tag;
  Iv iv;
};
struct OpenJob {
  uint8_t* packet;  // The text is decrypted in place, whatever the verdict; false means discard it.
  size_t header_bytes;
  size_t text_bytes;
  uint32_t word;
  const uint8_t* tag;
  Iv iv;
};

// Holds expanded keys; cleanses them at the end. One thread at a time.
class PacketCipher {
 public:
  virtual ~PacketCipher() = default;
  virtual bool seal(const SealJob& job) = 0;
  // Compares tags in constant time.
  virtual bool open(const OpenJob& job) = 0;
};

// nullptr when the back end is not available or out of memory.
std::unique_ptr<PacketCipher> make_cipher(SrtpProfile profile, PacketKind kind,
                                          const SessionKeys& keys, CipherBackend backend);

}  // namespace sluice::srtp
