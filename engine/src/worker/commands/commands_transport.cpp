// Methods of transports, producing and consuming among them.
#include <algorithm>

#include "worker/commands/commands.h"
#include "worker/json/json_rtp.h"
#include "worker/objects/media_json.h"
#include "worker/objects/pipe_transport.h"
#include "worker/objects/producer.h"
#include "worker/objects/web_rtc_transport.h"

namespace sluice::worker {
namespace {

Status connect(CommandContext& context, Transport& transport) {
  context.answer.begin_object();
  auto connected = transport.connect(context.request, context.answer);
  context.answer.end_object();
  return connected;
}

Status connect_link(CommandContext& context, Transport& transport) {
  if (transport.type() != TransportType::pipe) {
    return Error{ErrorKind::unsupported, "links are for PipeTransports"};
  }
  context.answer.begin_object();
  auto linked =
      static_cast<PipeTransport&>(transport).connect_link(context.request, context.answer);
  context.answer.end_object();
  return linked;
}

Status restart_ice(CommandContext& context, Transport& transport) {
  if (transport.type() != TransportType::webrtc) {
    return Error{ErrorKind::unsupported, "restartIce() is for WebRtcTransports"};
  }
  const auto& credentials = static_cast<WebRtcTransport&>(transport).restart_ice();
  context.answer.begin_object();
  context.answer.field("usernameFragment", credentials.ufrag);
  context.answer.field("password", credentials.password);
  context.answer.field("iceLite", true);
  context.answer.end_object();
  return ok();
}

// mediasoup's floor of the outgoing limits: TransportCongestionControlMinOutgoingBitrate.
constexpr uint32_t kMinOutgoingBitrate = 30000;

Status set_bitrate(uint32_t method, CommandContext& context, Transport& transport) {
  const uint32_t bitrate = context.request.number("bitrate", 0, UINT32_MAX);
  if (context.request.failed()) return context.request.error();
  if (method == SLUICE_TRANSPORT_SET_MAX_INCOMING_BITRATE) {
    transport.set_max_incoming_bitrate(context.core.now, bitrate);
    return ok();
  }
  if (bitrate != 0 && bitrate < kMinOutgoingBitrate) {
    return invalid("bitrate must be 0 or at least " + std::to_string(kMinOutgoingBitrate));
  }
  const bool is_max = method == SLUICE_TRANSPORT_SET_MAX_OUTGOING_BITRATE;
  const uint32_t max = is_max ? bitrate : transport.max_outgoing_bitrate;
  const uint32_t min = is_max ? transport.min_outgoing_bitrate : bitrate;
  if (max != 0 && min > max) {
    return invalid("bitrate: the minimum must not be greater than the maximum");
  }
  transport.max_outgoing_bitrate = max;
  transport.min_outgoing_bitrate = min;
  return ok();
}

Status enable_trace(CommandContext& context, Transport& transport) {
  std::vector<std::string> types;
  context.request.each_text("types", [&](std::string_view type) {
    if (type != "probation" && type != "bwe") {
      context.request.mistake("types", "may have \"probation\" and \"bwe\" only");
    }
    types.emplace_back(type);
  });
  if (context.request.failed()) return context.request.error();
  transport.trace_types = std::move(types);
  return ok();
}

Status produce(CommandContext& context, Transport& transport) {
  const Fields& request = context.request;
  media::ProducerOptions options;
  const auto kind = media::parse_kind(request.text("kind"));
  if (!kind) request.mistake("kind", "must be \"audio\" or \"video\"");
  options.kind = kind.value_or(media::MediaKind::audio);
  options.rtp_parameters = read_rtp_parameters(request.object("rtpParameters"));
  options.rtp_mapping = read_rtp_mapping(request.object("rtpMapping"));
  options.key_frame_request_delay =
      std::chrono::milliseconds(request.number_or("keyFrameRequestDelay", 0, 0, 3600000));
  options.paused = request.flag_or("paused", false);
  options.enable_packet_id = request.flag_or("enableMediasoupPacketIdHeaderExtension", false);
  if (request.failed()) return request.error();

  auto* producer = context.core.objects.make<Producer>(transport);
  if (!producer) return Error{ErrorKind::limit, "too many objects"};
  if (auto opened = producer->open(std::move(options)); !opened) {
    context.core.objects.destroy(producer->id());
    return opened;
  }
  context.answer.begin_object();
  context.answer.field("id", producer->id());
  context.answer.field("type", media::type_text(producer->media().type()));
  context.answer.end_object();
  return ok();
}

// Each SSRC of a transport has one sender, ever: a second one would begin anywhere among the
// sequence numbers that were used, and send other packets under their nonces (RFC 3711, 9.1). The
// keys remember the first one after it was closed.
Status check_ssrcs(Transport& transport, const media::RtpParameters& parameters) {
  const auto taken = [](uint32_t ssrc, const char* how) {
    return Error{ErrorKind::taken,
                 "rtpParameters.encodings: SSRC " + std::to_string(ssrc) + " " + how};
  };
  std::vector<uint32_t> seen;
  for (const auto& encoding : parameters.encodings) {
    for (const uint32_t ssrc : {encoding.ssrc, encoding.rtx_ssrc}) {
      if (ssrc == 0) continue;
      const bool is_twice = std::find(seen.begin(), seen.end(), ssrc) != seen.end();
      if (is_twice || transport.consumer_of(ssrc)) {
        return taken(ssrc, "is that of another stream of the transport");
      }
      if (transport.srtp_out && transport.srtp_out->has_sent(ssrc)) {
        return taken(ssrc, "was sent under the transport's SRTP keys before");
      }
      seen.push_back(ssrc);
    }
  }
  if (transport.srtp_out && transport.srtp_out->is_full()) {
    return Error{ErrorKind::limit, "the transport's SRTP keys have served all the SSRCs they may"};
  }
  return ok();
}

Status consume(CommandContext& context, Transport& transport) {
  const Fields& request = context.request;
  auto* producer = context.core.objects.find<Producer>(request.number("producerId", 1, UINT32_MAX));
  media::ConsumerOptions options;
  const auto kind = media::parse_kind(request.text("kind"));
  if (!kind) request.mistake("kind", "must be \"audio\" or \"video\"");
  options.kind = kind.value_or(media::MediaKind::audio);
  const auto type = media::parse_consumer_type(request.text("type"));
  if (!type) request.mistake("type", "must be \"simple\", \"simulcast\", \"svc\" or \"pipe\"");
  options.type = type.value_or(media::ConsumerType::simple);
  options.rtp_parameters = read_rtp_parameters(request.object("rtpParameters"));
  request.each_object("consumableRtpEncodings", [&](const Fields& encoding) {
    options.consumable_encodings.push_back(read_encoding(encoding));
  });
  options.paused = request.flag_or("paused", false);
  options.ignore_dtx = request.flag_or("ignoreDtx", false);
  if (const auto layers = request.maybe_object("preferredLayers")) {
    options.preferred_layers = read_layers(*layers);
  }
  if (request.failed()) return request.error();
  if (!producer || &producer->transport().router() != &transport.router()) {
    return Error{ErrorKind::not_found, "Producer not found"};
  }
  if (options.kind != producer->media().kind()) return invalid("kind differs from the producer's");
  if (auto fresh = check_ssrcs(transport, options.rtp_parameters); !fresh) return fresh;

  auto* consumer = context.core.objects.make<Consumer>(transport, *producer);
  if (!consumer) return Error{ErrorKind::limit, "too many objects"};
  if (auto opened = consumer->open(std::move(options)); !opened) {
    context.core.objects.destroy(consumer->id());
    return opened;
  }
  JsonWriter& out = context.answer;
  out.begin_object();
  out.field("id", consumer->id());
  out.field("paused", consumer->media().is_paused());
  out.field("producerPaused", consumer->media().is_producer_paused());
  write_score(out, consumer->media().score());
  if (const auto layers = consumer->media().preferred_layers(); layers && layers->spatial >= 0) {
    out.begin_object("preferredLayers");
    write_layer_fields(out, layers);
    out.end_object();
  }
  out.end_object();
  return ok();
}

Status run(uint32_t method, CommandContext& context, Transport& transport) {
  switch (method) {
    case SLUICE_TRANSPORT_CLOSE:
      transport.close();
      return ok();
    case SLUICE_TRANSPORT_DUMP:
      transport.write_dump(context.answer);
      return ok();
    case SLUICE_TRANSPORT_STATS:
      transport.write_stats(context.answer);
      return ok();
    case SLUICE_TRANSPORT_CONNECT:
      return connect(context, transport);
    case SLUICE_TRANSPORT_CONNECT_LINK:
      return connect_link(context, transport);
    case SLUICE_TRANSPORT_RESTART_ICE:
      return restart_ice(context, transport);
    case SLUICE_TRANSPORT_ENABLE_TRACE:
      return enable_trace(context, transport);
    case SLUICE_TRANSPORT_PRODUCE:
      return produce(context, transport);
    case SLUICE_TRANSPORT_CONSUME:
      return consume(context, transport);
    default:
      return set_bitrate(method, context, transport);
  }
}

}  // namespace

Handled run_transport_method(uint32_t method, CommandContext& context, Status& status) {
  if (method < SLUICE_TRANSPORT_CLOSE || method > SLUICE_TRANSPORT_CONNECT_LINK) return Handled::no;
  auto transport = target_as<Transport>(context, "Transport");
  status = transport ? run(method, context, **transport) : Status(transport.error());
  return Handled::yes;
}

}  // namespace sluice::worker
