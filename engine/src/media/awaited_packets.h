// The packets that came while a consumer waited for a key frame. When packets arrive out of order,
// some of them belong to the key frame: they go out after its first packet.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "media/media_types.h"

namespace sluice::media {

class AwaitedPackets {
 public:
  // mediasoup's Consumer: TargetLayerRetransmissionBufferSize.
  static constexpr size_t kMax = 30;

  struct Packet {
    uint64_t seq = 0;      // Extended, of the producer's stream.
    uint8_t encoding = 0;  // The producer's stream.
    uint8_t stream = 0;    // The consumer's stream, for which the key frame began.
  };

  // A packet that did not go out; the oldest noted one gives way.
  void note(const ReceivedPacket& packet);
  // The key frame's first packet went out on `stream`: keeps what follows it in the same encoding.
  void release(const ReceivedPacket& key_frame, uint8_t stream);
  bool has_released() const { return released_; }
  // The next released packet in the order of numbers.
  std::optional<Packet> next();
  void clear();

 private:
  // An extended number never needs its highest byte: that holds the encoding.
  static constexpr int kEncodingShift = 56;
  static uint64_t key_of(const ReceivedPacket& packet) {
    return uint64_t{packet.encoding} << kEncodingShift | packet.seq;
  }

  std::array<uint64_t, kMax> keys_{};
  uint8_t size_ = 0;
  uint8_t at_ = 0;  // The next one to return, once released.
  uint8_t stream_ = 0;
  bool released_ = false;
};

}  // namespace sluice::media
