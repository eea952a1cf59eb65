// How loud an audio producer is, by the levels that its packets carry (RFC 6464). A producer has
// one while somebody observes it, so that a packet is looked at once, however many observe: each
// takes what it needs when its own period ends.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/time.h"

namespace sluice::media {

// The loudness that a speaker does not fall below while silent. It follows quieter levels at once
// and louder ones slowly.
class NoiseFloor {
 public:
  void note(uint8_t loudness);  // 0, digital silence, says nothing about the room.
  uint8_t loudness() const { return floor_; }

 private:
  // 15 s of 20 ms.
  static constexpr uint32_t kWindow = 750;

  uint8_t floor_ = 0;     // 0: not known yet.
  uint8_t quietest_ = 0;  // Of the running window.
  uint32_t noted_ = 0;    // In the running window.
};

class AudioMeter {
 public:
  // The levels of the last second, in steps of the usual packet time.
  static constexpr Duration kStep = 20ms;
  static constexpr size_t kSteps = 50;
  static constexpr uint8_t kLoudnessMax = 127;
  // No packet for longer than this is silence (DTX, a paused or lost sender).
  static constexpr Duration kIdle = 40ms;

  // Of all packets with a level, since the start. They only grow: whoever wants an average keeps
  // what they were.
  struct Totals {
    uint64_t packets = 0;
    uint64_t attenuation = 0;  // Sum of -dBov.
  };

  explicit AudioMeter(Instant now) : last_(now) {}

  // `value` of the packet's extension; none at all changes nothing.
  void note(Instant now, Bytes value);
  // To be called before the levels are read.
  void expire(Instant now);

  const Totals& totals() const { return totals_; }
  // 0 (silence) .. 127 (0 dBov), `ago` steps before the newest.
  uint8_t loudness(size_t ago) const {
    return loudness_[next_ > ago ? next_ - ago - 1 : next_ + kSteps - ago - 1];
  }
  const NoiseFloor& floor() const { return floor_; }

 private:
  void advance(Instant now, uint8_t loudness);

  Totals totals_;
  Instant last_;
  size_t next_ = 0;
  std::array<uint8_t, kSteps> loudness_{};  // A ring.
  NoiseFloor floor_;
};

}  // namespace sluice::media
