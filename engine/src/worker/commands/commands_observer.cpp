// Methods that make observers of audio producers, and those of the observers.
#include "worker/commands/commands.h"
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

Status create(CommandContext& context, bool is_audio_level) {
  auto router = target_as<Router>(context, "Router");
  if (!router) return router.error();
  auto media =
      is_audio_level ? read_audio_level_options(context) : read_active_speaker_options(context);
  if (context.request.failed()) return context.request.error();
  auto* observer = context.core.objects.make<RtpObserver>(context.core, **router, std::move(media));
  if (!observer) return Error{ErrorKind::limit, "too many objects"};
  context.answer.begin_object();
  context.answer.field("id", observer->id());
  context.answer.end_object();
  return ok();
}

Status run_with_producer(uint32_t method, CommandContext& context, RtpObserver& observer) {
  const uint32_t id = context.request.number("producerId", 1, UINT32_MAX);
  if (context.request.failed()) return context.request.error();
  auto* producer = context.core.objects.find<Producer>(id);
  if (!producer) return Error{ErrorKind::not_found, "Producer not found"};
  if (method == SLUICE_RTP_OBSERVER_ADD_PRODUCER) return observer.add(*producer);
  observer.remove(*producer);
  return ok();
}

Status run_observer(uint32_t method, CommandContext& context) {
  auto observer = target_as<RtpObserver>(context, "RtpObserver");
  if (!observer) return observer.error();
  switch (method) {
    case SLUICE_RTP_OBSERVER_CLOSE:
      (*observer)->close();
      return ok();
    case SLUICE_RTP_OBSERVER_PAUSE:
      (*observer)->pause();
      return ok();
    case SLUICE_RTP_OBSERVER_RESUME:
      (*observer)->resume(context.core.now);
      return ok();
    default:
      return run_with_producer(method, context, **observer);
  }
}

}  // namespace

Handled run_observer_method(uint32_t method, CommandContext& context, Status& status) {
  switch (method) {
    case SLUICE_ROUTER_CREATE_AUDIO_LEVEL_OBSERVER:
    case SLUICE_ROUTER_CREATE_ACTIVE_SPEAKER_OBSERVER:
      status = create(context, method == SLUICE_ROUTER_CREATE_AUDIO_LEVEL_OBSERVER);
      return Handled::yes;
    case SLUICE_RTP_OBSERVER_CLOSE:
    case SLUICE_RTP_OBSERVER_PAUSE:
    case SLUICE_RTP_OBSERVER_RESUME:
    case SLUICE_RTP_OBSERVER_ADD_PRODUCER:
    case SLUICE_RTP_OBSERVER_REMOVE_PRODUCER:
      status = run_observer(method, context);
      return Handled::yes;
    default:
      return Handled::no;
  }
}

}  // namespace sluice::worker
