#include "worker/commands/command_table.h"

#include <algorithm>
#include <string>

#include "worker/objects/consumer.h"
#include "worker/objects/data_consumer.h"
#include "worker/objects/data_producer.h"
#include "worker/objects/direct_transport.h"
#include "worker/objects/pipe_transport.h"
#include "worker/objects/producer.h"
#include "worker/objects/router.h"
#include "worker/objects/rtp_observer.h"
#include "worker/objects/web_rtc_server.h"
#include "worker/objects/web_rtc_transport.h"

namespace sluice::worker {
namespace {

// What all kinds of objects have.
template <typename T>
Status close(CommandContext&, T& object) {
  object.close();
  return ok();
}

template <typename T>
Status dump(CommandContext& context, T& object) {
  object.write_dump(context.answer);
  return ok();
}

template <typename T>
Status stats(CommandContext& context, T& object) {
  object.write_stats(context.answer);
  return ok();
}

template <Status (*kRun)(CommandContext&)>
constexpr Method worker(sluice_method number) {
  return {number, std::nullopt, std::nullopt,
          [](CommandContext& context, Object*) { return kRun(context); }};
}

// A method of a T. One of a single type of transport names that class, which has the type as
// T::kType.
template <typename T, Status (*kRun)(CommandContext&, T&)>
constexpr Method of(sluice_method number) {
  std::optional<TransportType> type;
  if constexpr (requires { T::kType; }) type = T::kType;
  return {number, T::kKind, type, [](CommandContext& context, Object* target) {
            return kRun(context, static_cast<T&>(*target));
          }};
}

constexpr Method drawing(Method method) {
  method.draws = true;
  return method;
}

constexpr Method kMethods[] = {
    worker<ping>(SLUICE_WORKER_PING),
    worker<dump_worker>(SLUICE_WORKER_DUMP),
    worker<resource_usage>(SLUICE_WORKER_RESOURCE_USAGE),
    worker<update_settings>(SLUICE_WORKER_UPDATE_SETTINGS),
    drawing(worker<create_webrtc_server>(SLUICE_WORKER_CREATE_WEBRTC_SERVER)),
    worker<create_router>(SLUICE_WORKER_CREATE_ROUTER),
    worker<fail_on_purpose>(SLUICE_WORKER_FAIL),

    of<WebRtcServer, close>(SLUICE_WEBRTC_SERVER_CLOSE),
    of<WebRtcServer, dump>(SLUICE_WEBRTC_SERVER_DUMP),

    of<Router, close>(SLUICE_ROUTER_CLOSE),
    of<Router, dump>(SLUICE_ROUTER_DUMP),
    drawing(of<Router, create_webrtc_transport>(SLUICE_ROUTER_CREATE_WEBRTC_TRANSPORT)),
    drawing(of<Router, create_plain_transport>(SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT)),
    drawing(of<Router, create_pipe_transport>(SLUICE_ROUTER_CREATE_PIPE_TRANSPORT)),
    of<Router, create_direct_transport>(SLUICE_ROUTER_CREATE_DIRECT_TRANSPORT),
    of<Router, create_audio_level_observer>(SLUICE_ROUTER_CREATE_AUDIO_LEVEL_OBSERVER),
    of<Router, create_active_speaker_observer>(SLUICE_ROUTER_CREATE_ACTIVE_SPEAKER_OBSERVER),

    of<Transport, close>(SLUICE_TRANSPORT_CLOSE),
    of<Transport, dump>(SLUICE_TRANSPORT_DUMP),
    of<Transport, stats>(SLUICE_TRANSPORT_STATS),
    drawing(of<Transport, connect>(SLUICE_TRANSPORT_CONNECT)),
    drawing(of<WebRtcTransport, restart_ice>(SLUICE_TRANSPORT_RESTART_ICE)),
    of<Transport, set_max_incoming_bitrate>(SLUICE_TRANSPORT_SET_MAX_INCOMING_BITRATE),
    of<Transport, set_max_outgoing_bitrate>(SLUICE_TRANSPORT_SET_MAX_OUTGOING_BITRATE),
    of<Transport, set_min_outgoing_bitrate>(SLUICE_TRANSPORT_SET_MIN_OUTGOING_BITRATE),
    of<Transport, enable_trace>(SLUICE_TRANSPORT_ENABLE_TRACE),
    of<Transport, produce>(SLUICE_TRANSPORT_PRODUCE),
    drawing(of<Transport, consume>(SLUICE_TRANSPORT_CONSUME)),
    of<PipeTransport, connect_link>(SLUICE_TRANSPORT_CONNECT_LINK),
    of<DirectTransport, produce_data>(SLUICE_TRANSPORT_PRODUCE_DATA),
    of<DirectTransport, consume_data>(SLUICE_TRANSPORT_CONSUME_DATA),

    of<Producer, close>(SLUICE_PRODUCER_CLOSE),
    of<Producer, dump>(SLUICE_PRODUCER_DUMP),
    of<Producer, stats>(SLUICE_PRODUCER_STATS),
    of<Producer, pause>(SLUICE_PRODUCER_PAUSE),
    of<Producer, resume>(SLUICE_PRODUCER_RESUME),
    of<Producer, enable_trace>(SLUICE_PRODUCER_ENABLE_TRACE),

    of<Consumer, close>(SLUICE_CONSUMER_CLOSE),
    of<Consumer, dump>(SLUICE_CONSUMER_DUMP),
    of<Consumer, stats>(SLUICE_CONSUMER_STATS),
    of<Consumer, pause>(SLUICE_CONSUMER_PAUSE),
    of<Consumer, resume>(SLUICE_CONSUMER_RESUME),
    of<Consumer, set_preferred_layers>(SLUICE_CONSUMER_SET_PREFERRED_LAYERS),
    of<Consumer, set_priority>(SLUICE_CONSUMER_SET_PRIORITY),
    of<Consumer, request_key_frame>(SLUICE_CONSUMER_REQUEST_KEY_FRAME),
    of<Consumer, enable_trace>(SLUICE_CONSUMER_ENABLE_TRACE),

    of<RtpObserver, close>(SLUICE_RTP_OBSERVER_CLOSE),
    of<RtpObserver, pause>(SLUICE_RTP_OBSERVER_PAUSE),
    of<RtpObserver, resume>(SLUICE_RTP_OBSERVER_RESUME),
    of<RtpObserver, add_producer>(SLUICE_RTP_OBSERVER_ADD_PRODUCER),
    of<RtpObserver, remove_producer>(SLUICE_RTP_OBSERVER_REMOVE_PRODUCER),

    of<DataProducer, close>(SLUICE_DATA_PRODUCER_CLOSE),
    of<DataProducer, dump>(SLUICE_DATA_PRODUCER_DUMP),
    of<DataProducer, stats>(SLUICE_DATA_PRODUCER_STATS),
    of<DataProducer, pause>(SLUICE_DATA_PRODUCER_PAUSE),
    of<DataProducer, resume>(SLUICE_DATA_PRODUCER_RESUME),

    of<DataConsumer, close>(SLUICE_DATA_CONSUMER_CLOSE),
    of<DataConsumer, dump>(SLUICE_DATA_CONSUMER_DUMP),
    of<DataConsumer, stats>(SLUICE_DATA_CONSUMER_STATS),
    of<DataConsumer, pause>(SLUICE_DATA_CONSUMER_PAUSE),
    of<DataConsumer, resume>(SLUICE_DATA_CONSUMER_RESUME),
    of<DataConsumer, set_subchannels>(SLUICE_DATA_CONSUMER_SET_SUBCHANNELS),
    of<DataConsumer, set_low_threshold>(SLUICE_DATA_CONSUMER_SET_BUFFERED_AMOUNT_LOW_THRESHOLD),
};

constexpr bool comes_before(const Method& a, const Method& b) {
  return a.number < b.number;
}

constexpr bool is_ascending(std::span<const Method> methods) {
  for (size_t i = 1; i < methods.size(); ++i) {
    if (!comes_before(methods[i - 1], methods[i])) return false;
  }
  return true;
}
static_assert(is_ascending(kMethods), "find_method() searches by halves; no method has two rows");

Error not_found(std::string_view what) {
  return Error{ErrorKind::not_found, std::string(what) + " not found"};
}

// The object that a method is to work on; nullptr for the worker's own methods.
Result<Object*> find_target(const Core& core, const Method& method, ObjectId target) {
  if (!method.target) {
    if (target != kNoId) return invalid("target must be 0 for a method of the worker");
    return nullptr;
  }
  Object* object = core.objects.find(target);
  if (!object || object->kind() != *method.target) return not_found(kind_name(*method.target));
  if (method.transport && static_cast<Transport*>(object)->type() != *method.transport) {
    return Error{ErrorKind::unsupported,
                 "only " + std::string(type_name(*method.transport)) + "s support this"};
  }
  return object;
}

}  // namespace

std::span<const Method> method_table() {
  return kMethods;
}

const Method* find_method(uint32_t number) {
  const auto* found =
      std::lower_bound(std::begin(kMethods), std::end(kMethods), number,
                       [](const Method& method, uint32_t n) { return method.number < n; });
  return found != std::end(kMethods) && found->number == number ? found : nullptr;
}

Status run_method(CommandContext& context, uint32_t number, ObjectId target) {
  const Method* method = find_method(number);
  if (!method) {
    return Error{ErrorKind::unsupported, "there is no method " + std::to_string(number)};
  }
  auto object = find_target(context.core, *method, target);
  if (!object) return object.error();
  if (method->draws && !context.core.random.prepare()) {
    return failed("the system gives no random numbers; nothing was changed");
  }
  return method->run(context, *object);
}

}  // namespace sluice::worker
