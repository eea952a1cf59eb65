// Packets and keys for the SRTP tests.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "srtp/srtp_inbound.h"
#include "srtp/srtp_outbound.h"

namespace sluice::srtp {

using Packet = std::vector<uint8_t>;

inline std::vector<CipherBackend> usable_backends() {
  std::vector<CipherBackend> backends = {CipherBackend::evp};
  if (backend_available(CipherBackend::ipsec_mb)) backends.push_back(CipherBackend::ipsec_mb);
  return backends;
}

template <typename Check>
void for_each_profile_and_backend(Check&& check) {
  for (const SrtpProfile profile : kSrtpProfilesByPreference) {
    for (const CipherBackend backend : usable_backends()) {
      CAPTURE(suite_name(profile));
      CAPTURE(static_cast<int>(backend));
      check(profile, backend);
    }
  }
}

inline std::vector<uint8_t> random_bytes(Random& random, size_t size) {
  std::vector<uint8_t> bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.next());
  return bytes;
}

inline std::vector<uint8_t> master_for(SrtpProfile profile, uint64_t seed = 1) {
  SeededRandom random(seed);
  return random_bytes(random, master_bytes(profile));
}

// `csrcs` and `extension_words` make the header longer.
inline Packet rtp_packet(uint32_t ssrc, uint16_t sequence, size_t payload_bytes, size_t csrcs = 0,
                         std::optional<size_t> extension_words = std::nullopt) {
  Packet packet(12 + 4 * csrcs, 0);
  packet[0] = static_cast<uint8_t>(0x80 | csrcs | (extension_words ? 0x10 : 0));
  packet[1] = 96;
  store_u16(packet, 2, sequence);
  store_u32(packet, 4, sequence * 3000u);
  store_u32(packet, 8, ssrc);
  if (extension_words) {
    packet.insert(packet.end(), {0xBE, 0xDE, 0, static_cast<uint8_t>(*extension_words)});
    packet.resize(packet.size() + 4 * *extension_words, 0);
  }
  for (size_t i = 0; i < payload_bytes; ++i) {
    packet.push_back(static_cast<uint8_t>(i * 7 + sequence));
  }
  return packet;
}
inline size_t header_size(const Packet& packet) {
  size_t size = 12 + 4 * (packet[0] & 15);
  if (packet[0] & 0x10) size += 4 + 4 * size_t{packet[size + 3]};
  return size;
}

// A sender report without blocks and `words` more.
inline Packet rtcp_packet(uint32_t ssrc, size_t words = 5) {
  Packet packet = {0x80, 200, 0, static_cast<uint8_t>(words + 1)};
  packet.resize(8 + 4 * words, 0x5A);
  store_u32(packet, 4, ssrc);
  return packet;
}

// Protects a whole packet in place; empty when refused.
inline Packet protect(SrtpOutbound& outbound, Packet packet) {
  const size_t size = packet.size();
  const size_t header = header_size(packet);
  packet.resize(size + kMaxRtpOverhead);
  packet.resize(outbound.protect_rtp(packet, header, Bytes(packet).subspan(header, size - header)));
  return packet;
}
inline Packet protect_rtcp(SrtpOutbound& outbound, Packet packet) {
  const size_t size = packet.size();
  packet.resize(size + kMaxRtcpOverhead);
  packet.resize(outbound.protect_rtcp(packet, size));
  return packet;
}
inline std::optional<Packet> unprotect(SrtpInbound& inbound, Packet packet) {
  const auto size = inbound.unprotect_rtp(packet);
  if (!size) return std::nullopt;
  packet.resize(*size);
  return packet;
}
inline std::optional<Packet> unprotect_rtcp(SrtpInbound& inbound, Packet packet) {
  const auto size = inbound.unprotect_rtcp(packet);
  if (!size) return std::nullopt;
  packet.resize(*size);
  return packet;
}

inline SrtpOutbound outbound_for(SrtpProfile profile,
                                 CipherBackend backend = CipherBackend::automatic) {
  return std::move(*SrtpOutbound::make(profile, master_for(profile), backend));
}
inline SrtpInbound inbound_for(SrtpProfile profile,
                               CipherBackend backend = CipherBackend::automatic,
                               size_t max_streams = SrtpInbound::kDefaultMaxStreams) {
  return std::move(*SrtpInbound::make(profile, master_for(profile), backend, max_streams));
}

}  // namespace sluice::srtp
