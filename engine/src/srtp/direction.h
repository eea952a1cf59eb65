// What sending and receiving have in common: keys made ready, packet indexes, header lengths.
// Private to srtp/.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/result.h"
#include "base/sequence.h"
#include "srtp/cipher.h"
#include "srtp/lazy_cipher.h"

namespace sluice::srtp {

constexpr size_t kRtpHeaderBytes = 12;             // RFC 3550, 5.1.
constexpr uint32_t kEncryptedFlag = 0x80000000;    // E (RFC 3711, 3.4).
constexpr uint32_t kMaxRtcpIndex = 0x7FFFFFFF;     // RFC 3711, 9.2: at most 2^31 packets a key,
constexpr uint64_t kMaxRtpIndex = 0xFFFFFFFFFFFF;  // and 2^48.

// Both kinds of packet under one master key.
struct Direction {
  LazyCipher rtp_cipher;
  LazyCipher rtcp_cipher;
  Iv rtp_salt{};
  Iv rtcp_salt{};

  static Result<Direction> make(SrtpProfile profile, Bytes master, CipherBackend backend);
};

// The index with this sequence number that is nearest to the highest so far (RFC 3711, 3.3.1);
// nullopt when that would lie before the stream's rollover counter began.
inline std::optional<uint64_t> nearest_index(uint64_t highest, uint16_t sequence) {
  const int64_t index =
      static_cast<int64_t>(highest) + seq_diff(sequence, static_cast<uint16_t>(highest));
  if (index < 0) return std::nullopt;
  return static_cast<uint64_t>(index);
}

}  // namespace sluice::srtp
