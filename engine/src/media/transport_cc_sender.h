// Numbers the packets of a transport (transport-wide sequence numbers) and keeps what feedback will
// be compared with.
#pragma once

#include <cstdint>
#include <vector>

#include "base/prefetch.h"
#include "base/time.h"
#include "rtcp/transport_feedback.h"

namespace sluice::media {

class TransportCcSender {
 public:
  // The next number, for a packet of `bytes` that leaves now.
  uint16_t next(Instant now, uint32_t bytes);

  void handle_feedback(Instant now, const rtcp::TransportFeedback& feedback);

  struct Figures {
    uint64_t sent = 0;
    uint64_t received = 0;  // Said so by the peer.
    uint64_t lost = 0;
    double loss = 0;  // Share of the last feedbacks' packets, smoothed; 0..1.
    double rtt_ms =
        0;  // From send to feedback, of the newest packet in it; smoothed. 0: not known.
    uint64_t statuses_read = 0;
    uint64_t statuses_refused = 0;  // Beyond what the packets sent could give rise to.
  };
  const Figures& figures() const { return figures_; }
  // Where the next packets will be noted.
  void prefetch() const {
    if (!ring_.empty()) sluice::prefetch(&ring_[next_ & (ring_.size() - 1)], kCacheLineBytes);
  }
  // What the next feedback will be compared with: it speaks of the newest packets.
  void prefetch_sent() const {
    if (ring_.empty()) return;
    for (size_t back = 1; back <= kFeedbackPackets; back += kSentsALine) {
      sluice::prefetch(&ring_[(next_ - back) & (ring_.size() - 1)], kCacheLineBytes);
    }
  }
  size_t memory_bytes() const { return ring_.capacity() * sizeof(Sent); }

 private:
  // Grows while feedback is outstanding for what would be overwritten, up to the maximum: 64 KB,
  // for two seconds at 4,000 packets a second.
  static constexpr size_t kCapacityStart = 128;
  static constexpr size_t kCapacityMax = 8192;
  // Above what libwebrtc keeps; feedback that late says nothing of the network now.
  static constexpr Duration kAgeMax = 2000ms;

  // How often a peer may speak of each packet: once is usual, late ones bring back their
  // neighbours.
  static constexpr uint64_t kStatusesAPacket = 4;

  static constexpr uint16_t kSaidLost = 0x8000;  // In Sent::bytes.

  struct Sent {
    uint32_t at_ticks = 0;  // 250 us since the epoch of Instant; wraps after 12 days.
    uint16_t bytes = 0;     // 0: acknowledged, or never used.
    uint16_t sequence = 0;
  };

  // A video stream has about so many packets in the usual 100 ms between two feedbacks.
  static constexpr size_t kFeedbackPackets = 32;
  static constexpr size_t kSentsALine = kCacheLineBytes / sizeof(Sent);

  void grow();

  std::vector<Sent> ring_;
  Figures figures_;
  uint64_t statuses_left_ = 0;  // At most for a full ring.
  uint16_t next_ = 1;
};

}  // namespace sluice::media
