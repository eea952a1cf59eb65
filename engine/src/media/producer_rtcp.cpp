// The RTCP side of a producer: what its peer reports, what it is asked and told.
#include <algorithm>
#include <utility>

#include "media/consumer.h"
#include "media/producer.h"
#include "rtcp/full_intra_request.h"
#include "rtcp/nack.h"
#include "rtcp/picture_loss.h"

namespace sluice::media {
namespace {

// Packets one NACK message asks for: the message stays under the compound limit when none of them
// share an item.
constexpr size_t kNackPacketsMax = 256;

}  // namespace

bool Producer::handle_sender_report(Instant now, NtpTime wall, const rtcp::SenderReport& report) {
  for (auto& stream : streams_) {
    if (!stream) continue;
    if (stream->params().rtx_ssrc == report.ssrc) {
      stream->handle_rtx_sender_report(now, report);
      return true;
    }
    if (stream->params().ssrc != report.ssrc) continue;
    stream->handle_sender_report(now, wall, report);
    if (stream->take_score_change()) score_changed();
    Trace trace;
    trace.type = TraceType::sr;
    trace.at = now;
    trace.ssrc = report.ssrc;
    trace.ntp = report.ntp;
    trace.timestamp = report.rtp_timestamp;
    trace.packets = report.packets;
    trace.octets = report.octets;
    traces_.add(trace);
    return true;
  }
  return false;
}

void Producer::handle_dlrr(NtpTime wall, const rtcp::DlrrBlock& block) {
  for (auto& stream : streams_) {
    if (stream) stream->handle_dlrr(wall, block);
  }
}

void Producer::handle_bye(Instant now, uint32_t ssrc) {
  for (auto& stream : streams_) {
    if (stream) stream->handle_bye(now, ssrc);
  }
}

void Producer::request_key_frame(Instant now, uint8_t encoding) {
  if (options_.paused || options_.kind != MediaKind::video) return;
  for (size_t i = 0; i < streams_.size(); ++i) {
    if (!streams_[i] || (encoding != kAllEncodings && encoding != i)) continue;
    if (streams_[i]->key_frames().request(now)) key_frames_due_ |= 1u << i;
  }
}

size_t Producer::poll_feedback(Instant now, MutableBytes out) {
  if (options_.paused) return 0;
  for (size_t i = 0; i < streams_.size(); ++i) {
    auto* stream = streams_[i].get();
    if (!stream) continue;
    stream->check_activity(now);
    const uint32_t bit = 1u << i;
    if (stream->key_frames().next_timeout() <= now && stream->key_frames().handle_timeout(now)) {
      key_frames_due_ |= bit;
    }
    if (key_frames_due_ & bit) {
      key_frames_due_ &= ~bit;
      if (const size_t bytes = write_key_frame_request(*stream, now, out)) return bytes;
    }
    if (const size_t bytes = write_nack(*stream, now, out)) return bytes;
  }
  return 0;
}

size_t Producer::write_key_frame_request(ReceiveStream& stream, Instant now, MutableBytes out) {
  rtcp::CompoundWriter writer(out);
  const auto& params = stream.params();
  Trace trace;
  trace.at = now;
  trace.is_outgoing = true;
  trace.ssrc = params.ssrc;
  // RFC 4585, 6.1 wants the sender's SSRC; we have none. The media's is what GStreamer can take.
  if (params.use_pli) {
    if (!rtcp::PictureLoss{params.ssrc, params.ssrc}.write(writer)) return 0;
    stream.count_pli();
    trace.type = TraceType::pli;
  } else if (params.use_fir) {
    const rtcp::FullIntraRequest::Item item{params.ssrc, stream.next_fir_sequence()};
    if (!rtcp::FullIntraRequest::write(writer, params.ssrc, {&item, 1})) return 0;
    stream.count_fir();
    trace.type = TraceType::fir;
  } else {
    return 0;
  }
  traces_.add(trace);
  return writer.size();
}

size_t Producer::write_nack(ReceiveStream& stream, Instant now, MutableBytes out) {
  if (!stream.params().use_nack || stream.nacks().next_timeout() > now) return 0;
  std::array<uint16_t, kNackPacketsMax> lost;
  const size_t size = stream.nacks().poll(now, lost);
  if (size == 0) return 0;
  rtcp::CompoundWriter writer(out);
  const size_t written =
      rtcp::Nack::write(writer, 0, stream.params().ssrc, std::span(lost).first(size));
  if (written == 0) return 0;
  stream.count_nack(written);
  Trace trace;
  trace.type = TraceType::nack;
  trace.at = now;
  trace.is_outgoing = true;
  traces_.add(trace);
  return writer.size();
}

Instant Producer::next_timeout() const {
  if (options_.paused) return kNever;
  if (key_frames_due_ != 0) return Instant::min();
  Instant next = kNever;
  for (const auto& stream : streams_) {
    if (!stream) continue;
    next = std::min({next, stream->nacks().next_timeout(), stream->key_frames().next_timeout(),
                     stream->next_activity_check()});
  }
  return next;
}

size_t Producer::make_reports(Instant now,
                              std::array<rtcp::ReportBlock, kReportBlocksMax>& blocks) {
  const uint8_t remote = remote_loss(now);
  size_t size = 0;
  for (auto& stream : streams_) {
    if (!stream) continue;
    blocks[size++] = stream->make_report(now, stream->params().use_in_band_fec ? remote : 0);
    if (const auto rtx = stream->make_rtx_report(now)) blocks[size++] = *rtx;
    stream->history().expire(now);
  }
  return size;
}

uint8_t Producer::remote_loss(Instant now) const {
  std::array<uint32_t, 256> peers{};  // By the loss that they report.
  uint32_t all = 0;
  for (const Consumer* consumer : consumers_) {
    if (!consumer->is_active()) continue;  // A paused consumer's last report is stale.
    const auto lost = consumer->fraction_lost(now - kRemoteLossAge);
    if (!lost) continue;
    ++peers[*lost];
    ++all;
  }
  uint32_t worse = 0;
  for (size_t lost = peers.size() - 1; lost > 0; --lost) {
    worse += peers[lost];
    if (worse > all / 10) return std::min(static_cast<uint8_t>(lost), kRemoteLossMax);
  }
  return 0;
}

}  // namespace sluice::media
