// Datagrams that wait to be sent, as the kernel likes them: contiguous, and grouped so that
// consecutive ones to the same destination become one message that it segments itself (UDP GSO).
// A pure data structure; BatchSender knows the system calls.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"

namespace sluice::net {

// A UDP socket as the batch needs to know it.
struct SendSocket {
  int fd = -1;
  bool is_ipv6 = false;  // IPv4 destinations are then written as mapped addresses.

  friend bool operator==(const SendSocket&, const SendSocket&) = default;
};

// Memory is taken once, at the first use, and reused.
class SendBatch {
 public:
  // UDP_MAX_SEGMENTS of Linux before 6.9 (128 since): 54 packets of 1,200 bytes fill a message.
  static constexpr size_t kMaxSegments = 64;
  // An IPv4 datagram's length has 16 bits: 65,535 - 20 (IP) - 8 (UDP).
  static constexpr size_t kMaxGroupBytes = 65507;
  // Small beside a second-level cache: the kernel copies what was just encrypted, and the state of
  // the consumers stays.
  static constexpr size_t kDefaultCapacity = 64 * 1024;

  // Datagrams to one destination. Each has `segment_bytes`, but for the last, which may be shorter.
  struct Group {
    size_t offset = 0;
    uint32_t bytes = 0;
    uint16_t segment_bytes = 0;
    uint16_t segments = 0;
    SendSocket socket;
    Address destination;
  };

  explicit SendBatch(size_t capacity = kDefaultCapacity) : capacity_(capacity) {}

  // A slot of `max` bytes at the end of what was committed; empty when the batch is full: send and
  // clear it, then ask again. A slot that is not committed costs nothing: the next reserve() gives
  // the same place.
  MutableBytes reserve(size_t max) {
    // Not zeroed: pages that are never written to are never resident.
    if (!buffer_) buffer_ = std::make_unique_for_overwrite<uint8_t[]>(capacity_);
    if (max > capacity_ - used_) return {};
    return {buffer_.get() + used_, max};
  }

  // The first `size` bytes of the last slot are a datagram.
  void commit(size_t size, const Address& destination, SendSocket socket);

  std::span<const Group> groups() const { return groups_; }
  Bytes bytes(const Group& group) const { return {buffer_.get() + group.offset, group.bytes}; }
  bool empty() const { return groups_.empty(); }
  size_t used() const { return used_; }
  size_t datagrams() const { return datagrams_; }

  void clear() {
    groups_.clear();
    used_ = 0;
    datagrams_ = 0;
  }

 private:
  bool extends_last(size_t size, const Address& destination, SendSocket socket) const;

  size_t capacity_;
  std::unique_ptr<uint8_t[]> buffer_;
  std::vector<Group> groups_;
  size_t used_ = 0;
  size_t datagrams_ = 0;
};

}  // namespace sluice::net
