// A consumer as an object of the worker: the pure part of media/ with an id and a transport.
#pragma once

#include <memory>

#include "media/consumer.h"
#include "worker/json/json.h"
#include "worker/objects/object.h"

namespace sluice::worker {

class Producer;
class Transport;

class Consumer final : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::consumer;
  Consumer(ObjectId id, Transport& transport, Producer& producer);

  Status open(media::ConsumerOptions options);
  void close();  // Leaves its transport and is destroyed.
  void report_events();
  // After anything was sent: the traces of it.
  void report_traces();

  void write_dump(JsonWriter& out);
  void write_stats(JsonWriter& out);  // An array.

  Transport& transport() { return transport_; }
  Producer& producer() { return producer_; }
  media::Consumer& media() { return *media_; }

 private:
  Transport& transport_;
  Producer& producer_;
  std::unique_ptr<media::Consumer> media_;
};

// The object that holds this part of media/.
inline Consumer& object_of(const media::Consumer& consumer) {
  return *static_cast<Consumer*>(consumer.object);
}

void write_score(JsonWriter& out, const media::ConsumerScore& score);

}  // namespace sluice::worker
