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
namespace {

// Either may be 0: then there is no such extension.
struct ItemIds {
  uint8_t packet_id = 0;
  uint8_t descriptor = 0;
};

// With header extensions that are not mere copies. Not inlined, so that the usual case stays small.
[[gnu::noinline]] rtp::WrittenHeader write_with_items(const rtp::HeaderPlan& plan, ItemIds ids,
                                                      MutableBytes slot,
                                                      const rtp::HeaderFields& fields,
                                                      const ReceivedPacket& packet,
                                                      const Patch& patch) {
  using rtp::ExtensionKind;
  std::array<rtp::ExtensionItem, 2> items;
  size_t size = 0;
  // A packet id made here is the extended number's lower half: it stays unique for a long time, and
  // a resend has the same one.
  std::array<uint8_t, rtp::kPacketIdBytes> packet_id;
  if (ids.packet_id != 0 && !packet.view.has(ExtensionKind::packet_id)) {
    rtp::write_packet_id(packet_id, static_cast<uint32_t>(packet.seq));
    items[size++] = {ids.packet_id, packet_id};
  }
  std::array<uint8_t, 255> room;  // RFC 8285, 4.3: the longest value.
  if (ids.descriptor != 0 && packet.view.has(ExtensionKind::dependency_descriptor)) {
    const Bytes value = packet.view.extension(ExtensionKind::dependency_descriptor);
    const bool is_patched = patch.target == Patch::Target::descriptor;
    items[size++] = {ids.descriptor, is_patched ? apply(patch, value, room) : value};
  }
  return plan.write(slot, fields, packet.view, {items.data(), size});
}

}  // namespace

size_t Consumer::write(Instant now, const ReceivedPacket& packet, Egress& egress, MutableBytes slot,
                       Bytes* payload) {
  using Action = Selection::Action;
  if (!active_) return drop(drops_.inactive);
  uint64_t* const refused = refusal(packet);
  const Selection selection = selector_ ? selector_->select(now, packet, refused != nullptr)
                                        : single_.select(now, packet, refused, streams_[0]);
  if (selection.action != Action::forward) [[unlikely]] {
    if (selection.action == Action::wait) return wait(now, packet, refused);
    uint64_t& reason = refused ? *refused : drops_.layer;
    if (selection.action == Action::ignore) return drop(reason);
    return leave_out(now, streams_[selection.stream], packet, reason, egress, slot, payload);
  }
  if (selection.begins) begin(selection, packet);
  const auto out_seq = streams_[selection.stream].sequence().map(packet.seq);
  if (!out_seq) return drop(drops_.too_old);
  return write_as(now, selection, packet, *out_seq, egress, slot, payload);
}

// The one place where an output begins: the first packet out, or the first one after a pause, a
// restart of the source or a switch to another encoding.
void Consumer::begin(const Selection& selection, const ReceivedPacket& packet) {
  streams_[selection.stream].begin(packet, selection.segment.timestamp_offset,
                                   selection.segment.seq_gap);
  if (!packet.facts.is_key_frame) return;
  awaited_.release(packet, selection.stream);
  update_has_resends();
}

// Keeps the packet for the case that it belongs to the awaited key frame, whose first packet it may
// have overtaken. Asks again from time to time: the request or the whole key frame may be lost.
size_t Consumer::wait(Instant now, const ReceivedPacket& packet, bool is_refused) {
  if (now >= ask_again_at_) request_key_frame(now);
  if (!is_refused) awaited_.note(packet);
  return drop(drops_.no_key_frame);
}

// The counter of why this consumer never gets this packet; nullptr when it may get it.
uint64_t* Consumer::refusal(const ReceivedPacket& packet) {
  if (outgoing_type(packet) == kNoPayloadType) return &drops_.payload_type;
  if (packet.is_padding_only()) return &drops_.padding;
  if (options_.ignore_dtx && packet.facts.is_dtx) return &drops_.dtx;
  return nullptr;
}

// Leaves no hole, because the receiver would ask for a packet that it never gets: the numbers close
// up. If a later packet has already gone out, the number is spent: an empty packet goes out under
// it, as a sender's padding does.
size_t Consumer::leave_out(Instant now, SendStream& stream, const ReceivedPacket& packet,
                           uint64_t& reason, Egress& egress, MutableBytes slot, Bytes* payload) {
  ++reason;
  const auto out_seq = stream.sequence().leave_out(packet.seq);
  if (!out_seq || slot.size() < kSlotBytesMin) return 0;
  rtp::HeaderFields fields;
  fields.ssrc = stream.params().ssrc;
  fields.timestamp = packet.view.timestamp() - stream.timestamp_offset();
  fields.sequence = static_cast<uint16_t>(*out_seq);
  fields.payload_type = stream.params().payload_type;
  const auto header = write_header(fields, packet, {}, slot);
  if (!header) return drop(drops_.no_room);
  stamp_header(now, header, egress, slot, header.bytes);
  *payload = Bytes(slot).subspan(header.bytes, 0);
  return header.bytes;
}

uint32_t Consumer::pass(Instant now, const ReceivedPacket& packet) {
  if (!active_) return static_cast<uint32_t>(drop(drops_.inactive));
  if (packet.encoding >= streams_.size()) return static_cast<uint32_t>(drop(drops_.layer));
  SendStream& stream = streams_[packet.encoding];
  // The producer at the other end refuses it too, and has to see its number for that.
  if (outgoing_type(packet) == kNoPayloadType) {
    ++drops_.payload_type;
    return stream.params().ssrc;
  }
  stream.handle_sent(now, packet, packet.seq, packet.view.timestamp(), packet.view.marker(),
                     packet.view.packet().size(), packet.view.payload().size());
  if (traces_.wants_packets()) trace_passed(now, stream, packet);
  return stream.params().ssrc;
}

size_t Consumer::write_as(Instant now, const Selection& selection, const ReceivedPacket& packet,
                          uint64_t out_seq, Egress& egress, MutableBytes slot, Bytes* payload) {
  if (slot.size() < packet.view.payload().size() + kSlotBytesMin) return drop(drops_.no_room);
  SendStream& stream = streams_[selection.stream];
  rtp::HeaderFields fields;
  fields.ssrc = stream.params().ssrc;
  fields.timestamp = packet.view.timestamp() - stream.timestamp_offset();
  fields.sequence = static_cast<uint16_t>(out_seq);
  fields.payload_type = outgoing_type(packet);
  fields.marker = selection.marker;
  fields.csrcs = packet.view.csrcs();
  const Patch patch = rewriter_ ? rewriter_->rewrite(packet, selection) : Patch{};
  const auto header = write_header(fields, packet, patch, slot);
  if (!header) return drop(drops_.no_room);

  const Bytes media = outgoing_payload(packet, patch, slot.subspan(header.bytes));
  Sent sent{header.bytes + media.size(), media.size()};
  const SentHistory::Stamp stamp = stamp_header(now, header, egress, slot, sent.bytes);
  *payload = media;
  stream.handle_sent(now, packet, out_seq, fields.timestamp, fields.marker, sent.bytes,
                     media.size());
  if (stream.sent().keeps_stamps()) stream.sent().set_stamp(fields.sequence, stamp);
  if (rewriter_) stream.sent().set_patch(fields.sequence, patch);
  if (header.transport_cc_at != 0) sent.wide_seq = stamp.wide_seq;
  if (traces_.wants_packets()) trace_packet(now, fields, packet, sent, false);
  return header.bytes;
}

// The outgoing payload type. Redundant audio (RFC 2198) becomes the plain codec if the consumer
// lacks RED; kNoPayloadType if it has neither.
uint8_t Consumer::outgoing_type(const ReceivedPacket& packet) const {
  if (packet.payload_type >= payload_types_.size()) return kNoPayloadType;
  if (payload_types_[packet.payload_type]) return packet.payload_type;
  const bool is_red = packet.payload_type == producer_.red_type();
  return is_red && options_.kind == MediaKind::audio ? streams_[0].params().payload_type
                                                     : kNoPayloadType;
}

// The payload as received, except for redundant audio and patches. A consumer that lacks RED gets
// the primary block; one that has it gets the blocks under its own payload type. What changes is
// written into `room`.
Bytes Consumer::outgoing_payload(const ReceivedPacket& packet, const Patch& patch,
                                 MutableBytes room) const {
  const Bytes media = packet.view.payload();
  if (patch.target == Patch::Target::payload) return apply(patch, media, room);
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

rtp::WrittenHeader Consumer::write_header(const rtp::HeaderFields& fields,
                                          const ReceivedPacket& packet, const Patch& patch,
                                          MutableBytes slot) const {
  if ((packet_id_extension_ | descriptor_extension_) == 0) [[likely]] {
    return plan_.write(slot, fields, packet.view);
  }
  return write_with_items(plan_, {packet_id_extension_, descriptor_extension_}, slot, fields,
                          packet, patch);
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

void Consumer::update_has_resends() {
  has_resends_ =
      awaited_.has_released() || std::any_of(streams_.begin(), streams_.end(),
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
  while (const auto awaited = awaited_.next()) {
    ReceivedPacket packet;
    const auto out_seq = streams_[awaited->stream].sequence().map(awaited->seq);
    if (!out_seq || !producer_.fetch(awaited->encoding, awaited->seq, packet)) continue;
    Selection selection;
    selection.action = Selection::Action::forward;
    selection.stream = awaited->stream;
    selection.marker = packet.view.marker();
    const size_t bytes = write_as(now, selection, packet, *out_seq, egress, slot, payload);
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
  const Patch patch = rewriter_ ? stream.sent().patch_of(resend.out_seq) : Patch{};
  const auto header = write_header(fields, packet, patch, slot);
  if (!header) return drop(drops_.no_room);

  const size_t media_at = header.bytes + (stream.has_rtx() ? rtp::kRtxOsnBytes : 0);
  const Bytes media = outgoing_payload(packet, patch, slot.subspan(media_at));
  size_t payload_bytes = media.size();
  SentHistory::Stamp stamp;
  if (stream.has_rtx()) {
    payload_bytes = rtp::pack_rtx(slot.subspan(header.bytes), resend.out_seq, media);
    stamp = stamp_header(now, header, egress, slot, header.bytes + payload_bytes);
    *payload = Bytes(slot).subspan(header.bytes, payload_bytes);
  } else {
    // The same packet again, bit by bit: see SentHistory::Stamp.
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
