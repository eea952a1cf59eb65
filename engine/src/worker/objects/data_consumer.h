// A data consumer: passes the messages of a data producer on to the application.
#pragma once

#include <set>
#include <string>

#include "base/time.h"
#include "worker/json/json.h"
#include "worker/objects/data_message.h"
#include "worker/objects/object.h"

namespace sluice::worker {

class DataProducer;
class DirectTransport;

struct DataConsumerOptions {
  bool paused = false;
  std::set<uint16_t> subchannels;
};

class DataConsumer final : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::data_consumer;
  DataConsumer(ObjectId id, DirectTransport& transport, DataProducer& producer,
               DataConsumerOptions options);

  void close();  // Leaves its transport and is destroyed.
  void set_paused(bool paused) { options_.paused = paused; }
  void set_subchannels(std::set<uint16_t> subchannels) {
    options_.subchannels = std::move(subchannels);
  }
  void set_low_threshold(uint32_t bytes) { low_threshold_ = bytes; }

  bool is_paused() const { return options_.paused; }
  bool wants(const DataMessage& message) const { return message.is_for(options_.subchannels); }
  void send(Instant now, const DataMessage& message);
  // A message that had to wait has reached the application. May destroy the data consumer.
  void note_delivered(size_t bytes);
  // Closes the data consumer with an event: at once, or when its last message is delivered.
  void producer_closed();

  // Kept by the transport and by the data producer.
  size_t place_in_transport = 0;
  size_t place_in_producer = 0;

  DirectTransport& transport() const { return transport_; }
  // Stays known when the producer has closed.
  ObjectId producer_id() const { return producer_id_; }
  void write_subchannels(JsonWriter& out) const;
  void write_dump(JsonWriter& out) const;
  void write_stats(JsonWriter& out) const;

 private:
  void end();

  DirectTransport& transport_;
  DataProducer* producer_;  // nullptr: closed, while messages still wait.
  const ObjectId producer_id_;
  // Copies, because the producer may close first.
  const std::string label_;
  const std::string protocol_;
  DataConsumerOptions options_;
  uint64_t messages_ = 0;
  uint64_t bytes_ = 0;
  size_t waiting_ = 0;   // Messages that wait for room in the ring.
  size_t buffered_ = 0;  // Their bytes.
  uint32_t low_threshold_ = 0;
};

}  // namespace sluice::worker
