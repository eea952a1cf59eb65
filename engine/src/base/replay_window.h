// Which of the last packets were seen (RFC 3711, 3.3.2; RFC 6347, 4.1.2.6): a ring of bits below
// the highest index.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace sluice {

// The bit of an index is its value modulo the width, so that moving on never shifts: the words that
// the highest index passes are cleared.
template <size_t kPackets>
class ReplayWindow {
  static_assert(std::has_single_bit(kPackets) && kPackets >= 64);

 public:
  explicit ReplayWindow(uint64_t first) : highest_(first) { set(first); }

  uint64_t highest() const { return highest_; }

  // True when `index` is new and not older than the window.
  bool fresh(uint64_t index) const {
    if (index > highest_) return true;
    return highest_ - index < kPackets && !(word(index) >> (index % 64) & 1);
  }

  // Call for a fresh index alone.
  void mark(uint64_t index) {
    if (index > highest_) {
      if (index - highest_ >= kPackets) {
        bits_.fill(0);
      } else {
        clear(highest_ + 1, index);
      }
      highest_ = index;
    }
    set(index);
  }

 private:
  uint64_t& word(uint64_t index) { return bits_[index % kPackets / 64]; }
  const uint64_t& word(uint64_t index) const { return bits_[index % kPackets / 64]; }
  void set(uint64_t index) { word(index) |= uint64_t{1} << (index % 64); }

  void clear(uint64_t first, uint64_t last) {
    while (first <= last) {
      const uint64_t from = first % 64;
      const uint64_t count = last - first + 1 < 64 - from ? last - first + 1 : 64 - from;
      const uint64_t ones = count == 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1;
      word(first) &= ~(ones << from);
      first += count;
    }
  }

  uint64_t highest_;
  std::array<uint64_t, kPackets / 64> bits_{};
};

}  // namespace sluice
