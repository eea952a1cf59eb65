#include "rtp/codecs/red.h"

namespace sluice::rtp {
namespace {

// RFC 2198, 3: a block's header has 4 bytes, that of the last one is its first byte alone.
constexpr size_t kHeaderBytes = 4;
constexpr uint8_t kFollows = 0x80;
constexpr uint16_t kLengthMask = 0x3FF;

}  // namespace

std::optional<RedFacts> parse_red(Bytes payload) {
  RedFacts red;
  size_t at = 0;
  size_t redundant_bytes = 0;
  for (;; at += kHeaderBytes) {
    if (at >= payload.size() || red.blocks == kRedBlocksMax) return std::nullopt;
    const uint8_t type = payload[at] & ~kFollows;
    if (red.blocks++ == 0) red.block_type = type;
    if (type != red.block_type) return std::nullopt;
    if ((payload[at] & kFollows) == 0) break;
    if (payload.size() - at < kHeaderBytes) return std::nullopt;
    redundant_bytes += load_u16(payload, at + 2) & kLengthMask;
  }
  const size_t primary_at = at + 1 + redundant_bytes;
  if (primary_at >= payload.size()) return std::nullopt;
  red.primary_at = static_cast<uint16_t>(primary_at);
  return red;
}

void retype_red(MutableBytes payload, uint8_t block_type) {
  for (size_t at = 0; at < payload.size(); at += kHeaderBytes) {
    const uint8_t follows = payload[at] & kFollows;
    payload[at] = follows | block_type;
    if (follows == 0) return;
  }
}

}  // namespace sluice::rtp
