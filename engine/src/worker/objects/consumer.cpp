#include "worker/objects/consumer.h"

#include "worker/objects/producer.h"
#include "worker/objects/traces.h"
#include "worker/objects/transport.h"

namespace sluice::worker {

Consumer::Consumer(ObjectId id, Transport& transport, Producer& producer)
    : Object(kKind, id), transport_(transport), producer_(producer) {}

Status Consumer::open(media::ConsumerOptions options) {
  auto created = media::Consumer::create(id(), producer_.media(), std::move(options),
                                         transport_.core().random);
  if (!created) return created.error();
  media_ = std::move(*created);
  media_->object = this;
  transport_.add(*this);
  producer_.serve(transport_.core().now);  // It may want a key frame.
  return ok();
}

void Consumer::close() {
  transport_.remove(*this);
  transport_.core().events.forget(id());
  transport_.core().objects.destroy(id());
}

void Consumer::report_events() {
  Events& events = transport_.core().events;
  if (media_->take_score_change()) {
    events.state(SLUICE_EVENT_CONSUMER_SCORE, id(),
                 [&](JsonWriter& out) { write_score(out, media_->score()); });
  }
  report_traces();
}

void Consumer::report_traces() {
  worker::report_traces(transport_.core(), SLUICE_EVENT_CONSUMER_TRACE, id(), media_->traces());
}

void write_score(JsonWriter& out, const media::ConsumerScore& score) {
  out.begin_object("score");
  out.field("score", score.score);
  out.field("producerScore", score.producer_score);
  out.begin_array("producerScores");
  for (const uint8_t each : score.producer_scores) out.value(each);
  out.end_array();
  out.end_object();
}

}  // namespace sluice::worker
