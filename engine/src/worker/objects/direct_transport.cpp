#include "worker/objects/direct_transport.h"

namespace sluice::worker {

DirectTransport::DirectTransport(ObjectId id, Core& core, Router& router, DirectOptions options)
    : Transport(id, TransportType::direct, core, router), options_(options) {}

Status DirectTransport::open() {
  DirectChannel& channel = core().events.ring().direct();
  if (auto opened = channel.open(core().options.direct_ring_bytes); !opened) return opened;
  output().set_host(channel.writer());
  set_connected(true);
  return ok();
}

void DirectTransport::release() {
  set_connected(false);
  output().clear();
}

void DirectTransport::note_message_dropped() {
  ++messages_dropped_;
  core().counters.add(Counter::drop_direct_message_full);
}

Status DirectTransport::connect(const Fields&, JsonWriter&) {
  return ok();  // There is no other end.
}

void DirectTransport::write_created(JsonWriter& out) const {
  out.field("id", id());
}

void DirectTransport::write_dump(JsonWriter& out) const {
  out.begin_object();
  write_base_dump(out);
  out.field("maxSendMessageSize", options_.max_send_message_size);
  out.field("maxReceiveMessageSize", options_.max_receive_message_size);
  out.end_object();
}

void DirectTransport::write_stats(JsonWriter& out) {
  out.begin_object();
  write_base_stats(out, "direct-transport");
  out.field("packetsDropped", output().packets_dropped());
  out.field("messagesDropped", messages_dropped_);
  out.end_object();
}

}  // namespace sluice::worker
