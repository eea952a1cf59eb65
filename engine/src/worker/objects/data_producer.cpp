#include "worker/objects/data_producer.h"

#include "worker/objects/data_consumer.h"
#include "worker/objects/direct_transport.h"

namespace sluice::worker {

DataProducer::DataProducer(ObjectId id, DirectTransport& transport, DataProducerOptions options)
    : Object(kKind, id), transport_(transport), options_(std::move(options)) {
  transport.add(*this);
}

void DataProducer::add(DataConsumer& consumer) {
  consumers_.add(consumer);
}

void DataProducer::remove(DataConsumer& consumer) {
  consumers_.remove(consumer);
}

void DataProducer::close() {
  while (!consumers_.empty()) consumers_.back()->producer_closed();
  transport_.remove(*this);
  transport_.core().objects.destroy(id());
}

void DataProducer::set_paused(bool paused) {
  if (options_.paused == paused) return;
  options_.paused = paused;
  const auto event = paused ? SLUICE_EVENT_DATA_CONSUMER_PRODUCER_PAUSE
                            : SLUICE_EVENT_DATA_CONSUMER_PRODUCER_RESUME;
  for (DataConsumer* consumer : consumers_) transport_.core().events.state(event, consumer->id());
}

void DataProducer::receive(Instant now, const DataMessage& message) {
  Core& core = transport_.core();
  transport_.note_received(now, message.bytes.size());
  if (message.bytes.size() > transport_.options().max_receive_message_size) {
    return core.counters.add(Counter::drop_direct_oversized);
  }
  ++messages_;
  bytes_ += message.bytes.size();
  if (options_.paused) return core.counters.add(Counter::drop_direct_paused);
  core.counters.add(Counter::messages_received);
  for (DataConsumer* consumer : consumers_) {
    if (consumer->is_paused()) {
      core.counters.add(Counter::drop_direct_paused);
    } else if (consumer->wants(message)) {
      consumer->send(now, message);
    }
  }
}

void receive_message(Core& core, Instant now, const DirectReader::Record& record) {
  auto* producer = core.objects.find<DataProducer>(record.target);
  if (!producer) return core.counters.add(Counter::drop_direct_unknown);
  if (record.type == SLUICE_DIRECT_MESSAGE) {
    return producer->receive(now, {.ppid = record.extra, .bytes = record.payload});
  }
  const Bytes address = core.events.ring().direct().reader().copy(
      record.payload.first(DataMessage::address_bytes(record.payload)));
  const auto message = DataMessage::parse_addressed(record.extra, address, record.payload);
  if (!message) return core.counters.add(Counter::drop_direct_unknown);
  producer->receive(now, *message);
}

void DataProducer::write_dump(JsonWriter& out) const {
  out.begin_object();
  out.field("id", id());
  out.field("paused", options_.paused);
  out.field("type", "direct");
  out.field("label", options_.label);
  out.field("protocol", options_.protocol);
  out.end_object();
}

void DataProducer::write_stats(JsonWriter& out) const {
  out.begin_array();
  out.begin_object();
  out.field("type", "data-producer");
  out.field("timestamp", transport_.core().wall_ms());
  out.field("label", options_.label);
  out.field("protocol", options_.protocol);
  out.field("messagesReceived", messages_);
  out.field("bytesReceived", bytes_);
  out.end_object();
  out.end_array();
}

}  // namespace sluice::worker
