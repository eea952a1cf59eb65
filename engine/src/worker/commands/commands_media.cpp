// Methods of producers and consumers.
#include "worker/commands/commands.h"
#include "worker/objects/media_json.h"
#include "worker/objects/producer.h"
#include "worker/objects/traces.h"
#include "worker/path/packet_path.h"

namespace sluice::worker {
namespace {

constexpr media::TraceTypes kConsumerTraces = 0x1F;  // All but "sr".
constexpr media::TraceTypes kProducerTraces = 0x3F;

template <typename T>
Status enable_trace(CommandContext& context, T& object, media::TraceTypes allowed) {
  const media::TraceTypes types = read_trace_types(context.request, allowed);
  if (context.request.failed()) return context.request.error();
  object.media().traces().set_types(types);
  return ok();
}

Status run(uint32_t method, CommandContext& context, Producer& producer) {
  const Instant now = context.core.now;
  switch (method) {
    case SLUICE_PRODUCER_CLOSE:
      producer.close();
      return ok();
    case SLUICE_PRODUCER_DUMP:
      write_dump(context.answer, producer);
      return ok();
    case SLUICE_PRODUCER_STATS:
      write_stats(context.answer, producer);
      return ok();
    case SLUICE_PRODUCER_PAUSE:
      producer.pause(now);
      return ok();
    case SLUICE_PRODUCER_RESUME:
      producer.resume(now);
      return ok();
    default:
      return enable_trace(context, producer, kProducerTraces);
  }
}

Status set_preferred_layers(CommandContext& context, Consumer& consumer) {
  const media::VideoLayers layers = read_layers(context.request);
  if (context.request.failed()) return context.request.error();

  const auto set = consumer.media().set_preferred_layers(context.core.now, layers);
  consumer.producer().serve(context.core.now);
  context.answer.begin_object();
  write_layer_fields(context.answer, set);
  context.answer.end_object();
  return ok();
}

Status set_priority(CommandContext& context, Consumer& consumer) {
  const uint32_t priority = context.request.number("priority", 1, 255);
  if (context.request.failed()) return context.request.error();
  consumer.media().set_priority(static_cast<uint8_t>(priority));
  context.answer.begin_object();
  context.answer.field("priority", priority);
  context.answer.end_object();
  return ok();
}

Status run(uint32_t method, CommandContext& context, Consumer& consumer) {
  const Instant now = context.core.now;
  switch (method) {
    case SLUICE_CONSUMER_CLOSE:
      consumer.close();
      return ok();
    case SLUICE_CONSUMER_DUMP:
      write_dump(context.answer, consumer);
      return ok();
    case SLUICE_CONSUMER_STATS:
      write_stats(context.answer, consumer);
      return ok();
    case SLUICE_CONSUMER_PAUSE:
      consumer.media().pause();
      return ok();
    case SLUICE_CONSUMER_RESUME:
      consumer.media().resume(now);
      consumer.producer().serve(now);  // It may want a key frame.
      return ok();
    case SLUICE_CONSUMER_SET_PREFERRED_LAYERS:
      return set_preferred_layers(context, consumer);
    case SLUICE_CONSUMER_SET_PRIORITY:
      return set_priority(context, consumer);
    case SLUICE_CONSUMER_REQUEST_KEY_FRAME:
      consumer.media().request_key_frame(now);
      consumer.producer().serve(now);
      return ok();
    default:
      return enable_trace(context, consumer, kConsumerTraces);
  }
}

}  // namespace

Handled run_media_method(uint32_t method, CommandContext& context, Status& status) {
  if (method >= SLUICE_PRODUCER_CLOSE && method <= SLUICE_PRODUCER_ENABLE_TRACE) {
    auto producer = target_as<Producer>(context, "Producer");
    status = producer ? run(method, context, **producer) : Status(producer.error());
    return Handled::yes;
  }
  if (method >= SLUICE_CONSUMER_CLOSE && method <= SLUICE_CONSUMER_ENABLE_TRACE) {
    auto consumer = target_as<Consumer>(context, "Consumer");
    status = consumer ? run(method, context, **consumer) : Status(consumer.error());
    return Handled::yes;
  }
  return Handled::no;
}

}  // namespace sluice::worker
