// State by SSRC: a dense array with a flat hash of indexes beside it once there are more than a
// few. A transport with one stream pays one comparison; one with hundreds a probe or two.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
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
    if (last_ < streams_.size() && streams_[last_].ssrc == ssrc) return &streams_[last_];
    return find_other(ssrc);
  }

  // What find() looks at first.
  void prefetch() const { sluice::prefetch(streams_.data() + last_, sizeof(Stream)); }

  bool full() const { return streams_.size() >= max_streams_; }
  size_t size() const { return streams_.size(); }

  // The stream for which `age` is least gives its place to another. Not when the table is empty or
  // find() knows the SSRC. Takes time with the number of streams.
  template <typename Age>
  Stream& replace(Stream stream, Age&& age) {
    const auto oldest =
        std::min_element(streams_.begin(), streams_.end(),
                         [&](const Stream& a, const Stream& b) { return age(a) < age(b); });
    *oldest = std::move(stream);
    last_ = static_cast<uint32_t>(oldest - streams_.begin());
    if (!slots_.empty()) fill(slots_.size());
    return *oldest;
  }

  // Not when full() or when find() knows the SSRC.
  Stream& add(Stream stream) {
    const uint32_t ssrc = stream.ssrc;
    if (streams_.size() == streams_.capacity()) {
      // Memory before speed: most transports have a handful of streams.
      streams_.reserve(streams_.empty() ? 2 : streams_.size() * 2);
    }
    streams_.push_back(std::move(stream));
    last_ = static_cast<uint32_t>(streams_.size() - 1);
    if (streams_.size() > kLinearStreams) {
      if (streams_.size() * 2 > slots_.size()) {
        fill(slots_.empty() ? kLinearStreams * 4 : slots_.size() * 2);
      } else {
        insert(ssrc, last_);
      }
    }
    return streams_.back();
  }

 private:
  static constexpr size_t kLinearStreams = 8;
  static constexpr uint32_t kEmpty = 0xFFFFFFFF;

  Stream* find_other(uint32_t ssrc) {
    if (streams_.size() <= kLinearStreams) {
      for (size_t i = 0; i < streams_.size(); ++i) {
        if (streams_[i].ssrc == ssrc) return found(static_cast<uint32_t>(i));
      }
      return nullptr;
    }
    for (size_t at = home(ssrc); slots_[at] != kEmpty; at = (at + 1) & (slots_.size() - 1)) {
      if (streams_[slots_[at]].ssrc == ssrc) return found(slots_[at]);
    }
    return nullptr;
  }

  Stream* found(uint32_t index) {
    last_ = index;
    return &streams_[index];
  }

  size_t home(uint32_t ssrc) const {
    return (ssrc * uint64_t{0x9E3779B97F4A7C15u} >> 32) & (slots_.size() - 1);
  }
  void insert(uint32_t ssrc, uint32_t index) {
    size_t at = home(ssrc);
    while (slots_[at] != kEmpty) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = index;
  }
  void fill(size_t slots) {
    slots_.assign(slots, kEmpty);
    for (size_t i = 0; i < streams_.size(); ++i) {
      insert(streams_[i].ssrc, static_cast<uint32_t>(i));
    }
  }

  std::vector<Stream> streams_;
  std::vector<uint32_t> slots_;  // Indexes into streams_; a power of two, at most half full.
  size_t max_streams_;
  uint32_t last_ = 0;
};

}  // namespace sluice::srtp
