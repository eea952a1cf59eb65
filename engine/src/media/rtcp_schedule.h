// When a transport sends its reports: at random within an interval, so that many transports do not
// speak at once (RFC 3550, 6.2).
#pragma once

#include "base/random.h"
#include "base/time.h"

namespace sluice::media {

class RtcpSchedule {
 public:
  // mediasoup's Transport: first after MaxVideoIntervalMs / 2, then that times 1.0 to 1.5.
  static constexpr Duration kFirst = 500ms;
  static constexpr Duration kInterval = 1000ms;
  static constexpr uint32_t kSpreadMs = 500;
  // Between two reports of a stream.
  static constexpr Duration kStreamInterval = 1000ms;

  void start(Instant now) { next_ = now + kFirst; }
  void stop() { next_ = kNever; }

  // True when reports are due; sets the next time.
  bool poll(Instant now, Random& random) {
    if (now < next_) return false;
    next_ = now + kInterval + std::chrono::milliseconds(random.between(0, kSpreadMs));
    return true;
  }
  Instant next_timeout() const { return next_; }

  // Whether a stream that last reported at `last` reports this time: it may be 15 % early, for the
  // next chance comes a whole interval later.
  static bool is_due(Instant now, Instant last) {
    return (now - last) * 115 / 100 >= kStreamInterval;
  }

 private:
  Instant next_ = kNever;
};

}  // namespace sluice::media
