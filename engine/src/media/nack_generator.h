// Which packets of a received stream are missing, and when to ask for them (again).
//
// A gap in the sequence puts the missing numbers on a list; a packet that comes late takes its
// number off. Each number is asked for first after a short wait, for it may only be reordered, then
// once a round trip, a bounded number of times.
//
// What is asked for in all stays below what was received, but for a burst: a sender of small
// packets with large gaps between their numbers must not draw more than it sends.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/time.h"

namespace sluice::media {

class NackGenerator {
 public:
  // mediasoup's NackGenerator: MaxPacketAge, MaxNackPackets, MaxNackRetries; the producer's
  // SendNackDelayMs; TimerIntervalMs, below which a number is not asked for again.
  static constexpr uint64_t kPacketAgeMax = 10000;
  static constexpr size_t kListMax = 1000;
  static constexpr size_t kListStart = 128;  // Room from the first gap on: a usual burst.
  static constexpr uint8_t kTriesMax = 10;
  // Bytes of NACKs beyond the bytes received: enough to ask for a full list twice.
  static constexpr size_t kCreditMax = 8192;
  // The least that a message and each number in it may take, with the transport's overhead.
  static constexpr size_t kMessageBytes = 48;
  static constexpr size_t kNumberBytes = 4;
  static constexpr Duration kFirstDelay = 10ms;
  static constexpr Duration kRetryMin = 40ms;
  static constexpr Duration kRttDefault = 100ms;

  // `seq` is extended. True when the packet had been asked for; one that comes before that was only
  // overtaken.
  bool handle_packet(Instant now, uint64_t seq, bool is_key_frame);

  void count_received(size_t bytes) { credit_ = std::min(kCreditMax, credit_ + bytes); }

  // Takes what is due, ascending; call again while it fills `lost`.
  size_t poll(Instant now, std::span<uint16_t> lost);
  Instant next_timeout() const { return next_; }

  // True once after the list overflowed and no key frame was near: the stream needs a new start.
  bool take_key_frame_needed() { return std::exchange(key_frame_needed_, false); }

  void set_rtt(Duration rtt) { rtt_ = rtt; }
  void reset();  // Pause, or the sender's numbers jumped.
  size_t size() const { return list_.size(); }
  uint64_t given_up() const { return given_up_; }  // Asked for kTriesMax times, or overflown.

 private:
  struct Missing {
    uint64_t seq;
    Instant due;
    uint8_t tries;
  };

  void add_gap(Instant now, uint64_t first, uint64_t end);
  bool drop_until_key_frame();
  Duration retry() const { return std::max(rtt_ > Duration{} ? rtt_ : kRttDefault, kRetryMin); }

  static constexpr size_t kKeyFrames = 16;

  std::vector<Missing> list_;                      // Ascending.
  std::array<uint64_t, kKeyFrames> key_frames_{};  // Ascending, the newest last.
  size_t key_frames_size_ = 0;
  uint64_t highest_ = 0;
  Instant next_ = kNever;
  Duration rtt_{};
  uint64_t given_up_ = 0;
  size_t credit_ = kCreditMax;
  bool started_ = false;
  bool key_frame_needed_ = false;
};

}  // namespace sluice::media
