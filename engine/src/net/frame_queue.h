// RFC 4571 framing, outwards: whole frames in a bounded ring of bytes, until the connection takes
// them. Pure. When the ring has no room the new frame is dropped whole: the stream stays in step,
// and the receiver repairs media as after any loss.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"

namespace sluice::net {

class FrameQueue {
 public:
  static constexpr size_t kLengthBytes = 2;  // RFC 4571, 2.
  // Some hundred milliseconds of video; grown to by doubling, so that a quiet connection stays
  // small.
  static constexpr size_t kDefaultLimit = 512 * 1024;

  explicit FrameQueue(size_t limit_bytes = kDefaultLimit) : limit_(limit_bytes) {}

  bool push(Bytes frame);  // False when it was dropped: no room, or over 65,535 bytes.

  // What to write next: up to two pieces, the second empty unless the ring wraps.
  std::array<Bytes, 2> readable() const;
  void consumed(size_t bytes);

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  uint64_t dropped() const { return dropped_; }

 private:
  bool make_room(size_t bytes);
  void put(Bytes bytes);

  size_t limit_;
  std::vector<uint8_t> ring_;
  size_t begin_ = 0;
  size_t size_ = 0;
  uint64_t dropped_ = 0;
};

}  // namespace sluice::net
