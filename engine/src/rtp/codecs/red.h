// Redundant audio (RFC 2198): frames that were sent before, each behind the other, and at the end
// the primary block, which is the frame of the packet's own timestamp.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace sluice::rtp {

struct RedFacts {
  uint16_t primary_at = 0;  // Where the primary block begins; it lasts until the end.
  uint8_t blocks = 0;       // The primary one counts.
  uint8_t block_type = 0;   // The payload type of every block.
};

// More than any sender makes: redundancy of a second at 40 ms a frame.
constexpr size_t kRedBlocksMax = 32;

// nullopt when a length lies, when blocks are of different payload types (we could not name them
// anew), or when there is no primary frame.
std::optional<RedFacts> parse_red(Bytes payload);

// Gives every block of a payload that parse_red() took this payload type (7 bits), in place.
void retype_red(MutableBytes payload, uint8_t block_type);

}  // namespace sluice::rtp
