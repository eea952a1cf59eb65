// Collects RTCP packets in a caller's buffer, each whole or not at all, up to a size that fits one
// datagram.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "rtcp/packet_view.h"

namespace sluice::rtcp {

// What fits an MTU of 1,500 after IPv6 (40), UDP (8), SRTCP's index and longest tag (4 + 16), and
// 140 left for tunnels on the way (IPv6 in IPv6 40, WireGuard 80, PPPoE 8). mediasoup uses the same
// figure.
constexpr size_t kCompoundBytesMax = 1292;

class CompoundWriter {
 public:
  explicit CompoundWriter(MutableBytes buffer, size_t bytes_max = kCompoundBytesMax)
      : buffer_(buffer.first(std::min(buffer.size(), bytes_max))) {}

  // Adds a packet of `body_bytes` after its header and returns the room for the body, which the
  // caller fills at once. A size that is no multiple of 4 gets padding (P bit). nullopt when it
  // does not fit or `count` exceeds 31.
  std::optional<MutableBytes> add(PacketType type, uint8_t count, size_t body_bytes);

  // For one more packet with its header; a body may have this less kHeaderBytes.
  size_t bytes_left() const { return buffer_.size() - size_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Bytes bytes() const { return buffer_.first(size_); }
  void clear() { size_ = 0; }

 private:
  MutableBytes buffer_;
  size_t size_ = 0;
};

}  // namespace sluice::rtcp
