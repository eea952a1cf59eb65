// A data producer: takes the messages of the application and gives each to its data consumers. Both
// ends are direct transports.
#pragma once

#include <string>
#include <vector>

#include "worker/json/json.h"
#include "worker/loop/core.h"
#include "worker/objects/data_message.h"
#include "worker/objects/member_list.h"

namespace sluice::worker {

class DataConsumer;
class DirectTransport;

struct DataProducerOptions {
  std::string label;
  std::string protocol;
  bool paused = false;
};

class DataProducer final : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::data_producer;
  DataProducer(ObjectId id, DirectTransport& transport, DataProducerOptions options);

  // Closes each data consumer with an event, after its pending messages are delivered; then leaves
  // the transport and is destroyed.
  void close();
  void pause() { set_paused(true); }
  void resume() { set_paused(false); }
  void receive(Instant now, const DataMessage& message);

  DirectTransport& transport() const { return transport_; }
  const DataProducerOptions& options() const { return options_; }
  const MemberList<DataConsumer, InProducer>& consumers() const { return consumers_; }
  // Called by the data consumer.
  void add(DataConsumer& consumer);
  void remove(DataConsumer& consumer);
  size_t place_in_transport = 0;  // Kept by the transport.
  void write_dump(JsonWriter& out) const;
  void write_stats(JsonWriter& out) const;

 private:
  void set_paused(bool paused);

  DirectTransport& transport_;
  DataProducerOptions options_;
  MemberList<DataConsumer, InProducer> consumers_;
  uint64_t messages_ = 0;
  uint64_t bytes_ = 0;
};

// Takes a record of the application: SLUICE_DIRECT_MESSAGE or SLUICE_DIRECT_MESSAGE_TO.
void receive_message(Core& core, Instant now, const DirectReader::Record& record);

}  // namespace sluice::worker
