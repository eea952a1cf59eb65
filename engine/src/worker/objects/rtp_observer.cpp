#include "worker/objects/rtp_observer.h"

#include <algorithm>

#include "worker/objects/producer.h"
#include "worker/objects/transport.h"

namespace sluice::worker {

RtpObserver::RtpObserver(ObjectId id, Core& core, Router& router, Media media)
    : Object(kKind, id),
      core_(core),
      router_(router),
      media_(std::move(media)),
      timer_(core.timers, this,
             [](void* self, Instant now) { static_cast<RtpObserver*>(self)->serve(now); }) {
  router.add(*this);
  timer_.set(this->media().next_timeout());
}

void RtpObserver::close() {
  while (!producers_.empty()) remove(*producers_.back());
  router_.remove(*this);
  core_.events.forget(id());
  core_.objects.destroy(id());
}

media::RtpObserver& RtpObserver::media() {
  return std::visit([](auto& media) -> media::RtpObserver& { return media; }, media_);
}

Status RtpObserver::add(Producer& producer) {
  if (&producer.transport().router() != &router_) {
    return Error{ErrorKind::not_found, "Producer not found in the observer's router"};
  }
  auto& source = producer.media();
  if (source.kind() != media::MediaKind::audio) {
    return invalid("producerId must be the id of an audio Producer");
  }
  if (media().observes(producer.id())) {
    // As in mediasoup the one kind takes it for done, and the other for a mistake.
    if (std::holds_alternative<media::AudioLevelObserver>(media_)) return ok();
    return failed("the Producer is observed already");
  }
  media().add(producer.id(), source.watch_loudness(core_.now), source.is_paused());
  producers_.push_back(&producer);
  producer.add(*this);
  return ok();
}

void RtpObserver::remove(Producer& producer) {
  if (!media().remove(producer.id())) return;
  std::erase(producers_, &producer);
  producer.remove(*this);
  producer.media().unwatch_loudness();
  timer_.set(media().next_timeout());
}

void RtpObserver::pause() {
  media().pause();
  serve(core_.now);
}

void RtpObserver::resume(Instant now) {
  media().resume(now);
  serve(now);
}

void RtpObserver::producer_paused(const Producer& producer) {
  media().producer_paused(producer.id());
}

void RtpObserver::producer_resumed(const Producer& producer) {
  media().producer_resumed(producer.id());
}

void RtpObserver::serve(Instant now) {
  media().handle_timeout(now);
  timer_.set(media().next_timeout());
  std::visit([this](auto& media) { report(media); }, media_);
}

void RtpObserver::report(media::AudioLevelObserver& levels) {
  auto volumes = levels.take_volumes();
  if (!volumes) return;
  if (volumes->empty()) return core_.events.state(SLUICE_EVENT_RTP_OBSERVER_SILENCE, id());

  // {"producerId":4294967295,"volume":-127}, and the comma: what is too much for a record is left
  // out, the quietest first.
  constexpr size_t kEntryBytesMax = 40;
  const size_t record = core_.events.ring().data_bytes() / EventRing::kMaxRecordFraction;
  volumes->resize(std::min(volumes->size(), record / kEntryBytesMax - 1));
  core_.events.state(SLUICE_EVENT_RTP_OBSERVER_VOLUMES, id(), [&](JsonWriter& out) {
    out.begin_array("volumes");
    for (const auto& volume : *volumes) {
      out.begin_object();
      out.field("producerId", volume.producer);
      out.field("volume", volume.dbov);
      out.end_object();
    }
    out.end_array();
  });
}

void RtpObserver::report(media::ActiveSpeakerObserver& speaker) {
  const auto dominant = speaker.take_dominant();
  if (!dominant) return;
  core_.events.state(SLUICE_EVENT_RTP_OBSERVER_DOMINANT_SPEAKER, id(),
                     [&](JsonWriter& out) { out.field("producerId", *dominant); });
}

}  // namespace sluice::worker
