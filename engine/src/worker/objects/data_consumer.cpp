#include "worker/objects/data_consumer.h"

#include "worker/objects/data_producer.h"
#include "worker/objects/direct_transport.h"

namespace sluice::worker {

DataConsumer::DataConsumer(ObjectId id, DirectTransport& transport, DataProducer& producer,
                           DataConsumerOptions options)
    : Object(kKind, id),
      transport_(transport),
      producer_(&producer),
      producer_id_(producer.id()),
      label_(producer.options().label),
      protocol_(producer.options().protocol),
      options_(std::move(options)) {
  transport.add(*this);
  producer.add(*this);
}

void DataConsumer::close() {
  if (producer_) producer_->remove(*this);
  transport_.remove(*this);
  transport_.core().events.forget(id());
  transport_.core().objects.destroy(id());
}

void DataConsumer::producer_closed() {
  producer_->remove(*this);
  producer_ = nullptr;
  if (waiting_ == 0) end();
}

void DataConsumer::end() {
  Events& events = transport_.core().events;
  const ObjectId own_id = id();
  close();
  events.state(SLUICE_EVENT_DATA_CONSUMER_PRODUCER_CLOSE, own_id);
}

void DataConsumer::send(Instant now, const DataMessage& message) {
  Core& core = transport_.core();
  const size_t size = message.bytes.size();
  if (size > transport_.options().max_send_message_size) {
    return core.counters.add(Counter::drop_direct_oversized);
  }
  DirectChannel& channel = core.events.ring().direct();
  switch (channel.send_message(id(), message.ppid, message.bytes)) {
    case DirectChannel::Sent::written:
      break;
    case DirectChannel::Sent::kept:
      ++waiting_;
      buffered_ += size;
      break;
    case DirectChannel::Sent::dropped:
      return transport_.note_message_dropped();
  }
  ++messages_;
  bytes_ += size;
  core.counters.add(Counter::messages_forwarded);
  transport_.note_other_sent(now, size);
}

void DataConsumer::note_delivered(size_t bytes) {
  const bool was_above = buffered_ > low_threshold_;
  --waiting_;
  buffered_ -= bytes;
  if (was_above && buffered_ <= low_threshold_) {
    transport_.core().events.state(
        SLUICE_EVENT_DATA_CONSUMER_BUFFERED_AMOUNT_LOW, id(),
        [&](JsonWriter& out) { out.field("bufferedAmount", static_cast<uint64_t>(buffered_)); });
  }
  if (waiting_ == 0 && !producer_) end();
}

void DataConsumer::write_subchannels(JsonWriter& out) const {
  out.begin_array("subchannels");
  for (const uint16_t subchannel : options_.subchannels) out.value(uint32_t{subchannel});
  out.end_array();
}

void DataConsumer::write_dump(JsonWriter& out) const {
  out.begin_object();
  out.field("id", id());
  out.field("dataProducerId", producer_id_);
  out.field("paused", options_.paused);
  out.field("dataProducerPaused", producer_ != nullptr && producer_->options().paused);
  write_subchannels(out);
  out.field("type", "direct");
  out.field("label", label_);
  out.field("protocol", protocol_);
  out.field("bufferedAmount", static_cast<uint64_t>(buffered_));
  out.field("bufferedAmountLowThreshold", low_threshold_);
  out.end_object();
}

void DataConsumer::write_stats(JsonWriter& out) const {
  out.begin_array();
  out.begin_object();
  out.field("type", "data-consumer");
  out.field("timestamp", transport_.core().wall_ms());
  out.field("label", label_);
  out.field("protocol", protocol_);
  out.field("messagesSent", messages_);
  out.field("bytesSent", bytes_);
  out.field("bufferedAmount", static_cast<uint64_t>(buffered_));
  out.end_object();
  out.end_array();
}

}  // namespace sluice::worker
