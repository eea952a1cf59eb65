// Bits from the highest down, within bounds: after the first overrun every value is 0 and failed()
// stands, so a parser checks once at its end.
#pragma once

#include <bit>
#include <cstdint>

#include "base/bytes.h"

namespace sluice::rtp {

class BitReader {
 public:
  explicit BitReader(Bytes bytes) : bytes_(bytes) {}

  // At most 32 bits.
  uint32_t bits(unsigned count) {
    if (failed_ || count > bytes_.size() * 8 - at_) {
      failed_ = true;
      return 0;
    }
    uint64_t value = 0;
    while (count > 0) {
      const unsigned left = 8 - at_ % 8;
      const unsigned take = count < left ? count : left;
      const uint32_t chunk = bytes_[at_ / 8] >> (left - take) & ((1u << take) - 1);
      value = value << take | chunk;
      at_ += take;
      count -= take;
    }
    return static_cast<uint32_t>(value);
  }
  bool flag() { return bits(1) != 0; }

  // ns(n) of the AV1 specification, 4.10.7: a value below `n`, which is not 0.
  uint32_t below(uint32_t n) {
    const unsigned width = static_cast<unsigned>(std::bit_width(n));
    const uint32_t short_codes = (1u << width) - n;
    const uint32_t value = bits(width - 1);
    if (value < short_codes) return value;
    return (value << 1 | bits(1)) - short_codes;
  }

  bool failed() const { return failed_; }

 private:
  Bytes bytes_;
  size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace sluice::rtp
