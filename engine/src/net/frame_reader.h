// RFC 4571 framing, inwards: a stream of bytes becomes datagrams, each behind its length in two
// bytes. Pure; bounded by its buffer, whatever the peer says.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace sluice::net {

// Usage: write into writable(), say how much with written(), then take next() until it is empty.
class FrameReader {
 public:
  static constexpr size_t kLengthBytes = 2;  // RFC 4571, 2.
  // Several frames a read; a multiple of what a TCP segment carries is not needed.
  static constexpr size_t kDefaultBufferBytes = 16 * 1024;

  // Longer frames than `max_frame_bytes` are skipped and counted. The buffer holds at least one
  // frame of that size.
  explicit FrameReader(size_t max_frame_bytes, size_t buffer_bytes = kDefaultBufferBytes);

  // Room for the next bytes, never empty once next() has returned empty. Frames taken before are
  // invalid afterwards.
  MutableBytes writable();
  void written(size_t bytes);

  // The next whole frame, a view into the buffer; empty when more bytes are needed. Frames of no
  // bytes are passed over.
  std::optional<Bytes> next();

  // Frames that were skipped since the last call.
  uint32_t take_oversized() { return std::exchange(oversized_, 0); }

 private:
  size_t max_frame_bytes_;
  std::vector<uint8_t> buffer_;
  size_t begin_ = 0;  // Unread bytes are in [begin_, end_).
  size_t end_ = 0;
  size_t skip_ = 0;  // Bytes of an oversized frame still to come.
  uint32_t oversized_ = 0;
};

}  // namespace sluice::net
