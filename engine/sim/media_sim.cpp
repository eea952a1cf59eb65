#include "sim/media_sim.h"

#include <algorithm>
#include <array>

#include "media/remote_clock.h"
#include "media/rtcp_reports.h"
#include "rtcp/message.h"
#include "rtp/extension_values.h"
#include "rtp/rtp_writer.h"
#include "rtp/rtx.h"
#include "tests/allocation_counter.h"
#include "tests/media/support.h"

namespace sluice::sim {

namespace support = media::support;

namespace {

NtpTime ntp_of(Instant now) {
  return {static_cast<uint32_t>(to_ms(now) / 1000),
          static_cast<uint32_t>((uint64_t(to_ms(now) % 1000) << 32) / 1000)};
}

bool is_rtcp(Bytes datagram) {
  return datagram.size() >= 2 && datagram[1] >= 192 && datagram[1] <= 223;  // RFC 5761, 4.
}

}  // namespace

// ---- The sender ---------------------------------------------------------------------------------

void SimSender::handle_timeout(Instant now, LinkSimulator& link) {
  if (next_frame_ == Instant{}) next_frame_ = now;
  while (next_frame_ <= now) {
    const bool is_key = std::exchange(key_frame_wanted_, false);
    if (is_key) ++key_frames_;
    const size_t packets = options_.packets_a_frame * (is_key ? 4 : 1);
    for (size_t i = 0; i < packets; ++i) send(now, is_key, i == 0, i + 1 == packets, link);
    timestamp_ += 3000;
    next_frame_ += kFrameInterval;
  }
  if (next_report_ <= now) report(now, link);
}

void SimSender::report(Instant now, LinkSimulator& link) {
  next_report_ = now + 1s;
  std::array<uint8_t, 100> buffer;
  rtcp::CompoundWriter writer(buffer);
  const rtcp::SenderReport report{
      support::kVideoSsrc,           ntp_of(now), timestamp_, next_number_,
      static_cast<uint32_t>(bytes_), {}};
  report.write(writer);
  if (reference_ != 0) {
    const rtcp::DlrrBlock block{support::kVideoSsrc, reference_,
                                media::to_q16(now - reference_at_)};
    rtcp::ExtendedReport::write(writer, support::kVideoSsrc, std::nullopt, {&block, 1});
  }
  link.send(now, writer.bytes());
}

void SimSender::send(Instant now, bool is_key, bool is_first, bool is_last, LinkSimulator& link) {
  const auto payload = support::vp8(is_key, next_number_++, options_.payload_bytes, is_first);
  std::array<uint8_t, rtp::kTransportCcBytes> wide;
  rtp::write_transport_cc(wide, wide_seq_++);
  std::array<uint8_t, rtp::kAbsSendTimeBytes> sent_at;
  rtp::write_abs_send_time(sent_at, rtp::to_abs_send_time(now));
  const rtp::ExtensionItem items[] = {{1, support::text_bytes("0")}, {2, sent_at}, {3, wide}};
  rtp::HeaderFields fields;
  fields.ssrc = support::kVideoSsrc;
  fields.timestamp = timestamp_;
  fields.sequence = next_seq_++;
  fields.payload_type = support::kVp8;
  fields.marker = is_last;
  std::vector<uint8_t> packet(payload.size() + 64);
  const size_t header = rtp::write_header(packet, fields, items);
  std::copy(payload.begin(), payload.end(), packet.begin() + static_cast<ptrdiff_t>(header));
  packet.resize(header + payload.size());
  bytes_ += packet.size();
  link.send(now, packet);
  kept_.push_back(std::move(packet));
  if (kept_.size() > kKept) kept_.pop_front();
}

void SimSender::resend(Instant now, uint16_t seq, LinkSimulator& link) {
  const auto ago = static_cast<uint16_t>(next_seq_ - 1 - seq);
  if (ago >= kept_.size()) return;
  const auto& original = kept_[kept_.size() - 1 - ago];
  const auto view = rtp::RtpView::parse(original, {});
  rtp::HeaderFields fields;
  fields.ssrc = support::kVideoRtxSsrc;
  fields.timestamp = view->timestamp();
  fields.sequence = rtx_seq_++;
  fields.payload_type = support::kVp8Rtx;
  fields.marker = view->marker();
  std::vector<uint8_t> packet(original.size() + 64);
  const size_t header = rtp::write_header(packet, fields);
  const size_t body = rtp::pack_rtx(MutableBytes(packet).subspan(header), seq, view->payload());
  packet.resize(header + body);
  link.send(now, packet);
}

void SimSender::handle_rtcp(Instant now, Bytes compound, LinkSimulator& link) {
  rtcp::for_each_message(compound, [&](const rtcp::Message& message) {
    if (std::holds_alternative<rtcp::PictureLoss>(message)) key_frame_wanted_ = true;
    const auto* extended = std::get_if<rtcp::ExtendedReport>(&message);
    if (extended && extended->reference_time) {
      reference_ = extended->reference_time->compact();
      reference_at_ = now;
    }
    if (const auto* nack = std::get_if<rtcp::Nack>(&message)) {
      nack->for_each([&](uint16_t seq) { resend(now, seq, link); });
    }
  });
}

// ---- The engine ---------------------------------------------------------------------------------

SimSfu::SimSfu(const SimOptions& options) : random_(options.seed + 1), outbox_(kOutboxBytes) {
  outgoing_.reserve(16384);
  producer_ = std::move(media::Producer::create(1, support::video_producer()).value());
  (void)listener_.add(*producer_, producer_->rtp_parameters());
  auto consumer = support::video_consumer(options.with_rtx);
  consumer_ = std::move(media::Consumer::create(2, *producer_, consumer, random_).value());
}

void SimSfu::add_consumer(Instant now) {
  schedule_.start(now);
  consumer_->transport_connected(now);
  serve_producer(now);
}

void SimSfu::handle_media(Instant now, Bytes packet) {
  const PacketRef slot = pool_.take();
  std::copy(packet.begin(), packet.end(), slot->data);
  slot->size = static_cast<uint16_t>(packet.size());

  const AllocationScope scope(allocations_);
  const auto view = rtp::RtpView::parse(slot->bytes(), producer_->extension_ids());
  media::Producer* producer = view ? listener_.find(*view) : nullptr;
  if (!producer) return;
  const Bytes wide = view->extension(rtp::ExtensionKind::transport_cc);
  if (const auto seq = rtp::parse_transport_cc(wide)) {
    arrivals_.handle_packet(now, *seq, view->ssrc());
  }
  producer->receive(now, slot, *view);
  serve_consumer(now);
  producer->clear_batch();
  serve_producer(now);
}

void SimSfu::queue_packet(MutableBytes slot, size_t header, Bytes payload) {
  if (payload.data() != slot.data() + header) {
    std::copy(payload.begin(), payload.end(), slot.begin() + static_cast<ptrdiff_t>(header));
  }
  queue(header + payload.size(), false);
}

void SimSfu::serve_consumer(Instant now) {
  egress_.set_time(now);
  for (const auto& packet : producer_->batch()) {
    Bytes payload;
    const auto slot = room();
    const size_t header = consumer_->write(now, packet, egress_, slot, &payload);
    if (header != 0) queue_packet(slot, header, payload);
  }
  while (consumer_->has_resends()) {
    Bytes payload;
    const auto slot = room();
    const size_t header = consumer_->next_resend(now, egress_, slot, &payload);
    if (header == 0) break;
    queue_packet(slot, header, payload);
  }
}

void SimSfu::serve_producer(Instant now) {
  if (producer_->next_timeout() > now) return;
  while (const size_t bytes = producer_->poll_feedback(now, room())) queue(bytes, true);
}

void SimSfu::handle_from_sender(Instant now, Bytes datagram) {
  if (is_rtcp(datagram)) return handle_sender_rtcp(now, datagram);
  handle_media(now, datagram);
}

void SimSfu::handle_sender_rtcp(Instant now, Bytes compound) {
  const AllocationScope scope(allocations_);
  rtcp::for_each_message(compound, [&](const rtcp::Message& message) {
    if (const auto* report = std::get_if<rtcp::SenderReport>(&message)) {
      producer_->handle_sender_report(now, ntp_of(now), *report);
    }
    if (const auto* extended = std::get_if<rtcp::ExtendedReport>(&message)) {
      for (size_t i = 0; i < extended->dlrr.size(); ++i) {
        producer_->handle_dlrr(ntp_of(now), extended->dlrr[i]);
      }
    }
  });
}

void SimSfu::handle_receiver_rtcp(Instant now, Bytes compound) {
  const AllocationScope scope(allocations_);
  rtcp::for_each_message(compound, [&](const rtcp::Message& message) {
    if (const auto* nack = std::get_if<rtcp::Nack>(&message)) consumer_->handle_nack(now, *nack);
    if (const auto* pli = std::get_if<rtcp::PictureLoss>(&message)) {
      consumer_->handle_key_frame_request(now, pli->media_ssrc, false);
    }
    if (const auto* feedback = std::get_if<rtcp::TransportFeedback>(&message)) {
      egress_.transport_cc.handle_feedback(now, *feedback);
    }
    if (const auto* report = std::get_if<rtcp::ReceiverReport>(&message)) {
      for (size_t i = 0; i < report->blocks.size(); ++i) {
        consumer_->handle_receiver_report(now, ntp_of(now), report->blocks[i]);
      }
    }
  });
  serve_consumer(now);
  serve_producer(now);
}

void SimSfu::handle_timeout(Instant now) {
  const AllocationScope scope(allocations_);
  serve_producer(now);
  while (const size_t bytes = arrivals_.poll(now, room())) queue(bytes, true);
  if (!schedule_.poll(now, random_)) return;
  media::Producer* producers[] = {producer_.get()};
  media::Consumer* consumers[] = {consumer_.get()};
  media::RtcpReports to_sender(now, ntp_of(now), producers, {});
  while (const size_t bytes = to_sender.next(room())) queue(bytes, true);
  media::RtcpReports to_receiver(now, ntp_of(now), {}, consumers);
  while (const size_t bytes = to_receiver.next(room())) queue(bytes, false);
}

Instant SimSfu::next_timeout() const {
  return std::min({producer_->next_timeout(), arrivals_.next_timeout(), schedule_.next_timeout()});
}

void SimSfu::flush(Instant now, LinkSimulator& to_sender, LinkSimulator& to_receiver) {
  for (const auto& out : outgoing_) {
    const Bytes datagram = Bytes(outbox_).subspan(out.at, out.bytes);
    (out.to_sender ? to_sender : to_receiver).send(now, datagram);
  }
  outgoing_.clear();
  outbox_used_ = 0;
}

// ---- The receiver -------------------------------------------------------------------------------

SimReceiver::SimReceiver(const SimOptions& options) : random_(options.seed + 2) {
  // What the consumer sends, as something to receive.
  media::ProducerOptions expects;
  expects.kind = media::MediaKind::video;
  expects.rtp_parameters = support::video_consumer(options.with_rtx).rtp_parameters;
  expects.rtp_mapping.codecs = {{support::kMappedVp8, support::kMappedVp8}};
  expects.rtp_mapping.encodings = {{support::kConsumerSsrc, "", "", 1}};
  producer_ = std::move(media::Producer::create(3, expects).value());
}

void SimReceiver::handle_media(Instant now, Bytes packet) {
  if (is_rtcp(packet)) {
    rtcp::for_each_message(packet, [&](const rtcp::Message& message) {
      if (const auto* report = std::get_if<rtcp::SenderReport>(&message)) {
        producer_->handle_sender_report(now, ntp_of(now), *report);
      }
    });
    return;
  }
  if (schedule_.next_timeout() == kNever) schedule_.start(now);
  const PacketRef slot = pool_.take();
  std::copy(packet.begin(), packet.end(), slot->data);
  slot->size = static_cast<uint16_t>(packet.size());
  const auto view = rtp::RtpView::parse(slot->bytes(), producer_->extension_ids());
  if (!view) return;
  if (const auto seq = rtp::parse_transport_cc(view->extension(rtp::ExtensionKind::transport_cc))) {
    arrivals_.handle_packet(now, *seq, view->ssrc());
  }
  if (!media::is_taken(producer_->receive(now, slot, *view))) return;
  const auto& received = producer_->batch().back();
  if (!received.is_repaired) media_bytes_ += received.view.packet().size();
  const uint32_t number = support::number_of(received.view.payload());
  if (!numbers_.insert(number).second) ++repeated_;
  if (!first_at_) first_at_ = now;
  producer_->clear_batch();
}

void SimReceiver::handle_timeout(Instant now, LinkSimulator& link) {
  std::array<uint8_t, rtcp::kCompoundBytesMax> buffer;
  const auto send = [&](size_t bytes) { link.send(now, Bytes(buffer).first(bytes)); };
  while (const size_t bytes = producer_->poll_feedback(now, buffer)) send(bytes);
  while (const size_t bytes = arrivals_.poll(now, buffer)) send(bytes);
  if (!schedule_.poll(now, random_)) return;
  media::Producer* producers[] = {producer_.get()};
  media::RtcpReports reports(now, ntp_of(now), producers, {});
  while (const size_t bytes = reports.next(buffer)) send(bytes);
}

Instant SimReceiver::next_timeout() const {
  return std::min({producer_->next_timeout(), arrivals_.next_timeout(), schedule_.next_timeout()});
}

// ---- All of it ----------------------------------------------------------------------------------

MediaSim::MediaSim(const SimOptions& options)
    : options_(options),
      random_(options.seed),
      up_(random_, options.up),
      up_back_(random_, options.up),
      down_(random_, options.down),
      down_back_(random_, options.down),
      sender_(options_),
      sfu_(options_),
      receiver_(options_),
      now_(100s) {}

void MediaSim::set_links(const LinkOptions& up, const LinkOptions& down) {
  up_.set_options(up);
  up_back_.set_options(up);
  down_.set_options(down);
  down_back_.set_options(down);
}

void MediaSim::run_for(Duration duration) {
  const Instant end = now_ + duration;
  for (;;) {
    const Instant next = std::min(
        {sender_.next_timeout(), sfu_.next_timeout(), receiver_.next_timeout(), up_.next_delivery(),
         up_back_.next_delivery(), down_.next_delivery(), down_back_.next_delivery()});
    if (next > end) break;
    now_ = std::max(now_, next);
    step();
  }
  now_ = end;
}

void MediaSim::step() {
  sender_.handle_timeout(now_, up_);
  while (const auto delivery = up_.poll(now_)) {
    if (tap) tap(now_, delivery->bytes);
    sfu_.handle_from_sender(now_, delivery->bytes);
  }
  while (const auto delivery = up_back_.poll(now_)) {
    sender_.handle_rtcp(now_, delivery->bytes, up_);
  }
  while (const auto delivery = down_back_.poll(now_)) {
    sfu_.handle_receiver_rtcp(now_, delivery->bytes);
  }
  sfu_.handle_timeout(now_);
  sfu_.flush(now_, up_back_, down_);
  while (const auto delivery = down_.poll(now_)) receiver_.handle_media(now_, delivery->bytes);
  receiver_.handle_timeout(now_, down_back_);
}

double MediaSim::delivered(uint32_t end) const {
  const auto& numbers = receiver_.numbers();
  if (numbers.empty() || *numbers.begin() >= end) return 0;
  const auto got = std::distance(numbers.begin(), numbers.lower_bound(end));
  return static_cast<double>(got) / (end - *numbers.begin());
}

}  // namespace sluice::sim
