// Methods of observers of audio producers, and those that create them.
#include "worker/commands/methods.h"
#include "worker/objects/producer.h"
#include "worker/objects/rtp_observer.h"

namespace sluice::worker {
namespace {

constexpr uint32_t kEntriesMax = UINT16_MAX;
constexpr int32_t kLeastDbov = -127;  // RFC 6464, 3.

Duration read_interval(const Fields& request, Duration fallback) {
  return std::chrono::milliseconds(
      request.number_or("interval", static_cast<uint32_t>(to_ms(fallback)), 0, UINT32_MAX));
}

RtpObserver::Media read_audio_level_options(const CommandContext& context) {
  media::AudioLevelOptions options;
  options.entries_max = context.request.number_or("maxEntries", 1, 1, kEntriesMax);
  options.threshold_dbov =
      context.request.signed_or("threshold", options.threshold_dbov, kLeastDbov, 0);
  options.interval = read_interval(context.request, options.interval);
  return media::AudioLevelObserver(context.core.now, options);
}

RtpObserver::Media read_active_speaker_options(const CommandContext& context) {
  media::ActiveSpeakerOptions options;
  options.interval = read_interval(context.request, options.interval);
  return media::ActiveSpeakerObserver(context.core.now, options);
}

Status create(CommandContext& context, Router& router, RtpObserver::Media media) {
  if (context.request.failed()) return context.request.error();
  auto* observer = context.core.objects.make<RtpObserver>(context.core, router, std::move(media));
  if (!observer) return Error{ErrorKind::limit, "too many objects"};
  context.answer.begin_object();
  context.answer.field("id", observer->id());
  context.answer.end_object();
  return ok();
}

Result<Producer*> read_producer(const CommandContext& context) {
  const uint32_t id = context.request.number("producerId", 1, UINT32_MAX);
  if (context.request.failed()) return context.request.error();
  auto* producer = context.core.objects.find<Producer>(id);
  if (!producer) return Error{ErrorKind::not_found, "Producer not found"};
  return producer;
}

}  // namespace

Status create_audio_level_observer(CommandContext& context, Router& router) {
  return create(context, router, read_audio_level_options(context));
}

Status create_active_speaker_observer(CommandContext& context, Router& router) {
  return create(context, router, read_active_speaker_options(context));
}

Status pause(CommandContext&, RtpObserver& observer) {
  observer.pause();
  return ok();
}

Status resume(CommandContext& context, RtpObserver& observer) {
  observer.resume(context.core.now);
  return ok();
}

Status add_producer(CommandContext& context, RtpObserver& observer) {
  auto producer = read_producer(context);
  if (!producer) return producer.error();
  return observer.add(**producer);
}

Status remove_producer(CommandContext& context, RtpObserver& observer) {
  auto producer = read_producer(context);
  if (!producer) return producer.error();
  observer.remove(**producer);
  return ok();
}

}  // namespace sluice::worker
