// A fuzzer's bytes, read from front to back as the arguments of steps. Behind the end all is zero.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>

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

}  // namespace sluice::fuzz
