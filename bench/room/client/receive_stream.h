// A stream that the client receives: what its receiver reports say, and what arrived in time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/sequence.h"
#include "base/time.h"
#include "rtcp/report_block.h"
#include "rtcp/sender_report.h"
#include "rtcp/transport_feedback.h"

namespace sluice::bench {

class ReceiveStream {
 public:
  ReceiveStream(uint32_t ssrc, uint32_t source, uint32_t clock_rate)
      : ssrc_(ssrc), source_(source), clock_rate_(clock_rate) {}

  uint32_t ssrc() const { return ssrc_; }
  uint32_t source() const { return source_; }

  void handle_packet(Instant now, uint16_t sequence, uint32_t timestamp) {
    if (!extender_.started()) base_ = extender_.peek(sequence);
    extender_.extend(sequence);
    ++received_;
    // RFC 3550, A.8.
    const auto arrival =
        static_cast<uint32_t>(now.time_since_epoch().count() / 1000 * clock_rate_ / 1'000'000);
    const int32_t transit = static_cast<int32_t>(arrival - timestamp);
    const double distance = std::abs(static_cast<double>(transit - transit_));
    if (received_ > 1) jitter_ += (distance - jitter_) / 16;
    transit_ = transit;
  }

  void handle_sender_report(Instant now, const rtcp::SenderReport& report) {
    last_sr_ = report.ntp.compact();
    last_sr_at_ = now;
  }

  bool started() const { return extender_.started(); }

  // RFC 3550, A.3.
  rtcp::ReportBlock report(Instant now) {
    const uint64_t expected = extender_.highest() - base_ + 1;
    const uint64_t expected_since = expected - expected_before_;
    const uint64_t received_since = received_ - received_before_;
    expected_before_ = expected;
    received_before_ = received_;
    rtcp::ReportBlock block;
    block.ssrc = ssrc_;
    if (expected_since > received_since) {
      block.fraction_lost = static_cast<uint8_t>(
          std::min<uint64_t>(255, (expected_since - received_since) * 256 / expected_since));
    }
    block.cumulative_lost = static_cast<int32_t>(expected - received_);
    block.highest_sequence = static_cast<uint32_t>(extender_.highest());
    block.jitter = static_cast<uint32_t>(jitter_);
    block.last_sr = last_sr_;
    if (last_sr_ != 0) {
      block.delay_since_last_sr =
          static_cast<uint32_t>((now - last_sr_at_).count() * 65536 / 1'000'000'000);
    }
    return block;
  }

  uint64_t arrived_in_window = 0;

 private:
  uint32_t ssrc_;
  uint32_t source_;
  uint32_t clock_rate_;
  SequenceExtender extender_;
  uint64_t base_ = 0;
  uint64_t received_ = 0;
  uint64_t expected_before_ = 0;
  uint64_t received_before_ = 0;
  double jitter_ = 0;
  int32_t transit_ = 0;
  uint32_t last_sr_ = 0;
  Instant last_sr_at_;
};

// Arrivals of a transport until its next feedback. On loopback they come in order.
class TransportCcArrivals {
 public:
  void handle_packet(Instant now, uint16_t sequence) {
    const uint64_t extended = extender_.extend(sequence);
    if (!arrivals_.empty() && extended <= arrivals_.back().sequence) return;
    if (!started_) base_ = extended;
    started_ = true;
    if (extended >= base_) arrivals_.push_back({extended, now});
  }

  // One feedback packet; false when nothing is left to tell.
  bool write(rtcp::CompoundWriter& out, uint32_t media_ssrc) {
    if (arrivals_.empty()) return false;
    const size_t reported =
        rtcp::TransportFeedback::write(out, 1, media_ssrc, count_++, base_, arrivals_);
    if (reported == 0) return false;
    base_ = arrivals_[reported - 1].sequence + 1;
    arrivals_.erase(arrivals_.begin(), arrivals_.begin() + static_cast<ptrdiff_t>(reported));
    return true;
  }

 private:
  SequenceExtender extender_;
  std::vector<rtcp::TransportFeedback::Arrival> arrivals_;
  uint64_t base_ = 0;
  uint8_t count_ = 0;
  bool started_ = false;
};

}  // namespace sluice::bench
