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
#include "media/rewrite/rewriter.h"

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

  // An outgoing number says its place in the ring by its lower bits: the entry has the others. The
  // incoming number has 32 bits, because numbers that nobody gets (padding) may pass in any amount
  // between two that went out: with 16 bits a resend once took the packet that came 65,536 later.
  struct Entry {
    uint64_t in_seq : 32 = 0;
    uint64_t out_high : 10 = 0;
    uint64_t resent_ms : 15 = 0;  // Low bits of when it was last resent; counts when resends > 0.
    uint64_t resends : 2 = 0;     // 3: or more.
    uint64_t segment : 3 = 0;     // A place in segments_.
    uint64_t has_marker : 1 = 0;
    uint64_t in_use : 1 = 0;

    static constexpr uint64_t kResendsMax = 3;
    bool marker() const { return has_marker != 0; }
  };
  static_assert(sizeof(Entry) == 8);
  static_assert(kSegments == 8);

  // What a plain resend must repeat: without RTX the packet goes out under the same SRTP index, and
  // a different packet under the same index would give away the key stream (RFC 7714, 9.2).
  struct Stamp {
    uint32_t abs_send_time = 0;
    uint16_t wide_seq = 0;
  };

  // `keep_stamps` for streams without RTX. Patches are kept from keep_patches() on, which comes
  // before the first packet: streams without a rewriter pay nothing for them.
  SentHistory(Duration age_max, bool keep_stamps) : age_max_(age_max), keep_stamps_(keep_stamps) {}

  void begin_segment(const SentSegment& segment);
  void insert(Instant now, uint64_t in_seq, uint16_t out_seq, bool marker);
  void set_stamp(uint16_t out_seq, const Stamp& stamp);
  void keep_patches() { keep_patches_ = true; }
  void set_patch(uint16_t out_seq, const Patch& patch);

  Entry* find(uint16_t out_seq);  // nullptr when it was never sent or is forgotten.
  const SentSegment& segment_of(const Entry& entry) const { return segments_[entry.segment]; }
  uint64_t extended_in(const Entry& entry) const;
  Stamp stamp_of(uint16_t out_seq) const;
  Patch patch_of(uint16_t out_seq) const;
  bool keeps_stamps() const { return keep_stamps_; }
  void prefetch(uint64_t out_seq) const {
    if (!ring_.empty()) sluice::prefetch(&ring_[out_seq & (ring_.size() - 1)], kCacheLineBytes);
  }

  void clear();
  size_t capacity() const { return ring_.size(); }
  size_t memory_bytes() const {
    return ring_.capacity() * sizeof(Entry) + stamps_.capacity() * sizeof(Stamp) +
           patches_.capacity() * sizeof(Patch);
  }

 private:
  // At least as many that `out_high` and the place make up a number of 16 bits.
  static constexpr size_t kCapacityStart = 64;
  static constexpr size_t kCapacityMax = 4096;

  static uint64_t high_bits(uint16_t out_seq) { return out_seq / kCapacityStart; }
  void grow();
  template <class Element>
  static void spread(std::vector<Element>& lane, const std::vector<Entry>& old_ring);

  std::vector<Entry> ring_;
  // Lanes beside the ring: empty, or as long as it.
  std::vector<Stamp> stamps_;
  std::vector<Patch> patches_;
  std::array<SentSegment, kSegments> segments_{};
  Instant lap_started_;  // A lap of the ring is the age of its oldest entry.
  uint32_t lap_entries_ = 0;
  Duration age_max_;
  uint8_t segment_ = 0;
  bool keep_stamps_;
  bool keep_patches_ = false;
};

}  // namespace sluice::media
