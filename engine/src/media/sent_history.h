// What a consumer must remember of each packet it sent, to send it again: 8 bytes. The packet
// itself is in the producer's PacketHistory.
//
// A ring by outgoing sequence number that starts small and doubles while entries younger than the
// age limit would fall out: 4 KB for two seconds of 180 packets a second.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/prefetch.h"
#include "base/time.h"

namespace sluice::media {

// What consecutive packets have in common.
struct SentSegment {
  uint64_t in_high = 0;           // An extended input number of the segment, to extend the others.
  uint32_t timestamp_offset = 0;  // out = in - offset.
  uint8_t encoding = 0;           // The producer's stream.
};

class SentHistory {
 public:
  static constexpr size_t kSegments = 8;  // Layer switches and restarts within the age limit.

  static constexpr uint8_t kInUse = 0x80;
  static constexpr uint8_t kMarker = 0x40;
  static constexpr uint8_t kSegmentMask = kSegments - 1;

  struct Entry {
    uint16_t in_seq = 0;
    uint16_t out_seq = 0;
    uint16_t resent_ms = 0;  // Low bits of when it was last resent; counts when resends > 0.
    uint8_t resends = 0;
    uint8_t segment = 0;  // kInUse, kMarker and a place in segments_.

    bool marker() const { return (segment & kMarker) != 0; }
  };
  static_assert(sizeof(Entry) == 8);

  // What a plain resend must repeat: without RTX the packet goes out under the same SRTP index, and
  // a different packet under the same index would give away the key stream (RFC 7714, 9.2).
  struct Stamp {
    uint32_t abs_send_time = 0;
    uint16_t wide_seq = 0;
  };

  // `keep_stamps` for streams without RTX.
  SentHistory(Duration age_max, bool keep_stamps) : age_max_(age_max), keep_stamps_(keep_stamps) {}

  void begin_segment(const SentSegment& segment);
  void insert(Instant now, uint64_t in_seq, uint16_t out_seq, bool marker);
  void set_stamp(uint16_t out_seq, const Stamp& stamp);

  Entry* find(uint16_t out_seq);  // nullptr when it was never sent or is forgotten.
  const SentSegment& segment_of(const Entry& entry) const {
    return segments_[entry.segment & kSegmentMask];
  }
  uint64_t extended_in(const Entry& entry) const;
  Stamp stamp_of(uint16_t out_seq) const;
  bool keeps_stamps() const { return keep_stamps_; }
  void prefetch(uint64_t out_seq) const {
    if (!ring_.empty()) sluice::prefetch(&ring_[out_seq & (ring_.size() - 1)], kCacheLineBytes);
  }

  void clear();
  size_t capacity() const { return ring_.size(); }
  size_t memory_bytes() const {
    return ring_.capacity() * sizeof(Entry) + stamps_.capacity() * sizeof(Stamp);
  }

 private:
  static constexpr size_t kCapacityStart = 64;
  static constexpr size_t kCapacityMax = 4096;

  void grow();

  std::vector<Entry> ring_;
  std::vector<Stamp> stamps_;
  std::array<SentSegment, kSegments> segments_{};
  Instant lap_started_;  // A lap of the ring is the age of its oldest entry.
  uint32_t lap_entries_ = 0;
  Duration age_max_;
  uint8_t segment_ = 0;
  bool keep_stamps_;
};

}  // namespace sluice::media
