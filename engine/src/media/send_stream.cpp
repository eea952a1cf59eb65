#include "media/send_stream.h"

#include <algorithm>
#include <utility>

#include "base/sequence.h"
#include "media/packet_history.h"
#include "media/remote_clock.h"

namespace sluice::media {
namespace {

// The first number stays clear of the wrap, so that a receiver which misses the first packets
// cannot guess the SRTP rollover counter wrong (RFC 3711, 3.3.1). mediasoup: 1000..32767.
constexpr uint32_t kFirstSeqMin = 1000;
constexpr uint32_t kFirstSeqMax = 32767;

// As SentHistory keeps it: 15 bits are half a minute, and a history lasts two seconds.
constexpr uint64_t kLowMs = 0x7FFF;

uint64_t low_ms(Instant now) {
  return static_cast<uint64_t>(to_ms(now)) & kLowMs;
}

}  // namespace

SendStream::SendStream(StreamParams params, Random& random)
    : params_(std::move(params)),
      mapper_(static_cast<uint16_t>(random.between(kFirstSeqMin, kFirstSeqMax))),
      sent_(PacketHistory::age_max(params_.kind), params_.rtx_ssrc == 0),
      rtx_seq_(static_cast<uint16_t>(random.between(kFirstSeqMin, kFirstSeqMax))) {}

void SendStream::begin(const ReceivedPacket& packet, uint32_t timestamp_offset, uint16_t seq_gap) {
  mapper_.sync(packet.seq, seq_gap);
  sent_.begin_segment({packet.seq, timestamp_offset, packet.encoding});
  timestamp_offset_ = timestamp_offset;
}

void SendStream::handle_sent(Instant now, const ReceivedPacket& packet, uint64_t out_seq,
                             uint32_t out_timestamp, bool marker, size_t bytes,
                             size_t payload_bytes) {
  if (params_.use_nack) {
    sent_.insert(now, packet.seq, static_cast<uint16_t>(out_seq), marker);
  }
  rate_.add(now, static_cast<uint32_t>(bytes));
  if (out_seq > reference_seq_) {
    reference_seq_ = out_seq;
    captured_at_ = packet.captured_at;
    is_time_sure_ = packet.is_time_sure;
    timestamp_ = out_timestamp;
    // A step back farther than B-frames take is a leap of the source's clock.
    const auto reordered = static_cast<int32_t>(params_.clock_rate);
    const int32_t ahead = ts_diff(out_timestamp, last_timestamp_);
    if (ahead > 0 || ahead < -reordered) last_timestamp_ = out_timestamp;
  }
  last_packet_at_ = now;
  ++packet_count_;
  byte_count_ += bytes;
  payload_bytes_ += payload_bytes;
}

uint32_t SendStream::offset_after_restart(Instant now, uint32_t in_timestamp) const {
  const int64_t passed_us = std::max<int64_t>(0, to_us(now - last_packet_at_));
  const int64_t ticks = passed_us * params_.clock_rate / 1'000'000;
  return in_timestamp - (last_timestamp_ + static_cast<uint32_t>(ticks) + 1);
}

void SendStream::handle_nack(Instant now, const rtcp::Nack& nack) {
  ++nack_count_;
  if (resends_.capacity() == 0) resends_.reserve(kResendsStart);
  const uint64_t now_ms = low_ms(now);
  const auto rtt_ms =
      static_cast<uint64_t>(rtt_ms_ > 0 ? rtt_ms_ : static_cast<double>(to_ms(kRttDefault)));
  nack.for_each([&](uint16_t out_seq) {
    ++nack_packet_count_;
    SentHistory::Entry* entry = sent_.find(out_seq);
    if (!entry) return;
    // A resend less than a round trip ago may still be on its way.
    const uint64_t since = (now_ms - entry->resent_ms) & kLowMs;
    if (entry->resends != 0 && since <= rtt_ms) return;
    if (resends_.size() - resends_at_ == kResendsMax) {
      ++resends_refused_;
      return;
    }
    entry->resent_ms = now_ms;
    if (entry->resends != SentHistory::Entry::kResendsMax) ++entry->resends;
    resends_.push_back(out_seq);
  });
}

// A receiver that asks for everything must not get more than twice the media, and all streams of
// its transport together no more than the floor beyond that.
std::optional<SendStream::Resend> SendStream::next_resend(Instant now, Egress& egress) {
  while (has_resends()) {
    const bool is_extra = resend_rate_.bitrate(now) > rate_.bitrate(now);
    if (is_extra && egress.extra_resends.bitrate(now) > Egress::kExtraResendBitrate) {
      resends_refused_ += resends_.size() - resends_at_;
      resends_.clear();
      resends_at_ = 0;
      return std::nullopt;
    }
    const uint16_t out_seq = resends_[resends_at_++];
    if (resends_at_ == resends_.size()) {
      resends_.clear();
      resends_at_ = 0;
    }
    if (SentHistory::Entry* entry = sent_.find(out_seq)) return Resend{out_seq, entry, is_extra};
  }
  return std::nullopt;
}

void SendStream::handle_resent(Instant now, const Resend& resend, size_t bytes, Egress& egress) {
  if (resend.is_extra) {
    egress.extra_resends.add(now, static_cast<uint32_t>(bytes));
  } else {
    resend_rate_.add(now, static_cast<uint32_t>(bytes));
  }
  ++retransmitted_;
  if (resend.entry->resends == 1) ++repaired_;
}

void SendStream::handle_report(Instant now, NtpTime wall, const rtcp::ReportBlock& block) {
  rtt_ms_ = round_trip_ms(wall, block.last_sr, block.delay_since_last_sr);
  reported_at_ = now;
  packets_lost_ = block.cumulative_lost;
  fraction_lost_ = block.fraction_lost;
  jitter_ = block.jitter;
  update_score(now, std::max<int64_t>(0, block.cumulative_lost));
}

void SendStream::update_score(Instant now, int64_t lost_total) {
  if (!score_.takes_sample(now)) return;
  const uint64_t sent = packet_count_ - std::exchange(score_sent_, packet_count_);
  const int64_t lost = std::max<int64_t>(0, lost_total - std::exchange(score_lost_, lost_total));
  const uint64_t repaired = repaired_ - std::exchange(score_repaired_, repaired_);
  const uint64_t resent = retransmitted_ - std::exchange(score_retransmitted_, retransmitted_);
  const uint8_t sample = score_of({static_cast<uint32_t>(sent), static_cast<uint32_t>(lost),
                                   static_cast<uint32_t>(repaired), static_cast<uint32_t>(resent)});
  score_changed_ = score_.add(sample) || score_changed_;
}

void SendStream::handle_reference_time(Instant now, NtpTime ntp) {
  reference_compact_ = ntp.compact();
  reference_at_ = now;
  has_reference_ = true;
}

std::optional<rtcp::SenderReport> SendStream::make_report(Instant now, NtpTime wall) const {
  // A stream that stopped cannot tell where its clock is now.
  if (packet_count_ == 0 || now - last_packet_at_ > kReportAgeMax) return std::nullopt;
  if (!is_time_sure_) return std::nullopt;  // No report is better than a wrong one.
  rtcp::SenderReport report;
  report.ssrc = params_.ssrc;
  report.ntp = wall;
  report.rtp_timestamp =
      timestamp_ + static_cast<uint32_t>(to_ticks(now - captured_at_, params_.clock_rate));
  report.packets = static_cast<uint32_t>(packet_count_);
  report.octets = static_cast<uint32_t>(payload_bytes_);
  return report;
}

std::optional<rtcp::DlrrBlock> SendStream::make_dlrr(Instant now) const {
  if (!has_reference_) return std::nullopt;
  return rtcp::DlrrBlock{params_.ssrc, reference_compact_, to_q16(now - reference_at_)};
}

void SendStream::pause() {
  // What was sent before is not asked for after: the receiver starts again.
  sent_.clear();
  resends_.clear();
  resends_at_ = 0;
  jitter_ = 0;
}

StreamStats SendStream::stats(Instant now) {
  StreamStats stats;
  stats.packet_count = packet_count_;
  stats.byte_count = byte_count_;
  stats.bitrate = rate_.bitrate(now);
  stats.packets_lost = packets_lost_;
  stats.fraction_lost = fraction_lost_;
  stats.packets_retransmitted = retransmitted_;
  stats.packets_repaired = repaired_;
  stats.nack_count = nack_count_;
  stats.nack_packet_count = nack_packet_count_;
  stats.pli_count = pli_count_;
  stats.fir_count = fir_count_;
  if (has_rtx()) stats.rtx_packets_discarded = 0;
  stats.round_trip_time_ms = rtt_ms_;
  stats.jitter = jitter_;
  stats.score = score_.score();
  return stats;
}

}  // namespace sluice::media
