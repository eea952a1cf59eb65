#include "media/transport_cc_sender.h"

#include <algorithm>

#include "base/sequence.h"

namespace sluice::media {
namespace {

// Weights of the newest value, as for RTP's jitter and TCP's round trip (RFC 6298, 2).
constexpr double kLossWeight = 1.0 / 8;
constexpr double kRttWeight = 1.0 / 8;

uint32_t to_ticks(Duration duration) {
  return static_cast<uint32_t>(duration / rtcp::kDeltaTick);
}

}  // namespace

uint16_t TransportCcSender::next(Instant now, uint32_t bytes) {
  if (ring_.empty()) ring_.resize(kCapacityStart);
  const uint32_t ticks = to_ticks(now.time_since_epoch());
  const uint16_t sequence = next_++;
  auto* sent = &ring_[sequence & (ring_.size() - 1)];
  const bool outstanding =
      sent->bytes != 0 && !(sent->bytes & kSaidLost) && ticks - sent->at_ticks < to_ticks(kAgeMax);
  if (outstanding && ring_.size() < kCapacityMax) {
    grow();
    sent = &ring_[sequence & (ring_.size() - 1)];
  }
  sent->at_ticks = ticks;
  sent->bytes = static_cast<uint16_t>(std::clamp<uint32_t>(bytes, 1, kSaidLost - 1));
  sent->sequence = sequence;
  ++figures_.sent;
  statuses_left_ = std::min(statuses_left_ + kStatusesAPacket, kStatusesAPacket * kCapacityMax);
  return sequence;
}

void TransportCcSender::grow() {
  std::vector<Sent> old(ring_.size() * 2);
  old.swap(ring_);
  for (const Sent& sent : old) {
    if (sent.bytes != 0) ring_[sent.sequence & (ring_.size() - 1)] = sent;
  }
}

void TransportCcSender::handle_feedback(Instant now, const rtcp::TransportFeedback& feedback) {
  if (ring_.empty()) return;
  uint64_t received = 0, lost = 0;
  uint32_t newest = 0;
  bool has_newest = false;
  const uint64_t most = std::min<uint64_t>(feedback.status_count, statuses_left_);
  statuses_left_ -= most;
  figures_.statuses_read += most;
  figures_.statuses_refused += feedback.status_count - most;
  const auto handle = [&](const rtcp::TransportFeedback::Status& status) {
    Sent& sent = ring_[status.sequence & (ring_.size() - 1)];
    if (sent.bytes == 0 || sent.sequence != status.sequence) return;
    const bool said_lost = (sent.bytes & kSaidLost) != 0;
    if (!status.received) {
      if (!said_lost) ++lost;
      sent.bytes |= kSaidLost;
      return;
    }
    ++received;
    if (said_lost) --figures_.lost;  // It was only late.
    sent.bytes = 0;
    if (!has_newest || ts_newer(sent.at_ticks, newest)) newest = sent.at_ticks;
    has_newest = true;
  };
  feedback.for_each(handle, most);
  figures_.received += received;
  figures_.lost += lost;
  if (received + lost != 0) {
    const double share = static_cast<double>(lost) / static_cast<double>(received + lost);
    figures_.loss += (share - figures_.loss) * kLossWeight;
  }
  if (!has_newest) return;
  const double rtt_ms = (to_ticks(now.time_since_epoch()) - newest) * 0.25;
  figures_.rtt_ms =
      figures_.rtt_ms == 0 ? rtt_ms : figures_.rtt_ms + (rtt_ms - figures_.rtt_ms) * kRttWeight;
}

}  // namespace sluice::media
