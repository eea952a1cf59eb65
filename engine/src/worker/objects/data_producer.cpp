#include "worker/objects/data_producer.h"

#include <algorithm>

#include "worker/objects/direct_transport.h"

namespace sluice::worker {
namespace {

// The head of a SLUICE_DIRECT_MESSAGE_TO record: count, flags, required, ignored.
constexpr size_t kAddressBytes = 8;
constexpr uint16_t kHasRequired = 1, kHasIgnored = 2;

uint16_t load_le16(Bytes bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] | bytes[at + 1] << 8);
}

template <typename T>
void erase_from(std::vector<T*>& list, T* item) {
  const auto found = std::find(list.begin(), list.end(), item);
  if (found == list.end()) return;
  *found = list.back();
  list.pop_back();
}

}  // namespace

std::optional<DataMessage> DataMessage::parse_addressed(uint32_t ppid, Bytes payload) {
  if (payload.size() < kAddressBytes) return std::nullopt;
  const size_t count = load_le16(payload, 0);
  const uint16_t flags = load_le16(payload, 2);
  const size_t head = (kAddressBytes + 2 * count + 3) & ~size_t{3};
  if (payload.size() < head) return std::nullopt;
  DataMessage message;
  message.ppid = ppid;
  message.bytes = payload.subspan(head);
  message.subchannels = payload.subspan(kAddressBytes, 2 * count);
  if (flags & kHasRequired) message.required_subchannel = load_le16(payload, 4);
  if (flags & kHasIgnored) message.ignored_subchannel = load_le16(payload, 6);
  return message;
}

// ---- Producer -----------------------------------------------------------------------------------

DataProducer::DataProducer(ObjectId id, DirectTransport& transport, DataProducerOptions options)
    : Object(kKind, id), transport_(transport), options_(std::move(options)) {
  transport.data_producers.push_back(this);
}

void DataProducer::close() {
  while (!consumers_.empty()) consumers_.back()->producer_closed();
  erase_from(transport_.data_producers, this);
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
  transport_.figures.received.add(now, message.bytes.size());
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
  const auto message = DataMessage::parse_addressed(record.extra, record.payload);
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

// ---- Consumer -----------------------------------------------------------------------------------

DataConsumer::DataConsumer(ObjectId id, DirectTransport& transport, DataProducer& producer,
                           DataConsumerOptions options)
    : Object(kKind, id),
      transport_(transport),
      producer_(&producer),
      producer_id_(producer.id()),
      label_(producer.options().label),
      protocol_(producer.options().protocol),
      options_(std::move(options)) {
  transport.data_consumers.push_back(this);
  producer.consumers_.push_back(this);
}

void DataConsumer::close() {
  if (producer_) erase_from(producer_->consumers_, this);
  erase_from(transport_.data_consumers, this);
  transport_.core().events.forget(id());
  transport_.core().objects.destroy(id());
}

void DataConsumer::producer_closed() {
  erase_from(producer_->consumers_, this);
  producer_ = nullptr;
  if (waiting_ == 0) end();
}

void DataConsumer::end() {
  Events& events = transport_.core().events;
  const ObjectId own_id = id();
  close();
  events.state(SLUICE_EVENT_DATA_CONSUMER_PRODUCER_CLOSE, own_id);
}

bool DataConsumer::wants(const DataMessage& message) const {
  const auto has = [&](uint16_t subchannel) { return options_.subchannels.contains(subchannel); };
  if (message.required_subchannel && !has(*message.required_subchannel)) return false;
  if (message.ignored_subchannel && has(*message.ignored_subchannel)) return false;
  if (message.subchannels.empty()) return true;
  for (size_t at = 0; at < message.subchannels.size(); at += 2) {
    if (has(load_le16(message.subchannels, at))) return true;
  }
  return false;
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
  transport_.figures.other_sent.add(now, size);
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
