// What a datagram on a multiplexed socket is, by its first two bytes (RFC 7983, 7; RFC 5761, 4).
// It sorts only: whoever parses the datagram next checks it.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace sluice::rtp {

enum class PacketClass : uint8_t { stun, dtls, rtp, rtcp, other };

inline PacketClass classify(Bytes datagram) {
  if (datagram.size() < 2) return PacketClass::other;
  const uint8_t first = datagram[0];
  // RFC 7983, 7: 128..191 is RTP or RTCP. RFC 5761, 4: packet types 192..223 are RTCP, which is why
  // payload types 64..95 are not used on a multiplexed socket.
  if (first >= 128 && first <= 191) {
    const uint8_t second = datagram[1];
    return second >= 192 && second <= 223 ? PacketClass::rtcp : PacketClass::rtp;
  }
  if (first >= 20 && first <= 63) return PacketClass::dtls;
  if (first <= 3) return PacketClass::stun;
  return PacketClass::other;  // ZRTP (16..19), TURN channels (64..79), unassigned.
}

}  // namespace sluice::rtp
