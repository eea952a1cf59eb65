// A fuzzer's bytes, read from front to back as the arguments of steps. Behind the end all is zero.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/bytes.h"

namespace sluice::fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

class Input {
 public:
  explicit Input(Bytes bytes) : rest_(bytes) {}

  bool empty() const { return rest_.empty(); }
  uint8_t byte() {
    const Bytes one = take(1);
    return one.empty() ? uint8_t{0} : one[0];
  }
  uint16_t word() {
    const uint8_t high = byte();
    return static_cast<uint16_t>(high << 8 | byte());
  }
  Bytes take(size_t size) {
    const Bytes taken = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

 private:
  Bytes rest_;
};

// An RTCP packet of SSRC 1, of any type and content: well-formed as far as its header and length
// say (RFC 3550, 6.4.1).
inline std::vector<uint8_t> rtcp_packet(Input& in) {
  const uint8_t type = in.byte();
  std::vector<uint8_t> packet = {static_cast<uint8_t>(0x80 | (type >> 3)),
                                 static_cast<uint8_t>(200 + (type & 7)),
                                 0,
                                 0,
                                 0,
                                 0,
                                 0,
                                 1};
  const Bytes content = in.take(in.byte());
  packet.insert(packet.end(), content.begin(), content.end());
  packet.resize((packet.size() + 3) / 4 * 4);
  store_u16(packet, 2, static_cast<uint16_t>(packet.size() / 4 - 1));
  return packet;
}

}  // namespace sluice::fuzz
