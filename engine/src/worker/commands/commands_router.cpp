// Methods of routers: creation of transports, dump, close. Observers are in commands_observer.cpp.
#include "worker/commands/commands.h"
#include "worker/objects/data_producer.h"
#include "worker/objects/direct_transport.h"
#include "worker/objects/pipe_transport.h"
#include "worker/objects/plain_transport.h"
#include "worker/objects/producer.h"
#include "worker/objects/rtp_observer.h"
#include "worker/objects/web_rtc_server.h"
#include "worker/objects/web_rtc_transport.h"

namespace sluice::worker {

void Router::close() {
  // First: what they would say about producers that close is no news.
  while (!observers.empty()) observers.back()->close();
  while (!transports.empty()) transports.back()->close();
  core_.events.forget(id());
  core_.objects.destroy(id());
}

namespace {

// Opens a transport that was just made; a failure leaves nothing behind.
template <typename T>
Status open_and_answer(CommandContext& context, T* transport) {
  if (!transport) return Error{ErrorKind::limit, "too many objects"};
  if (auto opened = transport->open(); !opened) {
    transport->close();
    return opened;
  }
  context.answer.begin_object();
  transport->write_created(context.answer);
  context.answer.end_object();
  return ok();
}

Status create_webrtc_transport(CommandContext& context, Router& router) {
  const Fields& request = context.request;
  WebRtcOptions options;
  if (const auto server_id = request.maybe_number("webRtcServerId", 1, UINT32_MAX)) {
    options.server = context.core.objects.find<WebRtcServer>(*server_id);
    if (!options.server) return Error{ErrorKind::not_found, "WebRtcServer not found"};
  }
  request.each_object("listenInfos", [&](const Fields& fields) {
    options.listen_infos.push_back(read_listen_info(fields));
  });
  if ((options.server != nullptr) != options.listen_infos.empty()) {
    request.mistake("listenInfos", "or webRtcServerId must be given, not both");
  }
  options.preferences.enable_udp = request.flag_or("enableUdp", true);
  options.preferences.enable_tcp = request.flag_or("enableTcp", true);
  options.preferences.prefer_udp = request.flag_or("preferUdp", false);
  options.preferences.prefer_tcp = request.flag_or("preferTcp", false);
  options.ice_consent_timeout =
      std::chrono::seconds(request.number_or("iceConsentTimeout", 30, 0, 86400));
  options.initial_available_outgoing_bitrate =
      request.number_or("initialAvailableOutgoingBitrate", 600000, 0, UINT32_MAX);
  if (request.failed()) return request.error();
  return open_and_answer(context, context.core.objects.make<WebRtcTransport>(context.core, router,
                                                                             std::move(options)));
}

Status create_plain_transport(CommandContext& context, Router& router) {
  const Fields& request = context.request;
  PlainOptions options;
  options.listen_info = read_listen_info(request.object("listenInfo"));
  if (const auto rtcp = request.maybe_object("rtcpListenInfo")) {
    options.rtcp_listen_info = read_listen_info(*rtcp);
  }
  const auto must_be_udp = [&](const char* name, const ListenInfo& info) {
    if (info.protocol != Protocol::udp) request.mistake(name, "must have protocol \"udp\"");
  };
  must_be_udp("listenInfo", options.listen_info);
  if (options.rtcp_listen_info) must_be_udp("rtcpListenInfo", *options.rtcp_listen_info);
  options.rtcp_mux = request.flag_or("rtcpMux", true) && !options.rtcp_listen_info;
  options.comedia = request.flag_or("comedia", false);
  options.enable_srtp = request.flag_or("enableSrtp", false);
  if (request.has("srtpCryptoSuite")) {
    const auto profile = srtp::suite_from_name(request.text("srtpCryptoSuite"));
    if (!profile) request.mistake("srtpCryptoSuite", "is not supported");
    options.profile = profile.value_or(options.profile);
  }
  if (request.failed()) return request.error();
  return open_and_answer(
      context, context.core.objects.make<PlainTransport>(context.core, router, std::move(options)));
}

Status create_pipe_transport(CommandContext& context, Router& router) {
  const Fields& request = context.request;
  PipeOptions options;
  if (const auto info = request.maybe_object("listenInfo")) {
    options.listen_info = read_listen_info(*info);
    if (options.listen_info->protocol != Protocol::udp) {
      request.mistake("listenInfo", "must have protocol \"udp\"");
    }
  }
  options.enable_rtx = request.flag_or("enableRtx", false);
  options.enable_srtp = request.flag_or("enableSrtp", false);
  if (request.failed()) return request.error();
  return open_and_answer(
      context, context.core.objects.make<PipeTransport>(context.core, router, std::move(options)));
}

Status create_direct_transport(CommandContext& context, Router& router) {
  const Fields& request = context.request;
  // A message is one record of the ring to the host.
  const uint32_t most = context.core.options.direct_ring_bytes / 4 - SLUICE_RECORD_HEADER_BYTES;
  DirectOptions options;
  options.max_send_message_size =
      request.number_or("maxSendMessageSize", options.max_send_message_size, 0, most);
  options.max_receive_message_size =
      request.number_or("maxReceiveMessageSize", options.max_receive_message_size, 0, most);
  if (request.failed()) return request.error();
  return open_and_answer(context,
                         context.core.objects.make<DirectTransport>(context.core, router, options));
}

void write_data_maps(JsonWriter& out, const Router& router) {
  out.begin_array("mapDataProducerIdDataConsumerIds");
  for (const Transport* transport : router.transports) {
    for (const DataProducer* producer : transport->data_producers) {
      out.begin_object();
      out.field("key", producer->id());
      out.begin_array("values");
      for (const DataConsumer* consumer : producer->consumers()) out.value(consumer->id());
      out.end_array();
      out.end_object();
    }
  }
  out.end_array();
  out.begin_array("mapDataConsumerIdDataProducerId");
  for (const Transport* transport : router.transports) {
    for (const DataConsumer* consumer : transport->data_consumers) {
      out.begin_object();
      out.field("key", consumer->id());
      out.field("value", consumer->producer_id());
      out.end_object();
    }
  }
  out.end_array();
}

void write_dump(JsonWriter& out, const Core& core, const Router& router) {
  out.begin_object();
  out.field("id", router.id());
  out.begin_array("transportIds");
  for (const Transport* transport : router.transports) out.value(transport->id());
  out.end_array();
  out.begin_array("rtpObserverIds");
  for (const RtpObserver* observer : router.observers) out.value(observer->id());
  out.end_array();
  out.begin_array("mapProducerIdConsumerIds");
  for (const Transport* transport : router.transports) {
    for (const media::Producer* producer : transport->producers) {
      out.begin_object();
      out.field("key", producer->id());
      out.begin_array("values");
      for (const media::Consumer* consumer : producer->consumers()) out.value(consumer->id());
      out.end_array();
      out.end_object();
    }
  }
  out.end_array();
  out.begin_array("mapConsumerIdProducerId");
  for (const Transport* transport : router.transports) {
    for (const media::Consumer* consumer : transport->consumers) {
      out.begin_object();
      out.field("key", consumer->id());
      out.field("value", consumer->producer().id());
      out.end_object();
    }
  }
  out.end_array();
  out.begin_array("mapProducerIdObserverIds");
  for (const Transport* transport : router.transports) {
    for (const media::Producer* producer : transport->producers) {
      out.begin_object();
      out.field("key", producer->id());
      out.begin_array("values");
      for (const RtpObserver* observer : object_of(core, *producer).observers) {
        out.value(observer->id());
      }
      out.end_array();
      out.end_object();
    }
  }
  out.end_array();
  write_data_maps(out, router);
  out.end_object();
}

Status run_router(uint32_t method, CommandContext& context) {
  auto router = target_as<Router>(context, "Router");
  if (!router) return router.error();
  switch (method) {
    case SLUICE_ROUTER_CLOSE:
      (*router)->close();
      return ok();
    case SLUICE_ROUTER_DUMP:
      write_dump(context.answer, context.core, **router);
      return ok();
    case SLUICE_ROUTER_CREATE_WEBRTC_TRANSPORT:
      return create_webrtc_transport(context, **router);
    case SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT:
      return create_plain_transport(context, **router);
    case SLUICE_ROUTER_CREATE_DIRECT_TRANSPORT:
      return create_direct_transport(context, **router);
    default:
      return create_pipe_transport(context, **router);
  }
}

}  // namespace

Handled run_router_method(uint32_t method, CommandContext& context, Status& status) {
  switch (method) {
    case SLUICE_ROUTER_CLOSE:
    case SLUICE_ROUTER_DUMP:
    case SLUICE_ROUTER_CREATE_WEBRTC_TRANSPORT:
    case SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT:
    case SLUICE_ROUTER_CREATE_PIPE_TRANSPORT:
    case SLUICE_ROUTER_CREATE_DIRECT_TRANSPORT:
      status = run_router(method, context);
      return Handled::yes;
    default:
      return Handled::no;
  }
}

}  // namespace sluice::worker
