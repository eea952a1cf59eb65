// Methods of data producers and data consumers, and those that create them.
#include "worker/commands/methods.h"
#include "worker/objects/data_consumer.h"
#include "worker/objects/data_producer.h"
#include "worker/objects/direct_transport.h"

namespace sluice::worker {
namespace {

// A set of 16-bit numbers: a request cannot make it grow beyond 65,536.
std::set<uint16_t> read_subchannels(const Fields& request) {
  std::set<uint16_t> subchannels;
  request.each_number("subchannels", 0, UINT16_MAX, [&](uint32_t subchannel) {
    subchannels.insert(static_cast<uint16_t>(subchannel));
  });
  return subchannels;
}

}  // namespace

Status produce_data(CommandContext& context, DirectTransport& transport) {
  const Fields& request = context.request;
  DataProducerOptions options;
  options.label = request.text_or("label", "");
  options.protocol = request.text_or("protocol", "");
  options.paused = request.flag_or("paused", false);
  if (request.failed()) return request.error();
  auto* producer = context.core.objects.make<DataProducer>(transport, std::move(options));
  if (!producer) return Error{ErrorKind::limit, "too many objects"};
  context.answer.begin_object();
  context.answer.field("id", producer->id());
  context.answer.end_object();
  return ok();
}

Status consume_data(CommandContext& context, DirectTransport& transport) {
  const Fields& request = context.request;
  auto* producer =
      context.core.objects.find<DataProducer>(request.number("dataProducerId", 1, UINT32_MAX));
  DataConsumerOptions options;
  options.paused = request.flag_or("paused", false);
  options.subchannels = read_subchannels(request);
  if (request.failed()) return request.error();
  if (!producer || &producer->transport().router() != &transport.router()) {
    return Error{ErrorKind::not_found, "DataProducer not found"};
  }
  auto* consumer =
      context.core.objects.make<DataConsumer>(transport, *producer, std::move(options));
  if (!consumer) return Error{ErrorKind::limit, "too many objects"};
  JsonWriter& out = context.answer;
  out.begin_object();
  out.field("id", consumer->id());
  out.field("paused", consumer->is_paused());
  out.field("dataProducerPaused", producer->options().paused);
  consumer->write_subchannels(out);
  out.end_object();
  return ok();
}

Status pause(CommandContext&, DataProducer& producer) {
  producer.pause();
  return ok();
}

Status resume(CommandContext&, DataProducer& producer) {
  producer.resume();
  return ok();
}

Status pause(CommandContext&, DataConsumer& consumer) {
  consumer.set_paused(true);
  return ok();
}

Status resume(CommandContext&, DataConsumer& consumer) {
  consumer.set_paused(false);
  return ok();
}

Status set_subchannels(CommandContext& context, DataConsumer& consumer) {
  std::set<uint16_t> subchannels = read_subchannels(context.request);
  if (context.request.failed()) return context.request.error();
  consumer.set_subchannels(std::move(subchannels));
  context.answer.begin_object();
  consumer.write_subchannels(context.answer);
  context.answer.end_object();
  return ok();
}

Status set_low_threshold(CommandContext& context, DataConsumer& consumer) {
  const uint32_t threshold = context.request.number("threshold", 0, UINT32_MAX);
  if (context.request.failed()) return context.request.error();
  consumer.set_low_threshold(threshold);
  return ok();
}

}  // namespace sluice::worker
