// A producer as an object of the worker: the pure part of media/ with an id, a transport and a
// timer.
#pragma once

#include <memory>
#include <vector>

#include "media/producer.h"
#include "worker/json/json.h"
#include "worker/loop/timer_queue.h"
#include "worker/objects/object.h"

namespace sluice::worker {

class RtpObserver;
class Transport;

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

  // It has packets of this turn: its consumers are served when the sockets were read.
  void mark_dirty();
  void end_turn(Instant now);  // Its consumers were served.

  // Its extension ids contradict those of another producer of the transport: packets are parsed
  // once more, with its own.
  bool reparses() const { return reparses_; }
  void set_reparses() { reparses_ = true; }

  void add(RtpObserver& observer) { observers_.push_back(&observer); }
  void remove(RtpObserver& observer) { std::erase(observers_, &observer); }
  const std::vector<RtpObserver*>& observers() const { return observers_; }

  void write_dump(JsonWriter& out);
  void write_stats(JsonWriter& out);  // An array.

  Transport& transport() { return transport_; }
  media::Producer& media() { return *media_; }

 private:
  void report_events();

  Transport& transport_;
  std::unique_ptr<media::Producer> media_;
  bool dirty_ = false;  // In Core::dirty_producers.
  bool reparses_ = false;
  Timer timer_;
  std::vector<RtpObserver*> observers_;
};

// The object that holds this part of media/.
inline Producer& object_of(const media::Producer& producer) {
  return *static_cast<Producer*>(producer.object);
}

}  // namespace sluice::worker
