// Feedback to a sender about which packets of its transport came, and when (transport-cc).
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/sequence.h"
#include "base/time.h"
#include "rtcp/transport_feedback.h"

namespace sluice::media {

// One a receiving transport. Starts with the first packet that has a number.
class TransportCcReceiver {
 public:
  // mediasoup's TransportCongestionControlServer: an interval of 100 ms, arrivals kept for 500 ms
  // so that one that comes late is reported again with its neighbours.
  static constexpr Duration kInterval = 100ms;
  static constexpr Duration kWindow = 500ms;
  static constexpr size_t kArrivalsMax = 4096;
  static constexpr size_t kArrivalsStart = 512;  // 800 packets a second: some megabits.

  void handle_packet(Instant now, uint16_t sequence, uint32_t media_ssrc);

  // Writes the next feedback packet that is due; 0: none. Call until it gives 0.
  size_t poll(Instant now, MutableBytes out);
  Instant next_timeout() const { return next_; }

  uint64_t dropped() const { return dropped_; }  // Arrivals that found the list full.

  struct Loss {
    uint64_t expected = 0;
    uint64_t received = 0;
  };
  const Loss& loss() const { return loss_; }

 private:
  std::vector<rtcp::TransportFeedback::Arrival> arrivals_;  // Ascending, without repetition.
  SequenceExtender extender_;
  uint64_t base_ = 0;              // First number of the next feedback.
  uint64_t highest_reported_ = 0;  // One past it.
  Instant next_ = kNever;
  Loss loss_;
  uint64_t dropped_ = 0;
  uint32_t media_ssrc_ = 0;
  uint8_t feedback_count_ = 0;
  bool started_ = false;
};

}  // namespace sluice::media
