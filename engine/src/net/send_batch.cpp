#include "net/send_batch.h"

namespace sluice::net {

bool SendBatch::extends_last(size_t size, const Address& destination, SendSocket socket) const {
  if (groups_.empty()) return false;
  const Group& last = groups_.back();
  // A shorter datagram closes a group: the kernel cuts at multiples of segment_bytes.
  const bool open = last.bytes == size_t{last.segment_bytes} * last.segments;
  return open && size <= last.segment_bytes && last.segments < kMaxSegments &&
         last.bytes + size <= kMaxGroupBytes && last.socket == socket &&
         last.destination == destination;
}

void SendBatch::commit(size_t size, const Address& destination, SendSocket socket) {
  // An empty datagram would vanish in a group, and is of no use alone.
  if (size == 0 || size > kMaxGroupBytes || size > capacity_ - used_) return;
  if (extends_last(size, destination, socket)) {
    groups_.back().bytes += static_cast<uint32_t>(size);
    ++groups_.back().segments;
  } else {
    groups_.push_back(
        {used_, static_cast<uint32_t>(size), static_cast<uint16_t>(size), 1, socket, destination});
  }
  used_ += size;
  ++datagrams_;
}

}  // namespace sluice::net
