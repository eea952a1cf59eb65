// setMaxIncomingBitrate(): tells a sender by REMB how much it may send, again and again, and after
// the limit was removed a few times that there is none.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/time.h"

namespace sluice::media {

class RembLimiter {
 public:
  // mediasoup's TransportCongestionControlServer: LimitationRembIntervalMs,
  // UnlimitedRembNumPackets.
  static constexpr Duration kInterval = 1500ms;
  static constexpr uint8_t kUnlimitedTimes = 4;
  // What one message can name; the limit is the transport's, whatever streams stand in it.
  static constexpr size_t kSsrcsMax = 255;

  void set_limit(Instant now, uint64_t bitrate);  // bps; 0 removes it.
  uint64_t limit() const { return limit_; }

  // Called with the RTCP of the transport and at next_timeout(): writes a REMB for the media
  // `ssrcs` when one is due, else 0. Nothing is due as long as there are no streams.
  size_t poll(Instant now, std::span<const uint32_t> ssrcs, MutableBytes out);
  Instant next_timeout() const { return next_; }

 private:
  uint64_t limit_ = 0;
  Instant next_ = kNever;
  uint8_t unlimited_left_ = 0;
};

}  // namespace sluice::media
