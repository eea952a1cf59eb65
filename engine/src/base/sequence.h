// Serial number arithmetic (RFC 1982) for 16-bit RTP sequence numbers and 32-bit RTP timestamps.
#pragma once

#include <cstdint>

namespace sluice {

constexpr int16_t seq_diff(uint16_t a, uint16_t b) {
  return static_cast<int16_t>(a - b);
}
constexpr bool seq_newer(uint16_t a, uint16_t b) {
  return seq_diff(a, b) > 0;
}
constexpr int32_t ts_diff(uint32_t a, uint32_t b) {
  return static_cast<int32_t>(a - b);
}
constexpr bool ts_newer(uint32_t a, uint32_t b) {
  return ts_diff(a, b) > 0;
}

// Turns 16-bit numbers into 64-bit ones that never wrap: each is taken as the nearest to the
// highest seen so far.
class SequenceExtender {
 public:
  // Does not move the reference.
  uint64_t peek(uint16_t seq) const {
    if (!started_) return kStart + seq;
    return highest_ + static_cast<int64_t>(seq_diff(seq, static_cast<uint16_t>(highest_)));
  }
  uint64_t extend(uint16_t seq) {
    const uint64_t extended = peek(seq);
    if (!started_ || extended > highest_) highest_ = extended;
    started_ = true;
    return extended;
  }
  uint64_t highest() const { return highest_; }
  bool started() const { return started_; }

 private:
  static constexpr uint64_t kStart = uint64_t{1} << 32;  // Room below for early reordering.
  uint64_t highest_ = 0;
  bool started_ = false;
};

}  // namespace sluice
