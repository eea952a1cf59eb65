// Methods of producers and consumers.
#include "worker/commands/methods.h"
#include "worker/objects/consumer.h"
#include "worker/objects/media_json.h"
#include "worker/objects/producer.h"
#include "worker/objects/traces.h"

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

}  // namespace

Status pause(CommandContext& context, Producer& producer) {
  producer.pause(context.core.now);
  return ok();
}

Status resume(CommandContext& context, Producer& producer) {
  producer.resume(context.core.now);
  return ok();
}

Status enable_trace(CommandContext& context, Producer& producer) {
  return enable_trace(context, producer, kProducerTraces);
}

Status pause(CommandContext&, Consumer& consumer) {
  consumer.media().pause();
  return ok();
}

Status resume(CommandContext& context, Consumer& consumer) {
  consumer.media().resume(context.core.now);
  consumer.producer().serve(context.core.now);  // It may want a key frame.
  return ok();
}

Status request_key_frame(CommandContext& context, Consumer& consumer) {
  consumer.media().request_key_frame(context.core.now);
  consumer.producer().serve(context.core.now);
  return ok();
}

Status enable_trace(CommandContext& context, Consumer& consumer) {
  return enable_trace(context, consumer, kConsumerTraces);
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

}  // namespace sluice::worker
