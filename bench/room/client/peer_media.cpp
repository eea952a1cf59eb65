// What travels over a connected peer: RTP, RTCP, reports and feedback.
#include "net/clock.h"
#include "peer.h"
#include "rtcp/compound_writer.h"
#include "rtcp/message.h"
#include "rtcp/receiver_report.h"
#include "rtp/extension_values.h"

namespace sluice::bench {
namespace {

constexpr Duration kReportInterval = 1s;
constexpr Duration kFeedbackInterval = 100ms;
// The client's own SSRC in RTCP, where it only receives.
constexpr uint32_t kReceiverSsrc = 1;

}  // namespace

void Peer::add_receive_stream(ReceiveStream stream, uint8_t transport_cc_id) {
  receive_streams_.push_back(std::move(stream));
  extension_ids_.set(rtp::ExtensionKind::transport_cc, transport_cc_id);
}

void Peer::handle_rtp(Instant now, MutableBytes packet, PacketListener& listener) {
  const auto size = srtp_in_ ? srtp_in_->unprotect_rtp(packet) : std::nullopt;
  const auto view = size ? rtp::RtpView::parse(packet.first(*size), extension_ids_) : std::nullopt;
  if (!view) {
    ++counters_.refused;
    return;
  }
  ++counters_.rtp;
  const auto number = rtp::parse_transport_cc(view->extension(rtp::ExtensionKind::transport_cc));
  if (number) arrivals_.handle_packet(now, *number);
  for (ReceiveStream& stream : receive_streams_) {
    if (stream.ssrc() != view->ssrc()) continue;
    stream.handle_packet(now, view->sequence(), view->timestamp());
    return listener.on_packet(now, stream, view->payload());
  }
  ++counters_.rtp_unknown_ssrc;  // RTX and probation, or a consumer not announced yet.
}

void Peer::handle_rtcp(Instant now, MutableBytes packet) {
  const auto size = srtp_in_ ? srtp_in_->unprotect_rtcp(packet) : std::nullopt;
  if (!size) {
    ++counters_.refused;
    return;
  }
  ++counters_.rtcp_in;
  rtcp::for_each_message(packet.first(*size), [&](const rtcp::Message& message) {
    if (const auto* report = std::get_if<rtcp::SenderReport>(&message)) {
      for (ReceiveStream& stream : receive_streams_) {
        if (stream.ssrc() == report->ssrc) stream.handle_sender_report(now, *report);
      }
    } else if (const auto* nack = std::get_if<rtcp::Nack>(&message)) {
      nack->for_each([&](uint16_t) { ++counters_.nacked; });
    } else if (const auto* loss = std::get_if<rtcp::PictureLoss>(&message)) {
      request_key_frame(loss->media_ssrc);
    } else if (const auto* request = std::get_if<rtcp::FullIntraRequest>(&message)) {
      for (size_t i = 0; i < request->size(); ++i) request_key_frame((*request)[i].ssrc);
    } else if (std::get_if<rtcp::TransportFeedback>(&message)) {
      ++counters_.feedback_in;
    }
  });
}

void Peer::request_key_frame(uint32_t ssrc) {
  ++counters_.key_frame_requests;
  for (MediaSource* source : sources_) {
    if (source->options().ssrc == ssrc) source->request_key_frame();
  }
}

void Peer::send_frame(Instant now, MediaSource& source) {
  if (!srtp_out_) return;
  const Bytes frame = source.make_frame(now, *srtp_out_, &transport_cc_sent_);
  if (frame.empty() || !socket_.send_group(frame, source.segment_bytes())) ++counters_.send_failed;
}

void Peer::send_reports(Instant now) {
  next_report_ = now + about(kReportInterval);
  std::array<uint8_t, rtcp::kCompoundBytesMax + srtp::kMaxRtcpOverhead> slot;
  rtcp::CompoundWriter writer(slot);
  for (const MediaSource* source : sources_) {
    if (source->sent() != 0) source->write_report(writer, now, net::wall_offset());
  }
  std::array<rtcp::ReportBlock, rtcp::kReportBlocksMax> blocks;
  size_t count = 0;
  for (ReceiveStream& stream : receive_streams_) {
    if (stream.started() && count < blocks.size()) blocks[count++] = stream.report(now);
  }
  if (count != 0) {
    rtcp::ReceiverReport report;
    report.ssrc = kReceiverSsrc;
    report.write(writer, std::span(blocks).first(count));
  }
  send_rtcp(slot, writer.size());
}

void Peer::send_feedback(Instant now) {
  next_feedback_ += kFeedbackInterval;
  if (next_feedback_ < now) next_feedback_ = now + kFeedbackInterval;
  const uint32_t media_ssrc = receive_streams_.empty() ? 0 : receive_streams_.front().ssrc();
  for (bool more = true; more;) {
    std::array<uint8_t, rtcp::kCompoundBytesMax + srtp::kMaxRtcpOverhead> slot;
    rtcp::CompoundWriter writer(slot);
    more = arrivals_.write(writer, media_ssrc);
    send_rtcp(slot, writer.size());
  }
}

void Peer::send_rtcp(MutableBytes slot, size_t plain_bytes) {
  if (plain_bytes == 0) return;
  const size_t size = srtp_out_->protect_rtcp(slot, plain_bytes);
  if (size == 0) {
    ++counters_.send_failed;
    return;
  }
  send(slot.first(size));
  ++counters_.rtcp_out;
}

}  // namespace sluice::bench
