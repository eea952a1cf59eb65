#include "net/frame_reader.h"

#include <algorithm>

namespace sluice::net {

FrameReader::FrameReader(size_t max_frame_bytes, size_t buffer_bytes)
    : max_frame_bytes_(std::min<size_t>(max_frame_bytes, 0xFFFF)),
      buffer_(std::max(buffer_bytes, kLengthBytes + max_frame_bytes_)) {}

MutableBytes FrameReader::writable() {
  // Half a frame at most is left; moving it to the front makes room for the rest.
  if (begin_ > 0) {
    std::copy(buffer_.begin() + static_cast<ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
  }
  return MutableBytes(buffer_).subspan(end_);
}

void FrameReader::written(size_t bytes) {
  end_ += std::min(bytes, buffer_.size() - end_);
}

std::optional<Bytes> FrameReader::next() {
  for (;;) {
    const size_t skipped = std::min(skip_, end_ - begin_);
    begin_ += skipped;
    skip_ -= skipped;
    if (end_ - begin_ < kLengthBytes) return std::nullopt;

    const size_t size = load_u16(buffer_, begin_);
    if (size > max_frame_bytes_) {
      ++oversized_;
      begin_ += kLengthBytes;
      skip_ = size;
      continue;
    }
    if (end_ - begin_ < kLengthBytes + size) return std::nullopt;
    const Bytes frame = Bytes(buffer_).subspan(begin_ + kLengthBytes, size);
    begin_ += kLengthBytes + size;
    if (!frame.empty()) return frame;
  }
}

}  // namespace sluice::net
