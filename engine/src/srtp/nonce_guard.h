// Checks in debug and sanitizer builds that no SRTP index protects two different packets: with GCM
// that would give away the key stream of both (RFC 7714, 8.1). Nothing in release builds.
#pragma once

#include <cassert>
#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace sluice::srtp {

#ifdef NDEBUG

class NonceGuard {
 public:
  void note(uint32_t, uint64_t, Bytes, Bytes) {}
  void permit_reuse() {}
};

#else

// Of the last packets: one per place of a table, the place being a hash of SSRC and index.
class NonceGuard {
 public:
  // The packet is `header` and `payload`, before it is protected.
  void note(uint32_t ssrc, uint64_t index, Bytes header, Bytes payload) {
    if (entries_.empty()) return;
    const uint64_t key = uint64_t{ssrc} << 32 ^ index * 0x9E3779B97F4A7C15u;
    Entry& entry = entries_[(key ^ key >> 29) % kEntries];
    const uint64_t digest = digest_of(payload, digest_of(header, 0xCBF29CE484222325u));
    const bool is_same_packet =
        entry.ssrc != ssrc || entry.index != index || entry.digest == digest || entry.digest == 0;
    assert(is_same_packet && "an SRTP index protects two different packets");
    if (is_same_packet) entry = {ssrc, index, digest};
  }

  // For a peer that misbehaves on purpose.
  void permit_reuse() { entries_.clear(); }

 private:
  static constexpr size_t kEntries = 4096;
  struct Entry {
    uint32_t ssrc = 0;
    uint64_t index = 0;
    uint64_t digest = 0;  // 0: nothing yet.
  };

  // FNV-1a.
  static uint64_t digest_of(Bytes bytes, uint64_t digest) {
    for (const uint8_t byte : bytes) digest = (digest ^ byte) * 0x100000001B3u;
    return digest;
  }

  std::vector<Entry> entries_ = std::vector<Entry>(kEntries);
};

#endif

}  // namespace sluice::srtp
