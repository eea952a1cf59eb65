// Methods of data producers and data consumers, making them among them.
#include "worker/commands/commands.h"
#include "worker/objects/data_producer.h"
#include "worker/objects/direct_transport.h"

namespace sluice::worker {
namespace {

constexpr size_t kSubchannelsMax = 65536;

std::set<uint16_t> read_subchannels(const Fields& request) {
  std::set<uint16_t> subchannels;
  request.each_number("subchannels", 0, UINT16_MAX, [&](uint32_t subchannel) {
    subchannels.insert(static_cast<uint16_t>(subchannel));
  });
  static_assert(kSubchannelsMax == UINT16_MAX + 1);  // So that nothing grows without end.
  return subchannels;
}

Result<DirectTransport*> direct_target(const CommandContext& context) {
  auto transport = target_as<Transport>(context, "Transport");
  if (!transport) return transport.error();
  if ((*transport)->type() != TransportType::direct) {
    return Error{ErrorKind::unsupported, "messages are for DirectTransports yet"};
  }
  return static_cast<DirectTransport*>(*transport);
}

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

Status run(uint32_t method, CommandContext& context, DataProducer& producer) {
  switch (method) {
    case SLUICE_DATA_PRODUCER_CLOSE:
      producer.close();
      return ok();
    case SLUICE_DATA_PRODUCER_DUMP:
      producer.write_dump(context.answer);
      return ok();
    case SLUICE_DATA_PRODUCER_STATS:
      producer.write_stats(context.answer);
      return ok();
    case SLUICE_DATA_PRODUCER_PAUSE:
      producer.pause();
      return ok();
    default:
      producer.resume();
      return ok();
  }
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

Status run(uint32_t method, CommandContext& context, DataConsumer& consumer) {
  switch (method) {
    case SLUICE_DATA_CONSUMER_CLOSE:
      consumer.close();
      return ok();
    case SLUICE_DATA_CONSUMER_DUMP:
      consumer.write_dump(context.answer);
      return ok();
    case SLUICE_DATA_CONSUMER_STATS:
      consumer.write_stats(context.answer);
      return ok();
    case SLUICE_DATA_CONSUMER_PAUSE:
      consumer.set_paused(true);
      return ok();
    case SLUICE_DATA_CONSUMER_RESUME:
      consumer.set_paused(false);
      return ok();
    case SLUICE_DATA_CONSUMER_SET_SUBCHANNELS:
      return set_subchannels(context, consumer);
    default:
      return set_low_threshold(context, consumer);
  }
}

}  // namespace

Handled run_data_method(uint32_t method, CommandContext& context, Status& status) {
  if (method == SLUICE_TRANSPORT_PRODUCE_DATA || method == SLUICE_TRANSPORT_CONSUME_DATA) {
    auto transport = direct_target(context);
    const auto make = method == SLUICE_TRANSPORT_PRODUCE_DATA ? produce_data : consume_data;
    status = transport ? make(context, **transport) : Status(transport.error());
    return Handled::yes;
  }
  if (method >= SLUICE_DATA_PRODUCER_CLOSE && method <= SLUICE_DATA_PRODUCER_RESUME) {
    auto producer = target_as<DataProducer>(context, "DataProducer");
    status = producer ? run(method, context, **producer) : Status(producer.error());
    return Handled::yes;
  }
  if (method >= SLUICE_DATA_CONSUMER_CLOSE &&
      method <= SLUICE_DATA_CONSUMER_SET_BUFFERED_AMOUNT_LOW_THRESHOLD) {
    auto consumer = target_as<DataConsumer>(context, "DataConsumer");
    status = consumer ? run(method, context, **consumer) : Status(consumer.error());
    return Handled::yes;
  }
  return Handled::no;
}

}  // namespace sluice::worker
