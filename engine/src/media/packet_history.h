// The last packets of a received stream, by sequence number, for retransmission. One for all
// consumers: they share the received bytes and keep only what differs (sent_history.h).
//
// A ring that starts small and doubles while packets younger than the age limit would fall out.
// Without memory to double, it keeps fewer packets. When the worker's pool has no free slot, the
// histories of the transport that keeps most packets give up their oldest.
#pragma once

#include <cstdint>
#include <vector>

#include "base/packet_holders.h"
#include "base/packet_pool.h"
#include "base/time.h"
#include "media/rtp_parameters.h"

namespace sluice::media {

class PacketHistory final : public PacketHolder {
 public:
  // mediasoup's RtpStreamSend: RetransmissionBufferMaxItems and MaxRetransmissionDelayFor*Ms.
  static constexpr size_t kPacketsMax = 2500;
  static constexpr Duration kAgeMaxVideo = 2000ms;
  static constexpr Duration kAgeMaxAudio = 1000ms;
  static constexpr Duration age_max(MediaKind kind) {
    return kind == MediaKind::video ? kAgeMaxVideo : kAgeMaxAudio;
  }

  struct Entry {
    PacketRef slot;
    uint64_t seq = 0;
    Instant received_at;
    uint16_t offset = 0;  // Where the packet stands in its slot.
    uint16_t bytes = 0;
    bool is_rtx = false;       // It is an RTX packet: the original is inside.
    uint8_t payload_type = 0;  // The router's.

    Bytes packet() const { return slot->bytes().subspan(offset, bytes); }
  };

  explicit PacketHistory(Duration age_max) : age_max_(age_max) {}

  // `packet` lies in the slot.
  void insert(Instant now, uint64_t seq, const PacketRef& slot, Bytes packet, bool is_rtx,
              uint8_t payload_type = 0);
  const Entry* find(uint64_t seq) const;  // nullptr when it is gone.

  // Releases what is too old although nothing new comes. Cheap; call with the RTCP reports.
  void expire(Instant now);
  void clear();
  void release_oldest() override;
  size_t size() const { return packets_kept(); }
  size_t capacity() const { return ring_.size(); }

 private:
  static constexpr size_t kCapacityStart = 64;
  // What it gives up at a time: few enough to keep most, enough that the pool seldom asks.
  static constexpr size_t kReleasedAtOnce = 32;

  Entry& at(uint64_t seq) { return ring_[seq & (ring_.size() - 1)]; }
  void drop_before(uint64_t seq);
  void drop_aged(Instant now);
  void release(Entry& entry);
  bool grow(size_t capacity);  // False when there is no memory.

  std::vector<Entry> ring_;
  uint64_t oldest_ = 0;  // Nothing below it is held.
  uint64_t newest_ = 0;
  Duration age_max_;
};

}  // namespace sluice::media
