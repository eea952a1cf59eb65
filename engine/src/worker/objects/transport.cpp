#include "worker/objects/transport.h"

#include <algorithm>
#include <array>

#include "media/rtcp_reports.h"
#include "sluice.h"
#include "worker/objects/consumer.h"
#include "worker/objects/data_consumer.h"
#include "worker/objects/data_producer.h"
#include "worker/objects/producer.h"
#include "worker/path/drop_reason.h"

namespace sluice::worker {

Transport::Transport(ObjectId id, TransportType type, Core& core, Router& router)
    : Object(kKind, id),
      output_(core.sockets, core.counters, id),
      feedback_timer_(
          core.timers, this,
          [](void* self, Instant now) { static_cast<Transport*>(self)->serve_feedback(now); }),
      report_timer_(
          core.patient_timers, this,
          [](void* self, Instant now) { static_cast<Transport*>(self)->serve_reports(now); }),
      type_(type),
      core_(core),
      router_(router) {
  packets_.join(&core.pool.holders());
  router.add(*this);
}

void Transport::close() {
  // Consumers first: some may consume the producers below.
  while (!consumers_.empty()) object_of(*consumers_.back()).close();
  while (!producers_.empty()) object_of(*producers_.back()).close();
  while (!data_consumers_.empty()) data_consumers_.back()->close();
  while (!data_producers_.empty()) data_producers_.back()->close();
  release();
  router_.remove(*this);
  core_.events.forget(id());
  core_.objects.destroy(id());
}

Status Transport::add(Producer& producer) {
  if (auto added = listener_.add(producer.media(), producer.media().rtp_parameters()); !added) {
    return added;
  }
  learn_extensions(producer);
  producers_.add(producer.media());
  return ok();
}

void Transport::learn_extensions(Producer& producer) {
  const auto& parameters = producer.media().rtp_parameters();
  if (producer.media().extension_ids().id(rtp::ExtensionKind::transport_cc) != 0) {
    for (const auto& codec : parameters.codecs) {
      answers_transport_cc_ |= codec.has_feedback("transport-cc");
    }
  }
  // With BUNDLE the ids of all producers agree (RFC 8843, 9.1). Where those of a plain peer do not,
  // the first producer's ids serve to find the producer, and the others parse their packets again.
  for (const auto& extension : parameters.header_extensions) {
    if (!extension.kind) continue;
    const uint8_t known_id = extension_ids_.id(*extension.kind);
    const uint8_t known_kind = extension_ids_.kind_of[extension.id];
    if (known_id == 0 && known_kind == 0) {
      extension_ids_.set(*extension.kind, extension.id);
    } else if (known_id != extension.id) {
      producer.set_reparses();
    }
  }
}

void Transport::remove(Producer& producer) {
  listener_.remove(producer.media());
  producers_.remove(producer.media());
}

void Transport::add(Consumer& consumer) {
  consumers_.add(consumer.media());
  for (const auto& encoding : consumer.media().rtp_parameters().encodings) {
    if (encoding.ssrc) consumer_by_ssrc_[encoding.ssrc] = &consumer;
    if (encoding.rtx_ssrc) consumer_by_ssrc_[encoding.rtx_ssrc] = &consumer;
  }
  if (connected_) consumer.media().transport_connected(core_.now);
}

void Transport::remove(Consumer& consumer) {
  consumers_.remove(consumer.media());
  for (const auto& encoding : consumer.media().rtp_parameters().encodings) {
    consumer_by_ssrc_.erase(encoding.ssrc);
    consumer_by_ssrc_.erase(encoding.rtx_ssrc);
  }
}

void Transport::add(DataProducer& producer) {
  data_producers_.add(producer);
}

void Transport::remove(DataProducer& producer) {
  data_producers_.remove(producer);
}

void Transport::add(DataConsumer& consumer) {
  data_consumers_.add(consumer);
}

void Transport::remove(DataConsumer& consumer) {
  data_consumers_.remove(consumer);
}

Consumer* Transport::consumer_of(uint32_t ssrc) const {
  const auto found = consumer_by_ssrc_.find(ssrc);
  return found == consumer_by_ssrc_.end() ? nullptr : found->second;
}

void Transport::set_connected(bool connected) {
  if (connected == connected_) return;
  connected_ = connected;
  // A link needs no reports: it loses nothing.
  if (connected && !output_.link()) {
    schedule_.start(core_.now);
  } else {
    schedule_.stop();
  }
  for (media::Consumer* consumer : consumers_) {
    if (connected) {
      consumer->transport_connected(core_.now);
      object_of(*consumer).producer().serve(core_.now);  // It may want a key frame.
    } else {
      consumer->transport_disconnected();
    }
  }
  set_timers();
}

void Transport::require_srtp() {
  requires_srtp_ = true;
  output_.require_keys();
}

Status Transport::set_srtp_keys(srtp::SrtpProfile profile, Bytes inbound, Bytes outbound) {
  const auto backend = core_.options.cipher_backend;
  auto in = srtp::SrtpInbound::make(profile, inbound, backend);
  if (!in) return in.error();
  auto out = srtp::SrtpOutbound::make(profile, outbound, backend);
  if (!out) return out.error();
  srtp_in_.emplace(std::move(*in));
  output_.set_keys(std::move(*out));
  return ok();
}

void Transport::wipe_srtp_keys() {
  srtp_in_.reset();
  output_.wipe_keys();
}

std::optional<Counter> Transport::unprotect(PacketHead& slot, bool is_rtcp) {
  if (!srtp_in_) return requires_srtp_ ? std::optional(Counter::drop_no_keys) : std::nullopt;
  const MutableBytes bytes(slot.data, slot.size);
  const auto size = is_rtcp ? srtp_in_->unprotect_rtcp(bytes) : srtp_in_->unprotect_rtp(bytes);
  if (!size) return reason_of(srtp_in_->refusal());
  slot.size = static_cast<uint16_t>(*size);
  return std::nullopt;
}

Status Transport::set_outgoing_limits(uint32_t min, uint32_t max) {
  if (max != 0 && min > max) {
    return invalid("bitrate: the minimum must not be greater than the maximum");
  }
  min_outgoing_bitrate_ = min;
  max_outgoing_bitrate_ = max;
  return ok();
}

Status Transport::set_max_outgoing_bitrate(uint32_t bitrate) {
  return set_outgoing_limits(min_outgoing_bitrate_, bitrate);
}

Status Transport::set_min_outgoing_bitrate(uint32_t bitrate) {
  return set_outgoing_limits(bitrate, max_outgoing_bitrate_);
}

void Transport::set_max_incoming_bitrate(Instant now, uint32_t bitrate) {
  remb_.set_limit(now, bitrate);
  set_timers();
}

void Transport::handle_rtcp(Instant now, Bytes compound) {
  const auto counts = rtcp::for_each_message(
      compound, [&](const rtcp::Message& message) { handle_message(now, message); });
  if (counts.malformed) core_.counters.add(Counter::drop_rtcp_malformed, counts.malformed);
}

void Transport::handle_receiver_blocks(Instant now, const rtcp::ReportBlocks& blocks) {
  for (size_t i = 0; i < blocks.size(); ++i) {
    const rtcp::ReportBlock block = blocks[i];
    if (Consumer* consumer = consumer_of(block.ssrc)) {
      consumer->media().handle_receiver_report(now, core_.ntp(), block);
      consumer->report_events();
    }
  }
}

namespace {

// The room that the largest packet may need: what a consumer adds to it, and the SRTP tag.
constexpr size_t kLargestRoom =
    PacketSlot::kCapacity + media::Consumer::kSlotBytesMin + srtp::kMaxRtpOverhead;

template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
// clang 14 has no deduction for aggregates (P1816).
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace

void Transport::handle_message(Instant now, const rtcp::Message& message) {
  const auto ask_key_frame = [&](uint32_t ssrc, bool is_fir) {
    if (Consumer* consumer = consumer_of(ssrc)) {
      consumer->media().handle_key_frame_request(now, ssrc, is_fir);
      consumer->producer().serve(now);
      consumer->report_events();
    }
  };
  std::visit(
      Overloaded{
          [&](const rtcp::SenderReport& report) {
            for (media::Producer* producer : producers_) {
              if (producer->handle_sender_report(now, core_.ntp(), report)) {
                object_of(*producer).serve(now);
                break;
              }
            }
            handle_receiver_blocks(now, report.blocks);
          },
          [&](const rtcp::ReceiverReport& report) { handle_receiver_blocks(now, report.blocks); },
          [&](const rtcp::ExtendedReport& report) {
            if (report.reference_time) {
              for (media::Consumer* consumer : consumers_) {
                consumer->handle_reference_time(now, *report.reference_time);
              }
            }
            // All blocks answer the same reference time of ours; the first one counts.
            for (size_t i = 0; i < report.dlrr.size(); ++i) {
              if (report.dlrr[i].last_rr == 0) continue;
              for (media::Producer* producer : producers_) {
                producer->handle_dlrr(core_.ntp(), report.dlrr[i]);
              }
              break;
            }
          },
          [&](const rtcp::Nack& nack) {
            if (Consumer* consumer = consumer_of(nack.media_ssrc)) {
              consumer->media().handle_nack(now, nack);
              send_resends(now, consumer->media());
              consumer->report_events();
            }
          },
          [&](const rtcp::PictureLoss& pli) { ask_key_frame(pli.media_ssrc, false); },
          [&](const rtcp::FullIntraRequest& fir) {
            for (size_t i = 0; i < fir.size(); ++i) ask_key_frame(fir[i].ssrc, true);
          },
          [&](const rtcp::TransportFeedback& feedback) {
            egress_.transport_cc.handle_feedback(now, feedback);
          },
          [&](const rtcp::Bye& bye) {
            for (size_t i = 0; i < bye.ssrcs.size(); ++i) {
              for (media::Producer* producer : producers_) producer->handle_bye(now, bye.ssrcs[i]);
            }
          },
          [](const auto&) {},  // SDES and REMB change nothing.
      },
      message);
}

void Transport::send_rtcp(Bytes plain) {
  if (const size_t size = output_.send_rtcp(plain)) figures_.other_sent.add(core_.now, size);
}

void Transport::send_resends(Instant now, media::Consumer& consumer) {
  if (!output_.is_open() || !consumer.has_resends()) return;
  media::Egress& egress = egress_at(now);
  for (;;) {
    const MutableBytes slot = output_.reserve(kLargestRoom);
    if (slot.empty()) return output_.note_no_room();  // The rest waits for the next time.
    Bytes payload;
    const size_t header = consumer.next_resend(now, egress, slot, &payload);
    if (header == 0) return;
    const size_t size = output_.seal(slot, header, payload);
    if (size == 0) {
      core_.counters.add(Counter::drop_send_failed);
      continue;
    }
    output_.commit(consumer.id(), size);
    core_.counters.add(Counter::packets_resent);
    figures_.rtx_sent.add(now, size);
  }
}

void Transport::serve_reports(Instant now) {
  std::array<uint8_t, rtcp::kCompoundBytesMax> buffer;
  if (schedule_.poll(now, core_.jitter)) {
    media::RtcpReports reports(now, core_.ntp(), producers_, consumers_);
    while (const size_t bytes = reports.next(buffer)) send_rtcp(Bytes(buffer).first(bytes));
    for (media::Producer* producer : producers_) {
      object_of(*producer).serve(now);
    }
  }
  if (remb_.next_timeout() <= now) {
    std::array<uint32_t, media::RembLimiter::kSsrcsMax> ssrcs;
    size_t size = 0;
    for (media::Producer* producer : producers_) {
      for (size_t i = 0; i < producer->encodings() && size < ssrcs.size(); ++i) {
        if (const auto* stream = producer->stream(i)) ssrcs[size++] = stream->params().ssrc;
      }
    }
    const size_t bytes = remb_.poll(now, std::span(ssrcs).first(size), buffer);
    if (bytes != 0) send_rtcp(Bytes(buffer).first(bytes));
  }
  set_timers();
}

void Transport::serve_feedback(Instant now) {
  std::array<uint8_t, rtcp::kCompoundBytesMax> buffer;
  while (const size_t bytes = arrivals_.poll(now, buffer)) send_rtcp(Bytes(buffer).first(bytes));
  set_timers();
}

void Transport::set_timers() {
  report_timer_.set(connected_ ? std::min(schedule_.next_timeout(), remb_.next_timeout()) : kNever);
  feedback_timer_.set(connected_ ? arrivals_.next_timeout() : kNever);
}

void Transport::note_arrival(Instant now, const rtp::RtpView& view) {
  if (!answers_transport_cc_) return;
  const auto sequence = rtp::parse_transport_cc(view.extension(rtp::ExtensionKind::transport_cc));
  if (!sequence) return;
  arrivals_.handle_packet(now, *sequence, view.ssrc());
  feedback_timer_.set_sooner(arrivals_.next_timeout());
}

}  // namespace sluice::worker
