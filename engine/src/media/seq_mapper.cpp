#include "media/seq_mapper.h"

#include <bit>

namespace sluice::media {

void SeqMapper::sync(uint64_t in, uint64_t gap) {
  next_out_ += gap;
  shift_ = in - next_out_;
  first_in_ = in;
  highest_in_ = in - 1;
  any_dropped_until_ = 0;
  dropped_.fill(0);
  synced_ = true;
}

void SeqMapper::advance(uint64_t in) {
  if (in - highest_in_ >= kWindow) {
    dropped_.fill(0);
  } else {
    for (uint64_t seq = highest_in_ + 1; seq <= in; ++seq) forget(seq);
  }
  highest_in_ = in;
}

std::optional<uint64_t> SeqMapper::leave_out(uint64_t in) {
  if (!synced_) return std::nullopt;
  if (in <= highest_in_) return map_out_of_order(in);
  advance(in);
  mark(in);
  any_dropped_until_ = in;
  ++shift_;
  next_out_ = in + 1 - shift_;
  return std::nullopt;
}

std::optional<uint64_t> SeqMapper::map_out_of_order(uint64_t in) {
  if (!synced_ || in < first_in_) return std::nullopt;
  if (in > highest_in_) {
    advance(in);
    next_out_ = in - shift_ + 1;
    return in - shift_;
  }
  if (highest_in_ - in >= kWindow || is_dropped(in)) return std::nullopt;
  return in - shift_ + (in < any_dropped_until_ ? dropped_after(in) : 0);
}

uint64_t SeqMapper::dropped_after(uint64_t in) const {
  uint64_t count = 0;
  for (uint64_t seq = in + 1; seq <= any_dropped_until_;) {
    const uint64_t bit = seq % 64;
    const uint64_t last = any_dropped_until_ - seq;  // Bits wanted of this word, less one.
    uint64_t word = dropped_[seq / 64 % kWords] >> bit;
    if (last < 63) word &= (uint64_t{2} << last) - 1;
    count += static_cast<uint64_t>(std::popcount(word));
    seq += 64 - bit;
  }
  return count;
}

}  // namespace sluice::media
