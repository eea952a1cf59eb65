#include "net/frame_queue.h"

#include <algorithm>

namespace sluice::net {
namespace {

constexpr size_t kFirstRingBytes = 4096;

}  // namespace

bool FrameQueue::push(Bytes frame) {
  if (frame.size() > 0xFFFF || !make_room(kLengthBytes + frame.size())) {
    ++dropped_;
    return false;
  }
  uint8_t length[kLengthBytes];
  store_u16(length, 0, static_cast<uint16_t>(frame.size()));
  put(length);
  put(frame);
  return true;
}

bool FrameQueue::make_room(size_t bytes) {
  if (ring_.size() - size_ >= bytes) return true;
  if (size_ + bytes > limit_) return false;
  size_t grown_bytes = std::max(ring_.size(), kFirstRingBytes);
  while (grown_bytes < size_ + bytes) grown_bytes *= 2;

  std::vector<uint8_t> grown(std::min(grown_bytes, limit_));
  size_t at = 0;
  for (const Bytes piece : readable()) {
    std::copy(piece.begin(), piece.end(), grown.begin() + static_cast<ptrdiff_t>(at));
    at += piece.size();
  }
  ring_ = std::move(grown);
  begin_ = 0;
  return true;
}

void FrameQueue::put(Bytes bytes) {
  const size_t at = (begin_ + size_) % ring_.size();
  const size_t before_wrap = std::min(bytes.size(), ring_.size() - at);
  std::copy_n(bytes.begin(), before_wrap, ring_.begin() + static_cast<ptrdiff_t>(at));
  std::copy(bytes.begin() + static_cast<ptrdiff_t>(before_wrap), bytes.end(), ring_.begin());
  size_ += bytes.size();
}

std::array<Bytes, 2> FrameQueue::readable() const {
  const size_t before_wrap = std::min(size_, ring_.size() - begin_);
  return {Bytes(ring_).subspan(begin_, before_wrap), Bytes(ring_).first(size_ - before_wrap)};
}

void FrameQueue::consumed(size_t bytes) {
  size_ -= bytes;
  begin_ = size_ == 0 ? 0 : (begin_ + bytes) % ring_.size();
}

}  // namespace sluice::net
