#include "media/receive_stream.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "rtp/codecs/red.h"
#include "rtp/rtx.h"

namespace sluice::media {
namespace {

// mediasoup's RtpStreamRecv: rate windows and InactivityCheckInterval(WithDtx)Ms.
constexpr Duration kRateWindow = 2500ms;
constexpr Duration kRateWindowDtx = 6000ms;
constexpr Duration kInactiveAfter = ReceiveStream::kSilence;
constexpr Duration kInactiveAfterDtx = ReceiveStream::kSilenceDtx;

// Codecs whose frames may come in another order than they are shown.
bool reorders_frames(const StreamParams& params) {
  using rtp::Codec;
  return params.kind == MediaKind::video && params.codec != Codec::vp8 &&
         params.codec != Codec::vp9 && params.codec != Codec::av1;
}

}  // namespace

ReceiveStream::ReceiveStream(StreamParams params, bool checks_inactivity, Duration key_frame_delay)
    : params_(std::move(params)),
      key_frames_(key_frame_delay),
      history_(PacketHistory::age_max(params_.kind)),
      timeline_(params_.clock_rate, reorders_frames(params_)),
      rate_(params_.use_dtx ? kRateWindowDtx : kRateWindow),
      checks_inactivity_(checks_inactivity) {
  if (params_.reads_descriptors) dependency_ = std::make_unique<rtp::DependencyReader>();
}

void ReceiveStream::set_rtx(uint32_t ssrc, uint8_t payload_type) {
  params_.rtx_ssrc = ssrc;
  params_.rtx_payload_type = payload_type;
  rtx_window_ = {};
  rtx_loss_ = {};
}

bool ReceiveStream::is_abandoned(Instant now) const {
  // Who goes on sending has not left, whatever a BYE said.
  if (left_at_ != kNever && heard_at_ <= left_at_ + kAfterBye) return true;
  return now - heard_at_ >= (params_.use_dtx ? kSilenceDtx : kSilence);
}

void ReceiveStream::take_over(uint32_t ssrc) {
  if (params_.rtx_ssrc != 0) former_rtx_ssrc_ = params_.rtx_ssrc;
  set_rtx(0, 0);
  params_.ssrc = ssrc;
  window_.expect_restart();
  lost_by_others_ = loss_.lost;
  last_sr_ = 0;
  jitter_ = 0;
  left_at_ = kNever;
}

void ReceiveStream::handle_bye(Instant now, uint32_t ssrc) {
  if (ssrc == params_.ssrc) left_at_ = now;
}

ReceiveStream::Verdict ReceiveStream::receive(Instant now, const rtp::RtpView& packet,
                                              ReceivedPacket& out) {
  uint64_t seq = 0;
  heard_at_ = now;
  nacks_.count_received(packet.packet().size());
  switch (window_.take(packet.sequence(), &seq)) {
    case SequenceWindow::Verdict::bad:
      ++discarded_;
      return Verdict::bad_sequence;
    case SequenceWindow::Verdict::duplicate:
      ++loss_.received;  // RFC 3550, A.3.
      ++duplicates_;
      return Verdict::duplicate;
    case SequenceWindow::Verdict::restarted:
      restart();
      break;
    case SequenceWindow::Verdict::fresh:
      break;
  }
  ++loss_.received;
  update_jitter(now, packet.timestamp());
  describe(seq, packet, out);
  const bool was_asked_for =
      params_.use_nack && nacks_.handle_packet(now, seq, out.facts.is_key_frame);
  accept(now, seq, out);
  // With RTX a plain packet that was missing was only late.
  if (!was_asked_for || params_.rtx_ssrc != 0) return Verdict::forward;
  ++retransmitted_;
  ++repaired_;
  out.is_repaired = true;
  return Verdict::repaired;
}

ReceiveStream::Verdict ReceiveStream::receive_rtx(Instant now, const rtp::RtpView& packet,
                                                  ReceivedPacket& out) {
  uint64_t rtx_seq = 0;
  nacks_.count_received(packet.packet().size());
  const auto rtx_verdict = packet.payload_type() == params_.rtx_payload_type
                               ? rtx_window_.take(packet.sequence(), &rtx_seq)
                               : SequenceWindow::Verdict::bad;
  if (rtx_verdict == SequenceWindow::Verdict::duplicate) {
    ++rtx_loss_.received;
    return Verdict::duplicate;
  }
  if (rtx_verdict == SequenceWindow::Verdict::bad) {
    ++rtx_discarded_;
    return Verdict::bad_sequence;
  }
  if (rtx_verdict == SequenceWindow::Verdict::restarted) rtx_loss_.restart();
  ++rtx_loss_.received;
  const auto original = rtp::unwrap_rtx(packet, params_.ssrc, params_.payload_type);
  if (!original) return Verdict::rtx_padding;

  uint64_t seq = 0;
  const auto verdict = window_.take_repair(original->sequence(), &seq);
  if (verdict == SequenceWindow::Verdict::bad) {
    ++discarded_;
    return Verdict::bad_sequence;
  }
  ++retransmitted_;
  if (verdict == SequenceWindow::Verdict::duplicate) return Verdict::duplicate;
  ++repaired_;
  describe(seq, *original, out);
  if (params_.use_nack) nacks_.handle_packet(now, seq, out.facts.is_key_frame);
  accept(now, seq, out);
  out.is_repaired = true;
  out.came_by_rtx = true;
  return Verdict::repaired;
}

void ReceiveStream::receive_linked(Instant now, const ReceivedPacket& packet,
                                   rtp::SharedStructure structure) {
  if (structure && dependency_) dependency_->adopt(std::move(structure));
  if (packet.epoch != epoch_) {
    restart();
    epoch_ = packet.epoch;
  }
  uint64_t seq = 0;
  heard_at_ = now;
  window_.take(packet.view.sequence(), &seq);
  ++loss_.received;
  count(now, packet);
}

void ReceiveStream::describe(uint64_t seq, const rtp::RtpView& packet, ReceivedPacket& out) {
  out.view = packet;
  // Comfort noise and DTMF events come under the stream's SSRC, but are not of its codec.
  if (!packet.payload().empty() && packet.payload_type() == params_.payload_type) {
    out.facts = rtp::describe(params_.codec, packet, dependency_.get());
  } else if (packet.payload_type() == params_.red_payload_type) {
    const auto red = rtp::parse_red(packet.payload());
    const Bytes frame = red ? packet.payload().subspan(red->primary_at) : Bytes{};
    out.facts = rtp::describe(params_.codec, frame, packet.marker());
  }
  const bool is_nal = params_.codec == rtp::Codec::h264 || params_.codec == rtp::Codec::h265;
  if (!is_nal || std::holds_alternative<rtp::DependencyFacts>(out.facts.detail)) return;
  out.facts.is_key_frame = key_frame_start_.judge(seq, packet.timestamp(), out.facts);
}

std::optional<uint64_t> ReceiveStream::clock_difference() const {
  const auto offset_ns = timeline_.clock().offset_ns();
  if (!offset_ns) return std::nullopt;
  const auto way_ns = static_cast<int64_t>(rtt_ms_ * 1e6 / 2);
  return to_q32(*offset_ns + wall_offset_ns_ - way_ns);
}

void ReceiveStream::accept(Instant now, uint64_t seq, ReceivedPacket& out) {
  out.seq = seq;
  out.epoch = epoch_;
  out.received_at = now;
  stamp(now, seq, out);
  count(now, out);
}

void ReceiveStream::stamp(Instant now, uint64_t seq, ReceivedPacket& out) {
  const uint32_t timestamp = out.view.timestamp();
  // Events and comfort noise may stand still in time, and padding repeats the last timestamp.
  const uint8_t type = out.view.payload_type();
  const bool is_media = type == params_.payload_type || type == params_.red_payload_type;
  SourceTimeline::Stamp stamp;
  if (seq == window_.highest() && is_media && !out.is_padding_only()) {
    stamp = timeline_.take(now, timestamp);
    if (timeline_.is_new_run()) run_first_ = seq;
  } else {
    stamp = timeline_.look(now, timestamp);
  }
  out.captured_at = stamp.captured_at;
  out.is_time_sure = stamp.is_sure && seq >= run_first_;
}

void ReceiveStream::count(Instant now, const ReceivedPacket& packet) {
  if (packet.is_padding_only()) return;  // Says nothing about the media.
  const auto bytes = static_cast<uint32_t>(packet.view.packet().size());
  rate_.add(now, bytes);
  ++packet_count_;
  byte_count_ += bytes;
  last_packet_at_ = now;
  if (inactive_) {
    inactive_ = false;
    score_changed_ = score_.reset(ScoreHistory::kBest) || score_changed_;
  }
}

void ReceiveStream::restart() {
  nacks_.reset();
  history_.clear();
  loss_.restart();
  score_expected_ = score_received_ = duplicates_ = 0;
  has_transit_ = false;
  timeline_.restart();
  key_frame_start_ = {};
  ++epoch_;
}

// RFC 3550, A.8.
void ReceiveStream::update_jitter(Instant now, uint32_t timestamp) {
  if (params_.clock_rate == 0) return;
  const auto us = static_cast<uint64_t>(to_us(now));
  const uint64_t arrival =
      us / 1'000'000 * params_.clock_rate + us % 1'000'000 * params_.clock_rate / 1'000'000;
  const auto transit = static_cast<uint32_t>(arrival) - timestamp;
  if (has_transit_) {
    const double d = std::abs(static_cast<double>(static_cast<int32_t>(transit - transit_)));
    jitter_ += (d - jitter_) / 16;
  }
  transit_ = transit;
  has_transit_ = true;
}

uint64_t ReceiveStream::Loss::update(const SequenceWindow& window) {
  const uint64_t expected = window.expected();
  lost = lost_before + static_cast<int64_t>(expected - received);
  const uint64_t expected_now = expected - expected_prior;
  const auto lost_now = static_cast<int64_t>(expected_now - (received - received_prior));
  expected_prior = expected;
  received_prior = received;
  fraction = 0;
  if (expected_now != 0 && lost_now > 0) {
    const double share = static_cast<double>(lost_now) / static_cast<double>(expected_now);
    fraction = static_cast<uint8_t>(std::min(255.0, std::round(share * 256)));
  }
  return expected_now;
}

void ReceiveStream::Loss::restart() {
  lost_before = lost;
  received = received_prior = expected_prior = 0;
}

rtcp::ReportBlock ReceiveStream::make_report(Instant now, uint8_t remote_loss) {
  loss_.update(window_);
  rtcp::ReportBlock block;
  block.fraction_lost = std::max(loss_.fraction, remote_loss);
  block.ssrc = params_.ssrc;
  block.cumulative_lost =
      static_cast<int32_t>(std::clamp<int64_t>(loss_.lost - lost_by_others_, -0x800000, 0x7FFFFF));
  block.highest_sequence = window_.reported_highest();
  block.jitter = static_cast<uint32_t>(jitter_);
  if (last_sr_ != 0) {
    block.last_sr = last_sr_;
    block.delay_since_last_sr = to_q16(now - last_sr_at_);
  }
  return block;
}

std::optional<rtcp::ReportBlock> ReceiveStream::make_rtx_report(Instant now) {
  if (!rtx_window_.started()) return std::nullopt;
  rtx_loss_.update(rtx_window_);
  rtcp::ReportBlock block;
  block.ssrc = params_.rtx_ssrc;
  block.fraction_lost = rtx_loss_.fraction;
  block.cumulative_lost =
      static_cast<int32_t>(std::clamp<int64_t>(rtx_loss_.lost, -0x800000, 0x7FFFFF));
  block.highest_sequence = rtx_window_.reported_highest();
  if (rtx_last_sr_ != 0) {
    block.last_sr = rtx_last_sr_;
    block.delay_since_last_sr = to_q16(now - rtx_last_sr_at_);
  }
  return block;
}

void ReceiveStream::handle_sender_report(Instant now, NtpTime wall,
                                         const rtcp::SenderReport& report) {
  wall_offset_ns_ = ntp_to_ns(wall) - now.time_since_epoch().count();
  if (report.ntp != NtpTime{}) {
    last_sr_ = report.ntp.compact();
    last_sr_at_ = now;
    timeline_.handle_report(now, report);
  }
  update_score(now);
}

void ReceiveStream::handle_rtx_sender_report(Instant now, const rtcp::SenderReport& report) {
  rtx_last_sr_ = report.ntp.compact();
  rtx_last_sr_at_ = now;
}

void ReceiveStream::handle_dlrr(NtpTime wall, const rtcp::DlrrBlock& block) {
  rtt_ms_ = round_trip_ms(wall, block.last_rr, block.delay_since_last_rr);
  nacks_.set_rtt(Duration(static_cast<int64_t>(rtt_ms_ * 1e6)));
}

void ReceiveStream::update_score(Instant now) {
  if (!score_.takes_sample(now)) return;
  const uint64_t expected = window_.expected() - std::exchange(score_expected_, window_.expected());
  const uint64_t unique = loss_.received - duplicates_;
  const uint64_t received = unique - std::exchange(score_received_, unique);
  const uint64_t repaired = repaired_ - std::exchange(score_repaired_, repaired_);
  const uint64_t resent = retransmitted_ - std::exchange(score_retransmitted_, retransmitted_);
  if (inactive_) return;
  uint8_t sample = 0;  // Packets were expected and none came.
  if (expected == 0) {
    sample = ScoreHistory::kBest;
  } else if (received != 0 || repaired != 0) {
    const uint64_t lost = expected > received ? expected - received : 0;
    sample = score_of({static_cast<uint32_t>(expected), static_cast<uint32_t>(lost),
                       static_cast<uint32_t>(repaired), static_cast<uint32_t>(resent)});
  }
  score_changed_ = score_.add(sample) || score_changed_;
}

Instant ReceiveStream::next_activity_check() const {
  if (!checks_inactivity_ || inactive_) return kNever;
  return last_packet_at_ + (params_.use_dtx ? kInactiveAfterDtx : kInactiveAfter);
}

void ReceiveStream::check_activity(Instant now) {
  if (now < next_activity_check()) return;
  inactive_ = true;
  score_changed_ = score_.reset(0) || score_changed_;
}

void ReceiveStream::pause() {
  nacks_.reset();
  key_frames_.reset();
  has_transit_ = false;
  jitter_ = 0;
}

StreamStats ReceiveStream::stats(Instant now) {
  StreamStats stats;
  stats.packet_count = packet_count_;
  stats.byte_count = byte_count_;
  stats.bitrate = rate_.bitrate(now);
  stats.packets_lost = std::max<int64_t>(0, loss_.lost);
  stats.fraction_lost = loss_.fraction;
  stats.packets_discarded = discarded_;
  stats.packets_retransmitted = retransmitted_;
  stats.packets_repaired = repaired_;
  stats.nack_count = nack_count_;
  stats.nack_packet_count = nack_packet_count_;
  stats.pli_count = pli_count_;
  stats.fir_count = fir_count_;
  if (params_.rtx_ssrc != 0) stats.rtx_packets_discarded = rtx_discarded_;
  stats.round_trip_time_ms = rtt_ms_;
  stats.jitter = jitter_;
  stats.score = score_.score();
  return stats;
}

bool ReceiveStream::reread(const PacketHistory::Entry& entry, const rtp::ExtensionIds& ids,
                           ReceivedPacket& out) const {
  auto view = rtp::RtpView::parse(entry.packet(), ids);
  if (view && entry.is_rtx) view = rtp::unwrap_rtx(*view, params_.ssrc, params_.payload_type);
  if (!view) return false;
  out.slot = entry.slot;
  out.view = *view;
  out.seq = entry.seq;
  out.received_at = entry.received_at;
  const auto stamp = timeline_.look(entry.received_at, view->timestamp());
  out.captured_at = stamp.captured_at;
  out.is_time_sure = stamp.is_sure && entry.seq >= run_first_;
  out.epoch = epoch_;
  out.came_by_rtx = entry.is_rtx;
  return true;
}

}  // namespace sluice::media
