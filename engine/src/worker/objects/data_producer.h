// Messages: a data producer takes them, each of its data consumers passes them on. So far both ends
// are the application's, by direct transports.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "worker/json/json.h"
#include "worker/loop/core.h"

namespace sluice::worker {

class DataConsumer;
class DirectTransport;

// A message and who is to have it.
struct DataMessage {
  uint32_t ppid = 0;  // SCTP payload protocol id (RFC 8831, 8).
  Bytes bytes{};
  Bytes subchannels{};  // 16 bits each, little-endian. Empty: everybody.
  std::optional<uint16_t> required_subchannel{};
  std::optional<uint16_t> ignored_subchannel{};

  // Of a SLUICE_DIRECT_MESSAGE_TO record; nullopt when it contradicts itself.
  static std::optional<DataMessage> parse_addressed(uint32_t ppid, Bytes payload);
};

struct DataProducerOptions {
  std::string label;
  std::string protocol;
  bool paused = false;
};

class DataProducer final : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::data_producer;
  DataProducer(ObjectId id, DirectTransport& transport, DataProducerOptions options);

  // Closes its data consumers with an event each, those for which messages wait when these are
  // delivered; leaves its transport, and is destroyed.
  void close();
  void pause() { set_paused(true); }
  void resume() { set_paused(false); }
  void receive(Instant now, const DataMessage& message);

  DirectTransport& transport() const { return transport_; }
  const DataProducerOptions& options() const { return options_; }
  const std::vector<DataConsumer*>& consumers() const { return consumers_; }
  void write_dump(JsonWriter& out) const;
  void write_stats(JsonWriter& out) const;

 private:
  friend class DataConsumer;  // Each adds and removes itself.
  void set_paused(bool paused);

  DirectTransport& transport_;
  DataProducerOptions options_;
  std::vector<DataConsumer*> consumers_;
  uint64_t messages_ = 0;
  uint64_t bytes_ = 0;
};

// What the application sent: SLUICE_DIRECT_MESSAGE or _TO.
void receive_message(Core& core, Instant now, const DirectReader::Record& record);

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
  // Whether a message that names subchannels is for this one.
  bool wants(const DataMessage& message) const;
  void send(Instant now, const DataMessage& message);
  // A message that had to wait is with the application now. May destroy it.
  void note_delivered(size_t bytes);
  // Nothing will come any more. Closes it and tells, at once or when the last message is
  // delivered.
  void producer_closed();

  DirectTransport& transport() const { return transport_; }
  // Also when that has closed.
  ObjectId producer_id() const { return producer_id_; }
  void write_subchannels(JsonWriter& out) const;
  void write_dump(JsonWriter& out) const;
  void write_stats(JsonWriter& out) const;

 private:
  void end();

  DirectTransport& transport_;
  DataProducer* producer_;  // nullptr: it has closed, and messages wait.
  const ObjectId producer_id_;
  // The producer's: it may close first.
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
