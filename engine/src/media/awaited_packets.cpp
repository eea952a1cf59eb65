#include "media/awaited_packets.h"

#include <algorithm>

namespace sluice::media {

void AwaitedPackets::note(const ReceivedPacket& packet) {
  if (released_) clear();  // A new wait began before all of the last one's packets went out.
  if (size_ == kMax) {
    std::copy(keys_.begin() + 1, keys_.end(), keys_.begin());
    --size_;
  }
  keys_[size_++] = key_of(packet);
}

void AwaitedPackets::release(const ReceivedPacket& key_frame, uint8_t stream) {
  if (released_) clear();
  const uint64_t first = key_of(key_frame);
  const auto* end = std::remove_if(keys_.begin(), keys_.begin() + size_, [&](uint64_t key) {
    return key < first || key >> kEncodingShift != key_frame.encoding;
  });
  size_ = static_cast<uint8_t>(end - keys_.begin());
  std::sort(keys_.begin(), keys_.begin() + size_);
  at_ = 0;
  stream_ = stream;
  released_ = size_ != 0;
}

std::optional<AwaitedPackets::Packet> AwaitedPackets::next() {
  if (!released_) return std::nullopt;
  const uint64_t key = keys_[at_++];
  if (at_ == size_) clear();
  const uint64_t seq = key & ((uint64_t{1} << kEncodingShift) - 1);
  return Packet{seq, static_cast<uint8_t>(key >> kEncodingShift), stream_};
}

void AwaitedPackets::clear() {
  size_ = 0;
  released_ = false;
}

}  // namespace sluice::media
