#include "worker/objects/producer.h"

#include <array>

#include "worker/objects/consumer.h"
#include "worker/objects/rtp_observer.h"
#include "worker/objects/traces.h"
#include "worker/objects/transport.h"

namespace sluice::worker {

Producer::Producer(ObjectId id, Transport& transport)
    : Object(kKind, id),
      transport_(transport),
      timer_(transport.core().timers, this,
             [](void* self, Instant now) { static_cast<Producer*>(self)->serve(now); }) {}

Producer::~Producer() {
  if (dirty_) transport_.core().dirty_producers.remove(*this);
}

Status Producer::open(media::ProducerOptions options) {
  options.packet_holders = &transport_.packets().streams();
  auto created = media::Producer::create(id(), std::move(options));
  if (!created) return created.error();
  media_ = std::move(*created);
  media_->object = this;
  return transport_.add(*this);
}

void Producer::close() {
  Core& core = transport_.core();
  while (!media_->consumers().empty()) {
    Consumer& consumer = object_of(*media_->consumers().back());
    const ObjectId consumer_id = consumer.id();
    consumer.close();
    core.events.state(SLUICE_EVENT_CONSUMER_PRODUCER_CLOSE, consumer_id);
  }
  while (!observers_.empty()) observers_.back()->remove(*this);
  transport_.remove(*this);
  core.events.forget(id());
  core.objects.destroy(id());
}

void Producer::pause(Instant now) {
  if (media_->is_paused()) return;
  media_->pause(now);
  for (RtpObserver* observer : observers_) observer->producer_paused(*this);
  for (media::Consumer* consumer : media_->consumers()) {
    transport_.core().events.state(SLUICE_EVENT_CONSUMER_PRODUCER_PAUSE, consumer->id());
  }
}

void Producer::resume(Instant now) {
  if (!media_->is_paused()) return;
  media_->resume(now);
  for (RtpObserver* observer : observers_) observer->producer_resumed(*this);
  for (media::Consumer* consumer : media_->consumers()) {
    transport_.core().events.state(SLUICE_EVENT_CONSUMER_PRODUCER_RESUME, consumer->id());
  }
  serve(now);
}

void Producer::mark_dirty() {
  if (dirty_) return;
  dirty_ = true;
  transport_.core().dirty_producers.add(*this);
}

void Producer::end_turn(Instant now) {
  media_->clear_batch();
  dirty_ = false;
  serve(now);
}

void Producer::serve(Instant now) {
  // One NACK, PLI or FIR at a time; none is larger than a compound packet.
  std::array<uint8_t, rtcp::kCompoundBytesMax> buffer;
  if (media_->next_timeout() <= now) {
    while (const size_t bytes = media_->poll_feedback(now, buffer)) {
      transport_.send_rtcp(Bytes(buffer).first(bytes));
    }
  }
  timer_.set(media_->next_timeout());
  report_events();
}

void Producer::report_events() {
  Events& events = transport_.core().events;
  if (media_->take_score_change()) {
    events.state(SLUICE_EVENT_PRODUCER_SCORE, id(), [&](JsonWriter& out) {
      out.begin_array("score");
      for (const auto& score : media_->scores()) {
        out.begin_object();
        out.field("encodingIdx", score.encoding_index);
        out.field("ssrc", score.ssrc);
        if (!score.rid.empty()) out.field("rid", score.rid);
        out.field("score", score.score);
        out.end_object();
      }
      out.end_array();
    });
    for (media::Consumer* consumer : media_->consumers()) object_of(*consumer).report_events();
  }
  if (const auto orientation = media_->take_orientation_change()) {
    events.state(SLUICE_EVENT_PRODUCER_VIDEO_ORIENTATION, id(), [&](JsonWriter& out) {
      out.field("camera", orientation->camera);
      out.field("flip", orientation->flip);
      out.field("rotation", orientation->rotation);
    });
  }
  report_traces(transport_.core(), SLUICE_EVENT_PRODUCER_TRACE, id(), media_->traces());
}

}  // namespace sluice::worker
