// Maps a received sequence to the one a consumer sends: continuous, although packets are left out
// and although the source starts anew.
//
// Output = input - shift, where shift grows by one with each packet left out. The last kWindow
// inputs are remembered as bits, so that a packet that comes late gets the number that was kept for
// it: the shift now, less what was left out after it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace sluice::media {

class SeqMapper {
 public:
  static constexpr uint64_t kWindow = 1024;  // How late a packet may come.

  // `first` is the number of the first packet out, extended so that it never goes below zero.
  explicit SeqMapper(uint16_t first) : next_out_(kOutStart + first) {}

  // `in` will be the next packet out, right after what went out before; plus a hole of `gap`
  // numbers, which tells a receiver that something is missing. Earlier inputs are refused from now
  // on. Extended numbers are never 0: neither is `in`.
  void sync(uint64_t in, uint64_t gap = 0);

  // Leaves `in` out without a hole. When a later packet has gone out, the hole is there: then this
  // is its number, and something has to go out under it, or the receiver would ask for it again and
  // again. nullopt otherwise.
  std::optional<uint64_t> leave_out(uint64_t in);

  // nullopt: before the sync, too old, or left out before.
  std::optional<uint64_t> map(uint64_t in) {
    if (in != highest_in_ + 1 || !synced_) [[unlikely]]
      return map_out_of_order(in);
    forget(in);  // The usual case: the next packet.
    highest_in_ = in;
    next_out_ = in - shift_ + 1;
    return in - shift_;
  }

  bool is_synced() const { return synced_; }
  uint64_t last_out() const { return next_out_ - 1; }  // The highest so far.

 private:
  static constexpr uint64_t kOutStart = uint64_t{1} << 20;
  static constexpr size_t kWords = kWindow / 64;

  bool is_dropped(uint64_t in) const { return dropped_[in / 64 % kWords] >> (in % 64) & 1; }
  void mark(uint64_t in) { dropped_[in / 64 % kWords] |= uint64_t{1} << (in % 64); }
  void forget(uint64_t in) { dropped_[in / 64 % kWords] &= ~(uint64_t{1} << (in % 64)); }
  std::optional<uint64_t> map_out_of_order(uint64_t in);
  void advance(uint64_t in);
  uint64_t dropped_after(uint64_t in) const;

  uint64_t first_in_ = 0;    // Of the sync.
  uint64_t highest_in_ = 0;  // Mapped or dropped.
  uint64_t shift_ = 0;       // Modulo 2^64.
  uint64_t next_out_;
  uint64_t any_dropped_until_ = 0;  // Highest input left out; below it a late packet has to count.
  bool synced_ = false;
  std::array<uint64_t, kWords> dropped_{};
};

}  // namespace sluice::media
