#include "worker/path/packet_path.h"

#include <algorithm>

#include "rtp/packet_class.h"
#include "rtp/rtp_view.h"
#include "sluice.h"
#include "worker/objects/consumer.h"
#include "worker/objects/data_producer.h"
#include "worker/objects/pipe_transport.h"
#include "worker/objects/producer.h"
#include "worker/objects/web_rtc_transport.h"
#include "worker/path/drop_reason.h"

namespace sluice::worker {

// ---- From a socket to its transport -------------------------------------------------------------

void PacketPath::receive(Instant now, uint32_t handle, const Socket& socket,
                         net::ReceivedDatagram& datagram) {
  core_.counters.add(Counter::datagrams_received);
  const Path path{handle, Protocol::udp, datagram.source};
  if (socket.opener->kind() == ObjectKind::transport) {
    auto& transport = static_cast<Transport&>(*socket.opener);
    if (transport.type() != TransportType::webrtc) {
      return receive_plain(now, static_cast<PlainTransport&>(transport), socket, path,
                           std::move(datagram.packet));
    }
  }
  receive_webrtc(now, socket, path, std::move(datagram.packet));
}

void PacketPath::receive_frame(Instant now, uint32_t handle, const Socket& socket,
                               PacketRef packet) {
  core_.counters.add(Counter::datagrams_received);
  const Path path{handle, Protocol::tcp, socket.connection->remote()};
  receive_webrtc(now, socket, path, std::move(packet));
}

void PacketPath::receive_webrtc(Instant now, const Socket& socket, const Path& path,
                                PacketRef packet, bool is_released) {
  const rtp::PacketClass kind = rtp::classify(packet->bytes());
  if (kind == rtp::PacketClass::other) return drop(Counter::drop_unknown_class);
  if (kind == rtp::PacketClass::stun) {
    return on_stun(now, socket, path, packet->bytes(), is_released);
  }

  // Everything else must come from a path that ICE has validated, here or on another worker.
  WebRtcTransport* transport = core_.demux.find(path);
  if (socket.shared && !(transport && transport->is_connected())) {
    // A transport of another worker may have taken the path, and the message that says so may still
    // be on its way.
    if (hand_over_foreign(socket, path, packet->bytes())) return;
  }
  if (!transport) return drop(Counter::drop_unknown_path);
  transport->prefetch_receiving();
  if (kind == rtp::PacketClass::dtls) return transport->handle_dtls(now, packet->bytes(), path);

  const bool is_rtcp = kind == rtp::PacketClass::rtcp;
  if (is_rtcp) transport->prefetch_feedback();
  const size_t wire_bytes = packet->size;
  if (!unprotect(*transport, *packet.get(), is_rtcp)) return;
  transport->note_received(now, wire_bytes);
  transport->handle_authentic(now, path);
  if (is_rtcp) return transport->handle_rtcp(now, packet->bytes());
  on_rtp(now, *transport, packet);
}

// ---- STUN: the only thing that strangers may say ------------------------------------------------

void PacketPath::on_stun(Instant now, const Socket& socket, const Path& path, Bytes datagram,
                         bool is_released) {
  const auto message = ice::StunMessage::parse(datagram);
  if (!message) return drop(Counter::drop_stun_malformed);

  // The username fragment names the transport. The path may belong to another one until now.
  WebRtcTransport* const holder = core_.demux.find(path);
  if (socket.shared && !is_released &&
      hand_over_stun(now, socket, path, datagram, message->local_ufrag(), holder)) {
    return;
  }
  WebRtcTransport* const named = core_.demux.find(message->local_ufrag());
  WebRtcTransport* const transport = named ? named : holder;
  if (!transport || transport->socket_opener() != socket.opener) {
    return drop(Counter::drop_stun_unknown_user);
  }
  // A peer with valid credentials can forge any source address on a check; that must not take over
  // another peer's session.
  if (holder && holder != transport && holder->holds(now, path)) {
    return drop(Counter::drop_stun_path_held);
  }
  transport->handle_stun(now, *message, path);
}

// ---- Plain transports: one peer, known or learned -----------------------------------------------

void PacketPath::receive_plain(Instant now, PlainTransport& transport, const Socket& socket,
                               const Path& path, PacketRef packet) {
  const rtp::PacketClass kind = rtp::classify(packet->bytes());
  const bool is_rtcp = kind == rtp::PacketClass::rtcp;
  if (!is_rtcp && kind != rtp::PacketClass::rtp) return drop(Counter::drop_unknown_class);
  if (!transport.accepts(path, is_rtcp, socket.is_rtcp)) return drop(Counter::drop_wrong_peer);
  const size_t wire_bytes = packet->size;
  if (!unprotect(transport, *packet.get(), is_rtcp)) return;
  // With comedia the first packet that proves to be what it seems fixes the peer's address.
  if (!transport.learn(path, is_rtcp, socket.is_rtcp, packet->bytes())) {
    return drop(Counter::drop_rtp_malformed);
  }
  transport.note_received(now, wire_bytes);
  if (is_rtcp) return transport.handle_rtcp(now, packet->bytes());
  on_rtp(now, transport, packet);
}

// ---- Pipes to other workers: packets that were opened and parsed there --------------------------

void PacketPath::receive_links(Instant now) {
  core_.links.receive([&](PipeTransport& transport, LinkEnd::Received& received) {
    if (received.item.kind == LinkItem::Kind::rtcp) {
      return transport.handle_rtcp(now, received.slot->bytes());
    }
    transport.note_received(now, received.slot->size);
    transport.note_rtp_received(now, received.slot->size, false);
    media::Producer* found = transport.find_producer(received.item.ssrc);
    if (!found) return drop(Counter::drop_unknown_ssrc);
    if (transport.output().link()->has_borrowed_too_many()) transport.packets().release_oldest();
    received.item.packet.slot = std::move(received.slot);
    const auto result =
        found->receive_linked(now, received.item.ssrc, received.item.packet,
                              received.item.extension_ids, std::move(received.item.structure));
    object_of(*found).mark_dirty();
    if (media::is_taken(result)) return core_.counters.add(Counter::packets_received);
    drop(result == media::ReceiveResult::paused ? Counter::drop_producer_paused
                                                : Counter::drop_producer_refused);
  });
}

// ---- From the application: in the clear, as if it had come by a socket --------------------------

bool PacketPath::receive_direct(Instant now) {
  DirectChannel& channel = core_.events.ring().direct();
  if (!channel.is_open() || !channel.reader().has_records()) return false;
  DirectReader& reader = channel.reader();
  for (int i = 0; i < kDirectRecordsPerTurn; ++i) {
    const auto record = reader.next();
    if (!record) break;
    on_direct(now, *record);
  }
  reader.release();
  return true;
}

void PacketPath::on_direct(Instant now, const DirectReader::Record& record) {
  core_.counters.add(Counter::direct_records);
  if (record.type == SLUICE_DIRECT_RTCP) {
    auto* transport = core_.objects.find<Transport>(record.target);
    if (!transport) return drop(Counter::drop_direct_unknown);
    transport->note_received(now, record.payload.size());
    const Bytes compound = core_.events.ring().direct().reader().copy(record.payload);
    if (compound.empty()) return drop(Counter::drop_rtcp_malformed);
    return transport->handle_rtcp(now, compound);
  }
  if (record.type == SLUICE_DIRECT_MESSAGE || record.type == SLUICE_DIRECT_MESSAGE_TO) {
    return receive_message(core_, now, record);
  }
  auto* producer = core_.objects.find<Producer>(record.target);
  if (record.type != SLUICE_DIRECT_RTP || !producer) return drop(Counter::drop_direct_unknown);
  if (record.payload.size() > PacketSlot::kCapacity) return drop(Counter::drop_rtp_malformed);
  const PacketRef packet = core_.pool.take();
  if (!packet) return drop(Counter::drop_pool_exhausted);
  std::copy(record.payload.begin(), record.payload.end(), packet->data);
  packet->size = static_cast<uint16_t>(record.payload.size());
  Transport& transport = producer->transport();
  transport.note_received(now, packet->size);
  on_rtp(now, transport, packet);
}

// ---- Opening ------------------------------------------------------------------------------------

bool PacketPath::unprotect(Transport& transport, PacketHead& slot, bool is_rtcp) {
  const auto reason = transport.unprotect(slot, is_rtcp);
  if (!reason) [[likely]]
    return true;
  if (!is_rtcp && *reason != Counter::drop_no_keys) {
    log_drop("srtp", "a packet could not be opened", slot.bytes());
  }
  drop(*reason);
  return false;
}

// ---- To the producer ----------------------------------------------------------------------------

void PacketPath::on_rtp(Instant now, Transport& transport, const PacketRef& packet) {
  auto view = transport.parse(packet->bytes());
  if (!view) return drop(Counter::drop_rtp_malformed);
  media::Producer* found = transport.find_producer(*view);
  if (!found) {
    // Feedback reports every packet that arrived, or the sender would take the others for lost.
    transport.note_arrival(now, *view);
    log_drop("rtp", "no producer takes a packet", packet->bytes());
    return drop(Counter::drop_unknown_ssrc);
  }
  Producer& producer = object_of(*found);
  if (producer.reparses()) {
    view = rtp::RtpView::parse(packet->bytes(), found->extension_ids());
    if (!view) return drop(Counter::drop_rtp_malformed);
  }
  transport.note_arrival(now, *view);
  // Leave out extensions that only other producers of the transport negotiated. A resend parses
  // the packet again with this producer's ids and must find the same ones as the first sending.
  view->keep_only(found->extension_ids());
  if (view->has(rtp::ExtensionKind::abs_capture_time)) {
    found->adjust_capture_time(*packet.get(), *view);
  }

  const media::ReceiveResult result = found->receive(now, packet, *view);
  const bool taken = media::is_taken(result);
  const bool is_rtx =
      result == media::ReceiveResult::rtx_padding || (taken && found->batch().back().came_by_rtx);
  transport.note_rtp_received(now, packet->size, is_rtx);

  producer.mark_dirty();
  if (taken) return core_.counters.add(Counter::packets_received);
  drop(reason_of(result));
}

// ---- To the consumers: one after the other, each with all packets of the turn -------------------

namespace {

// The room that a packet may need: what a consumer adds to the received one, and the SRTP tag.
size_t room_for(const media::ReceivedPacket& packet) {
  return packet.view.packet().size() + media::Consumer::kSlotBytesMin + srtp::kMaxRtpOverhead;
}

// While one consumer is served, the memory of the next ones is fetched into the cache. What a
// pointer there leads to is fetched one consumer later, when the pointer has arrived.
void prefetch_ahead(std::span<media::Consumer* const> consumers, size_t at) {
  const size_t left = consumers.size() - at - 1;
  if (left >= 4) consumers[at + 4]->prefetch();
  if (left >= 3) {
    prefetch(&object_of(*consumers[at + 3]), kCacheLineBytes);
    consumers[at + 3]->prefetch_stream();
  }
  if (left >= 2) object_of(*consumers[at + 2]).transport().prefetch_sending();
  if (left >= 1) {
    object_of(*consumers[at + 1]).transport().prefetch_keys();
    consumers[at + 1]->prefetch_history();
  }
}

}  // namespace

void PacketPath::forward(Instant now) {
  for (Producer* producer : core_.dirty_producers) {
    const auto& consumers = producer->media().consumers();
    for (size_t i = 0; i < consumers.size(); ++i) {
      prefetch_ahead(consumers, i);
      serve_consumer(now, *consumers[i]);
      if (consumers[i]->has_traces()) [[unlikely]]
        object_of(*consumers[i]).report_traces();
    }
    producer->end_turn(now);
  }
  core_.dirty_producers.clear();
}

void PacketPath::serve_consumer(Instant now, media::Consumer& consumer) {
  Transport& transport = object_of(consumer).transport();
  Output& output = transport.output();
  if (!output.is_open()) return;
  if (LinkEnd* link = output.link()) return lend(now, consumer, transport, *link);

  media::Egress& egress = transport.egress_at(now);
  size_t packets = 0;
  size_t bytes = 0;
  for (const media::ReceivedPacket& packet : consumer.producer().batch()) {
    const MutableBytes slot = output.reserve(room_for(packet));
    if (slot.empty()) {
      if (consumer.is_active()) output.note_no_room();
      continue;
    }
    Bytes payload;
    const size_t header = consumer.write(now, packet, egress, slot, &payload);
    if (header == 0) continue;
    const size_t size = output.seal(slot, header, payload);
    if (size == 0) {
      drop(Counter::drop_send_failed);
      continue;
    }
    output.commit(consumer.id(), size);
    ++packets;
    bytes += size;
  }
  if (packets != 0) {
    core_.counters.add(Counter::packets_forwarded, packets);
    transport.note_rtp_sent(now, bytes);
  }
  if (consumer.has_resends()) transport.send_resends(now, consumer);
}

// To another worker, whose consumers write packets of their own from it.
void PacketPath::lend(Instant now, media::Consumer& consumer, Transport& transport, LinkEnd& link) {
  const media::Producer& producer = consumer.producer();
  for (const media::ReceivedPacket& packet : producer.batch()) {
    const uint32_t ssrc = consumer.pass(now, packet);
    if (ssrc == 0) continue;
    if (!link.send(packet, ssrc, producer.wire_extension_ids().id_of,
                   producer.attached_structure(packet))) {
      drop(Counter::drop_link_full);
      continue;
    }
    core_.counters.add(Counter::packets_forwarded);
    transport.note_rtp_sent(now, packet.slot->size);
  }
}

}  // namespace sluice::worker
