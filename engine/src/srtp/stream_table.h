// State by SSRC: a dense array with a flat hash of indexes beside it once there are more than a
// few. A transport with one stream pays one comparison, and no memory but the table's own; one with
// hundreds a probe or two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/prefetch.h"

namespace sluice::srtp {

// `Stream` has a member `ssrc`. Pointers live until the next add() or replace().
template <typename Stream>
class StreamTable {
 public:
  explicit StreamTable(size_t max_streams) : max_streams_(max_streams) {}

  Stream* find(uint32_t ssrc) {
    // The streams of a batch come in runs.
    if (size_ != 0 && at(last_).ssrc == ssrc) return &at(last_);
    return find_other(ssrc);
  }

  // What find() looks at first.
  void prefetch() const {
    const void* place = last_ == 0 ? static_cast<const void*>(&first_) : &others_[last_ - 1];
    sluice::prefetch(place, sizeof(Stream));
  }

  bool full() const { return size_ >= max_streams_; }
  size_t size() const { return size_; }

  // The stream for which `age` is least gives its place to another. Not when the table is empty or
  // find() knows the SSRC. Takes time with the number of streams.
  template <typename Age>
  Stream& replace(Stream stream, Age&& age) {
    uint32_t oldest = 0;
    for (uint32_t i = 1; i < size_; ++i) {
      if (age(at(i)) < age(at(oldest))) oldest = i;
    }
    at(oldest) = std::move(stream);
    last_ = oldest;
    if (!slots_.empty()) fill(slots_.size());
    return at(oldest);
  }

  // Not when full() or when find() knows the SSRC.
  Stream& add(Stream stream) {
    const uint32_t ssrc = stream.ssrc;
    if (size_ == 0) {
      first_.emplace(std::move(stream));
    } else {
      others_.push_back(std::move(stream));
    }
    last_ = size_++;
    if (size_ > kLinearStreams) {
      if (size_ * 2 > slots_.size()) {
        fill(slots_.empty() ? kLinearStreams * 4 : slots_.size() * 2);
      } else {
        insert(ssrc, last_);
      }
    }
    return at(last_);
  }

 private:
  static constexpr size_t kLinearStreams = 8;
  static constexpr uint32_t kEmpty = 0xFFFFFFFF;

  Stream* find_other(uint32_t ssrc) {
    if (size_ <= kLinearStreams) {
      for (uint32_t i = 0; i < size_; ++i) {
        if (at(i).ssrc == ssrc) return found(i);
      }
      return nullptr;
    }
    for (size_t slot = home(ssrc); slots_[slot] != kEmpty; slot = after(slot)) {
      if (at(slots_[slot]).ssrc == ssrc) return found(slots_[slot]);
    }
    return nullptr;
  }

  Stream* found(uint32_t index) {
    last_ = index;
    return &at(index);
  }

  Stream& at(uint32_t index) { return index == 0 ? *first_ : others_[index - 1]; }

  size_t after(size_t slot) const { return (slot + 1) & (slots_.size() - 1); }
  size_t home(uint32_t ssrc) const {
    return (ssrc * uint64_t{0x9E3779B97F4A7C15u} >> 32) & (slots_.size() - 1);
  }
  void insert(uint32_t ssrc, uint32_t index) {
    size_t slot = home(ssrc);
    while (slots_[slot] != kEmpty) slot = after(slot);
    slots_[slot] = index;
  }
  void fill(size_t slots) {
    slots_.assign(slots, kEmpty);
    for (uint32_t i = 0; i < size_; ++i) insert(at(i).ssrc, i);
  }

  std::optional<Stream> first_;
  uint32_t size_ = 0;
  uint32_t last_ = 0;            // The index of the one found last.
  std::vector<Stream> others_;   // Those behind the first.
  std::vector<uint32_t> slots_;  // Indexes of streams; a power of two, at most half full.
  size_t max_streams_;
};

}  // namespace sluice::srtp
