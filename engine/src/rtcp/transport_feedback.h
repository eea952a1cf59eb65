// Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01,
// 3.1): which packets of a transport arrived, and when.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/time.h"
#include "rtcp/compound_writer.h"
#include "rtcp/packet_view.h"

namespace sluice::rtcp {

// 3.1.5: deltas count 250 us; 3.1: the reference time counts 64 ms in 24 bits, signed.
constexpr Duration kDeltaTick = 250us;
constexpr Duration kReferenceTick = 64ms;

class TransportFeedback {
 public:
  struct Status {
    uint16_t sequence = 0;
    bool received = false;
    // Since the reference time, for received packets; may be negative.
    Duration arrival{};
  };

  uint32_t sender_ssrc = 0;
  uint32_t media_ssrc = 0;
  uint16_t base_sequence = 0;
  uint16_t status_count = 0;
  int32_t reference_time = 0;  // In kReferenceTick, wraps at 24 bits (12.4 days).
  uint8_t feedback_count = 0;

  // Checks that chunks and deltas are all there.
  static std::optional<TransportFeedback> parse(const PacketView& packet);

  // One Status for each of status_count sequence numbers, or the first `most`, in order. Some bytes
  // can say "lost" of 8,191 numbers: whoever reads feedback decides how much work it is worth.
  template <typename F>
  void for_each(F&& f, size_t most = SIZE_MAX) const {
    Cursor cursor(*this);
    Status status;
    for (; most != 0 && cursor.next(status); --most) f(static_cast<const Status&>(status));
  }

  // A packet that arrived: its number extended to 64 bits (base/sequence.h) and the time.
  struct Arrival {
    uint64_t sequence = 0;
    Instant at;
  };

  // Writes one feedback packet. `arrivals` ascend by sequence, without repetition; numbers from
  // `base_sequence` on that are not among them are reported lost. Returns how many arrivals were
  // reported: the rest go into a next packet (with feedback_count + 1 and a base after the last
  // one reported), because room, a delta beyond 16 bits or 2^16 numbers ended this one. 0: no room.
  static size_t write(CompoundWriter& out, uint32_t sender_ssrc, uint32_t media_ssrc,
                      uint8_t feedback_count, uint64_t base_sequence,
                      std::span<const Arrival> arrivals);

 private:
  // Steps through chunks and deltas side by side.
  class Cursor {
   public:
    explicit Cursor(const TransportFeedback& feedback)
        : feedback_(feedback), deltas_at_(feedback.deltas_at_) {}
    bool next(Status& status);          // False at the end, and when bytes are missing.
    bool next_symbol(uint8_t& symbol);  // Without its delta.
    // The same for all alike in a row; how many, 0 at the end and when a chunk is missing.
    uint32_t next_run(uint8_t& symbol);
    bool at_end() const { return index_ == feedback_.status_count; }
    size_t chunks_end() const { return chunk_at_; }

   private:
    bool load_chunk();

    const TransportFeedback& feedback_;
    size_t chunk_at_ = 0;
    size_t deltas_at_;
    uint32_t index_ = 0;
    uint32_t run_left_ = 0;  // Statuses left in the chunk.
    uint16_t chunk_ = 0;
    uint8_t symbol_bits_ = 0;  // 0: run length; 1 or 2: vector.
    Duration arrival_{};
  };

  Bytes body_;  // Chunks and deltas.
  size_t deltas_at_ = 0;
};

}  // namespace sluice::rtcp
