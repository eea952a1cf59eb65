// One destination of the floor: session keys and nothing around them.
#pragma once

#include <cstring>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "srtp/cipher.h"
#include "srtp/key_derivation.h"

namespace sluice::bench {

constexpr srtp::SrtpProfile kProfile = srtp::SrtpProfile::aead_aes_128_gcm;
constexpr size_t kHeader = 12;

// A packet of `size` bytes as it leaves.
constexpr size_t protected_bytes(size_t size) {
  return size + srtp::rtp_overhead(kProfile);
}

struct BarePeer {
  std::unique_ptr<srtp::PacketCipher> cipher;
  srtp::Iv salt{};

  // Writes the protected packet into `slot`, which has room for protected_bytes(packet.size()).
  void protect(Bytes packet, uint16_t sequence, uint8_t* slot) {
    std::memcpy(slot, packet.data(), kHeader);
    store_u16({slot, kHeader}, 2, sequence);
    cipher->seal({.packet = slot,
                  .header_bytes = kHeader,
                  .plain = packet.data() + kHeader,
                  .text_bytes = packet.size() - kHeader,
                  .word = 0,
                  .tag = slot + packet.size(),
                  .iv = srtp::packet_iv(salt, true, load_u32({slot, kHeader}, 8), sequence)});
  }
};

inline std::vector<uint8_t> master_for(uint64_t seed) {
  SeededRandom random(seed);
  std::vector<uint8_t> master(srtp::master_bytes(kProfile));
  for (uint8_t& byte : master) byte = static_cast<uint8_t>(random.next());
  return master;
}

// With the keys of master_for(0), master_for(1), ...; empty when the ciphers cannot be made.
inline std::vector<BarePeer> make_peers(size_t count) {
  std::vector<BarePeer> peers(count);
  for (size_t i = 0; i < count; ++i) {
    auto keys = srtp::derive_session_keys(kProfile, srtp::PacketKind::rtp, master_for(i));
    if (!keys) return {};
    peers[i].salt = srtp::salt_iv(*keys);
    peers[i].cipher =
        srtp::make_cipher(kProfile, srtp::PacketKind::rtp, *keys, srtp::CipherBackend::automatic);
  }
  return peers;
}

}  // namespace sluice::bench
