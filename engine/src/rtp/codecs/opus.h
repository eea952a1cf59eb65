// Opus payloads (RFC 6716, 3.1): the TOC byte.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace sluice::rtp {

struct OpusFacts {
  uint8_t configuration = 0;  // 0..31: mode, bandwidth, frame size.
  bool stereo = false;
  uint8_t frame_code = 0;  // 0..3: how many frames follow.
  bool is_dtx = false;     // The frames are empty: silence.
};

std::optional<OpusFacts> parse_opus(Bytes payload);  // nullopt when empty.

}  // namespace sluice::rtp
