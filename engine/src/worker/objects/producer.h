// A producer and a consumer as objects of the worker: the pure parts of media/ with an id, a
// transport and a timer.
#pragma once

#include <memory>

#include "media/consumer.h"
#include "media/producer.h"
#include "worker/json/json.h"
#include "worker/loop/core.h"
#include "worker/objects/transport.h"

namespace sluice::worker {

class RtpObserver;

class Producer final : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::producer;
  Producer(ObjectId id, Transport& transport);
  ~Producer() override;

  Status open(media::ProducerOptions options);
  // Closes its consumers with an event each, leaves its transport, and is destroyed.
  void close();
  void pause(Instant now);
  void resume(Instant now);

  // After any input: sends NACK, PLI and FIR that are due, reports changes, sets the timer.
  void serve(Instant now);

  void write_dump(JsonWriter& out);
  void write_stats(JsonWriter& out);  // An array.

  Transport& transport() { return transport_; }
  media::Producer& media() { return *media_; }

  std::vector<RtpObserver*> observers;  // Each adds and removes itself.
  bool is_dirty = false;                // In Core::dirty_producers.
  // Its extension ids contradict another producer's of the transport: parse once more with its own.
  bool reparses = false;

 private:
  void report_events();

  Transport& transport_;
  std::unique_ptr<media::Producer> media_;
  Timer timer_;
};

class Consumer final : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::consumer;
  Consumer(ObjectId id, Transport& transport, Producer& producer);

  Status open(media::ConsumerOptions options);
  void close();  // Leaves its transport and is destroyed.
  void report_events();

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

inline Producer& object_of(const Core& core, const media::Producer& producer) {
  return *core.objects.find<Producer>(producer.id());
}
inline Consumer& object_of(media::Consumer& consumer) {
  return *static_cast<Consumer*>(consumer.owner);
}

void write_score(JsonWriter& out, const media::ConsumerScore& score);

}  // namespace sluice::worker
