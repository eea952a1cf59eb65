// The packets of a consumer: from a received packet to the header of the sent one.
#include <algorithm>
#include <array>

#include "base/sequence.h"
#include "media/consumer.h"
#include "media/producer.h"
#include "rtp/codecs/red.h"
#include "rtp/extension_values.h"
#include "rtp/rtx.h"

namespace sluice::media {

size_t Consumer::write(Instant now, const ReceivedPacket& packet, Egress& egress, MutableBytes slot,
                       Bytes* payload) {
  if (!active_) return drop(drops_.inactive);
  if (selector_) return write_selected(now, packet, egress, slot, payload);

  SendStream& stream = streams_[0];
  const bool begins = needs_sync_ || packet.epoch != epoch_;
  if (begins && waits_for_key_frame_ && !packet.facts.is_key_frame) {
    note_awaited(now, packet);
    return drop(drops_.no_key_frame);
  }
  if (uint64_t* reason = refusal(packet)) {
    // Before the output begins there is no number to leave out.
    return begins ? drop(*reason) : leave_out(now, stream, packet, *reason, egress, slot, payload);
  }
  if (begins) sync(now, stream, packet);
  const auto out_seq = stream.sequence().map(packet.seq);
  if (!out_seq) return drop(drops_.too_old);
  return write_as(now, stream, packet, *out_seq, packet.view.marker(), egress, slot, payload);
}

// Why this consumer never gets this packet, as the counter of it; nullptr when it may.
uint64_t* Consumer::refusal(const ReceivedPacket& packet) {
  if (outgoing_type(packet) == kNoPayloadType) return &drops_.payload_type;
  if (packet.is_padding_only()) return &drops_.padding;
  if (options_.ignore_dtx && packet.facts.is_dtx) return &drops_.dtx;
  return nullptr;
}

// Leaves no hole, or the receiver would ask for what it was never to get: the numbers close up. If
// the packet was overtaken by one that went out, its number is taken: an empty packet goes out
// under it, as a sender's padding does.
size_t Consumer::leave_out(Instant now, SendStream& stream, const ReceivedPacket& packet,
                           uint64_t& reason, Egress& egress, MutableBytes slot, Bytes* payload) {
  ++reason;
  const auto out_seq = stream.sequence().leave_out(packet.seq);
  if (!out_seq || slot.size() < kSlotBytesMin) return 0;
  rtp::HeaderFields fields;
  fields.ssrc = stream.params().ssrc;
  fields.timestamp = packet.view.timestamp() - timestamp_offset_;
  fields.sequence = static_cast<uint16_t>(*out_seq);
  fields.payload_type = stream.params().payload_type;
  const auto header = write_header(fields, packet, slot);
  if (!header) return drop(drops_.no_room);
  stamp_header(now, header, egress, slot, header.bytes);
  *payload = Bytes(slot).subspan(header.bytes, 0);
  return header.bytes;
}

uint32_t Consumer::pass(Instant now, const ReceivedPacket& packet) {
  if (!active_) return static_cast<uint32_t>(drop(drops_.inactive));
  if (packet.encoding >= streams_.size()) return static_cast<uint32_t>(drop(drops_.layer));
  SendStream& stream = streams_[packet.encoding];
  // The producer at the other end refuses it too: it has to see the number for that.
  if (outgoing_type(packet) == kNoPayloadType) {
    ++drops_.payload_type;
    return stream.params().ssrc;
  }
  stream.handle_sent(now, packet, packet.seq, packet.view.timestamp(), packet.view.marker(),
                     packet.view.packet().size(), packet.view.payload().size());
  if (traces_.wants_packets()) trace_passed(now, stream, packet);
  return stream.params().ssrc;
}

size_t Consumer::write_selected(Instant now, const ReceivedPacket& packet, Egress& egress,
                                MutableBytes slot, Bytes* payload) {
  const Selection selection = selector_->select(now, packet);
  if (selection.action == Selection::Action::ignore) return drop(drops_.layer);
  if (selection.action == Selection::Action::wait) {
    note_awaited(now, packet);
    return drop(drops_.no_key_frame);
  }
  SendStream& stream = streams_[selection.stream];
  uint64_t* reason = refusal(packet);
  if (!reason && selection.action == Selection::Action::leave_out) reason = &drops_.layer;
  if (reason) return leave_out(now, stream, packet, *reason, egress, slot, payload);
  if (selection.sync) {
    stream.sequence().sync(packet.seq, selection.seq_gap);
    stream.sent().begin_segment({packet.seq, selection.timestamp_offset, packet.encoding});
    if (packet.facts.is_key_frame) queue_awaited(packet);
  }
  timestamp_offset_ = selection.timestamp_offset;
  const auto out_seq = stream.sequence().map(packet.seq);
  if (!out_seq) return drop(drops_.too_old);
  return write_as(now, stream, packet, *out_seq, selection.marker, egress, slot, payload);
}

size_t Consumer::write_as(Instant now, SendStream& stream, const ReceivedPacket& packet,
                          uint64_t out_seq, bool marker, Egress& egress, MutableBytes slot,
                          Bytes* payload) {
  if (slot.size() < packet.view.payload().size() + kSlotBytesMin) return drop(drops_.no_room);
  rtp::HeaderFields fields;
  fields.ssrc = stream.params().ssrc;
  fields.timestamp = packet.view.timestamp() - timestamp_offset_;
  fields.sequence = static_cast<uint16_t>(out_seq);
  fields.payload_type = outgoing_type(packet);
  fields.marker = marker;
  fields.csrcs = packet.view.csrcs();
  const auto header = write_header(fields, packet, slot);
  if (!header) return drop(drops_.no_room);

  const Bytes media = outgoing_payload(packet, slot.subspan(header.bytes));
  Sent sent{header.bytes + media.size(), media.size()};
  const SentHistory::Stamp stamp = stamp_header(now, header, egress, slot, sent.bytes);
  *payload = media;
  stream.handle_sent(now, packet, out_seq, fields.timestamp, marker, sent.bytes, media.size());
  if (stream.sent().keeps_stamps()) stream.sent().set_stamp(fields.sequence, stamp);
  if (header.transport_cc_at != 0) sent.wide_seq = stamp.wide_seq;
  if (traces_.wants_packets()) trace_packet(now, fields, packet, sent, false);
  return header.bytes;
}

// What the packet leaves as: redundant audio (RFC 2198) as the codec in it, if the consumer lacks
// the former. kNoPayloadType: as nothing, it is not of the consumer's codecs.
uint8_t Consumer::outgoing_type(const ReceivedPacket& packet) const {
  if (packet.payload_type >= payload_types_.size()) return kNoPayloadType;
  if (payload_types_[packet.payload_type]) return packet.payload_type;
  const bool is_red = packet.payload_type == producer_.red_type();
  return is_red && options_.kind == MediaKind::audio ? streams_[0].params().payload_type
                                                     : kNoPayloadType;
}

// The payload as received, but for redundant audio: a consumer that lacks it gets the primary
// block, and the blocks of another name the payload type that it knows, written into `room`.
Bytes Consumer::outgoing_payload(const ReceivedPacket& packet, MutableBytes room) const {
  const Bytes media = packet.view.payload();
  if (packet.payload_type != producer_.red_type()) return media;
  const auto red = rtp::parse_red(media);
  if (!red) return media;  // Padding alone: the producer refused anything else.
  if (!payload_types_[packet.payload_type]) return media.subspan(red->primary_at);
  const uint8_t block_type = streams_[0].params().payload_type;
  if (red->block_type == block_type) return media;
  std::copy(media.begin(), media.end(), room.begin());
  rtp::retype_red(room.first(media.size()), block_type);
  return room.first(media.size());
}

// A packet id made here is the extended number's lower half: unique for long, and the same again
// when the packet is sent again.
rtp::WrittenHeader Consumer::write_header(const rtp::HeaderFields& fields,
                                          const ReceivedPacket& packet, MutableBytes slot) const {
  if (packet_id_extension_ == 0 || packet.view.has(rtp::ExtensionKind::packet_id)) {
    return plan_.write(slot, fields, packet.view);
  }
  std::array<uint8_t, rtp::kPacketIdBytes> value;
  rtp::write_packet_id(value, static_cast<uint32_t>(packet.seq));
  const rtp::ExtensionItem item{packet_id_extension_, value};
  return plan_.write(slot, fields, packet.view, {&item, 1});
}

SentHistory::Stamp Consumer::stamp_header(Instant now, const rtp::WrittenHeader& header,
                                          Egress& egress, MutableBytes slot, size_t bytes) {
  SentHistory::Stamp stamp;
  if (header.abs_send_time_at != 0) {
    stamp.abs_send_time = egress.abs_send_time;
    store_u24(slot, header.abs_send_time_at, stamp.abs_send_time);
  }
  if (header.transport_cc_at != 0) {
    stamp.wide_seq = egress.transport_cc.next(now, static_cast<uint32_t>(bytes));
    store_u16(slot, header.transport_cc_at, stamp.wide_seq);
  }
  return stamp;
}

// The first packet out, or the first after a pause or a restart of the source. Timestamps stay
// those of the source as long as it is the same run of it; after a restart they go on with the time
// that has passed.
void Consumer::sync(Instant now, SendStream& stream, const ReceivedPacket& packet) {
  uint64_t gap = 0;
  if (stream.has_sent() && packet.epoch != epoch_) {
    timestamp_offset_ = stream.offset_after_restart(now, packet.view.timestamp());
    // A hole tells a video receiver that the frame before may be incomplete.
    gap = starts_at_key_frame_ ? 1 : 0;
  }
  stream.sequence().sync(packet.seq, gap);
  stream.sent().begin_segment({packet.seq, timestamp_offset_, packet.encoding});
  epoch_ = packet.epoch;
  needs_sync_ = false;
  waits_for_key_frame_ = false;
  if (packet.facts.is_key_frame) queue_awaited(packet);
}

// While waiting: the newest packets that were not sent, for the key frame's first packet may have
// been overtaken by them. And a reminder: the requests, or the key frame whole, may have got lost.
void Consumer::note_awaited(Instant now, const ReceivedPacket& packet) {
  if (now >= ask_again_at_) request_key_frame(now);
  if (refusal(packet)) return;
  if (awaited_size_ == kAwaitedMax) {
    std::copy(awaited_.begin() + 1, awaited_.end(), awaited_.begin());
    --awaited_size_;
  }
  awaited_[awaited_size_++] = packet.seq;
}

void Consumer::queue_awaited(const ReceivedPacket& key_frame) {
  const auto end = std::remove_if(awaited_.begin(), awaited_.begin() + awaited_size_,
                                  [&](uint64_t seq) { return seq < key_frame.seq; });
  awaited_size_ = static_cast<uint8_t>(end - awaited_.begin());
  std::sort(awaited_.begin(), end);
  awaited_at_ = 0;
  awaited_ready_ = awaited_size_ != 0;
  awaited_encoding_ = key_frame.encoding;
  update_has_resends();
}

void Consumer::update_has_resends() {
  has_resends_ = awaited_ready_ || std::any_of(streams_.begin(), streams_.end(),
                                               [](auto& stream) { return stream.has_resends(); });
}

size_t Consumer::next_resend(Instant now, Egress& egress, MutableBytes slot, Bytes* payload) {
  if (!has_resends_) return 0;
  size_t bytes = active_ ? next_awaited(now, egress, slot, payload) : 0;
  for (auto& stream : streams_) {
    while (bytes == 0 && active_) {
      const auto resend = stream.next_resend(now, egress);
      if (!resend) break;
      bytes = write_resend(now, stream, *resend, egress, slot, payload);
    }
  }
  update_has_resends();
  return bytes;
}

size_t Consumer::next_awaited(Instant now, Egress& egress, MutableBytes slot, Bytes* payload) {
  while (awaited_ready_) {
    const uint64_t seq = awaited_[awaited_at_++];
    if (awaited_at_ == awaited_size_) {
      awaited_ready_ = false;
      awaited_size_ = 0;
    }
    ReceivedPacket packet;
    SendStream& stream = streams_[0];
    const auto out_seq = stream.sequence().map(seq);
    if (!out_seq || !producer_.fetch(awaited_encoding_, seq, packet)) continue;
    const size_t bytes =
        write_as(now, stream, packet, *out_seq, packet.view.marker(), egress, slot, payload);
    if (bytes != 0) return bytes;
  }
  return 0;
}

size_t Consumer::write_resend(Instant now, SendStream& stream, const SendStream::Resend& resend,
                              Egress& egress, MutableBytes slot, Bytes* payload) {
  const auto& segment = stream.sent().segment_of(*resend.entry);
  ReceivedPacket packet;
  if (!producer_.fetch(segment.encoding, stream.sent().extended_in(*resend.entry), packet)) {
    return drop(drops_.resend_gone);
  }
  if (slot.size() < packet.view.payload().size() + kSlotBytesMin) return drop(drops_.no_room);
  const auto& params = stream.params();
  rtp::HeaderFields fields;
  fields.timestamp = packet.view.timestamp() - segment.timestamp_offset;
  fields.marker = resend.entry->marker();
  fields.csrcs = packet.view.csrcs();
  fields.ssrc = stream.has_rtx() ? params.rtx_ssrc : params.ssrc;
  fields.payload_type = stream.has_rtx() ? params.rtx_payload_type : outgoing_type(packet);
  fields.sequence = stream.has_rtx() ? stream.next_rtx_seq() : resend.out_seq;
  const auto header = write_header(fields, packet, slot);
  if (!header) return drop(drops_.no_room);

  const size_t media_at = header.bytes + (stream.has_rtx() ? rtp::kRtxOsnBytes : 0);
  const Bytes media = outgoing_payload(packet, slot.subspan(media_at));
  size_t payload_bytes = media.size();
  SentHistory::Stamp stamp;
  if (stream.has_rtx()) {
    payload_bytes = rtp::pack_rtx(slot.subspan(header.bytes), resend.out_seq, media);
    stamp = stamp_header(now, header, egress, slot, header.bytes + payload_bytes);
    *payload = Bytes(slot).subspan(header.bytes, payload_bytes);
  } else {
    // The same packet again, to the last bit: see SentHistory::Stamp.
    stamp = stream.sent().stamp_of(resend.out_seq);
    if (header.abs_send_time_at) store_u24(slot, header.abs_send_time_at, stamp.abs_send_time);
    if (header.transport_cc_at) store_u16(slot, header.transport_cc_at, stamp.wide_seq);
    *payload = media;
  }
  stream.handle_resent(now, resend, header.bytes + payload_bytes, egress);
  if (traces_.wants_packets()) {
    Sent sent{header.bytes + payload_bytes, media.size()};
    if (header.transport_cc_at != 0) sent.wide_seq = stamp.wide_seq;
    trace_packet(now, fields, packet, sent, stream.has_rtx());
  }
  return header.bytes;
}

void Consumer::trace_passed(Instant now, const SendStream& stream, const ReceivedPacket& packet) {
  rtp::HeaderFields fields;
  fields.ssrc = stream.params().ssrc;
  fields.timestamp = packet.view.timestamp();
  fields.sequence = packet.view.sequence();
  fields.payload_type = packet.payload_type;
  fields.marker = packet.view.marker();
  trace_packet(now, fields, packet, {packet.view.packet().size(), packet.view.payload().size()},
               false);
}

void Consumer::trace_packet(Instant now, const rtp::HeaderFields& fields,
                            const ReceivedPacket& packet, const Sent& sent, bool is_rtx) {
  Trace trace;
  trace.at = now;
  trace.is_outgoing = true;
  trace.is_rtx = is_rtx;
  trace.is_key_frame = packet.facts.is_key_frame;
  trace.marker = fields.marker;
  trace.payload_type = fields.payload_type;
  trace.spatial = packet.facts.spatial;
  trace.temporal = packet.facts.temporal;
  trace.sequence = fields.sequence;
  trace.timestamp = fields.timestamp;
  trace.ssrc = fields.ssrc;
  trace.size = static_cast<uint32_t>(sent.bytes);
  trace.payload_size = static_cast<uint32_t>(sent.payload_bytes);
  trace.wide_sequence = sent.wide_seq;
  if (sends_mid_) trace.mid = options_.rtp_parameters.mid;
  traces_.add_packet(trace);
}

}  // namespace sluice::media
