// Methods of transports, among them those that create producers and consumers.
#include <algorithm>

#include "worker/commands/methods.h"
#include "worker/json/json_rtp.h"
#include "worker/objects/consumer.h"
#include "worker/objects/media_json.h"
#include "worker/objects/pipe_transport.h"
#include "worker/objects/producer.h"
#include "worker/objects/web_rtc_transport.h"

namespace sluice::worker {

Status connect(CommandContext& context, Transport& transport) {
  context.answer.begin_object();
  auto connected = transport.connect(context.request, context.answer);
  context.answer.end_object();
  return connected;
}

Status connect_link(CommandContext& context, PipeTransport& transport) {
  context.answer.begin_object();
  auto linked = transport.connect_link(context.request, context.answer);
  context.answer.end_object();
  return linked;
}

Status restart_ice(CommandContext& context, WebRtcTransport& transport) {
  const auto& credentials = transport.restart_ice();
  context.answer.begin_object();
  context.answer.field("usernameFragment", credentials.ufrag);
  context.answer.field("password", credentials.password);
  context.answer.field("iceLite", true);
  context.answer.end_object();
  return ok();
}

namespace {

// mediasoup's floor of the outgoing limits: TransportCongestionControlMinOutgoingBitrate.
constexpr uint32_t kMinOutgoingBitrate = 30000;

Result<uint32_t> read_outgoing_bitrate(const Fields& request) {
  const uint32_t bitrate = request.number("bitrate", 0, UINT32_MAX);
  if (request.failed()) return request.error();
  if (bitrate != 0 && bitrate < kMinOutgoingBitrate) {
    return invalid("bitrate must be 0 or at least " + std::to_string(kMinOutgoingBitrate));
  }
  return bitrate;
}

}  // namespace

Status set_max_incoming_bitrate(CommandContext& context, Transport& transport) {
  const uint32_t bitrate = context.request.number("bitrate", 0, UINT32_MAX);
  if (context.request.failed()) return context.request.error();
  transport.set_max_incoming_bitrate(context.core.now, bitrate);
  return ok();
}

Status set_max_outgoing_bitrate(CommandContext& context, Transport& transport) {
  const auto max = read_outgoing_bitrate(context.request);
  if (!max) return max.error();
  return transport.set_max_outgoing_bitrate(*max);
}

Status set_min_outgoing_bitrate(CommandContext& context, Transport& transport) {
  const auto min = read_outgoing_bitrate(context.request);
  if (!min) return min.error();
  return transport.set_min_outgoing_bitrate(*min);
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
  transport.set_trace_types(std::move(types));
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

namespace {

// An SSRC of a transport belongs to one sender for as long as the SRTP keys live. A second sender
// would reuse sequence numbers of the first and so encrypt other packets under the same nonces
// (RFC 3711, 9.1). The keys remember an SSRC after its consumer was closed.
Status check_ssrcs(Transport& transport, const media::RtpParameters& parameters) {
  const auto taken = [](uint32_t ssrc, const char* how) {
    return Error{ErrorKind::taken,
                 "rtpParameters.encodings: SSRC " + std::to_string(ssrc) + " " + how};
  };
  srtp::SrtpOutbound* keys = transport.output().keys();
  std::vector<uint32_t> seen;
  for (const auto& encoding : parameters.encodings) {
    for (const uint32_t ssrc : {encoding.ssrc, encoding.rtx_ssrc}) {
      if (ssrc == 0) continue;
      const bool is_twice = std::find(seen.begin(), seen.end(), ssrc) != seen.end();
      if (is_twice || transport.consumer_of(ssrc)) {
        return taken(ssrc, "is that of another stream of the transport");
      }
      if (keys && keys->has_sent(ssrc)) {
        return taken(ssrc, "was sent under the transport's SRTP keys before");
      }
      seen.push_back(ssrc);
    }
  }
  if (keys && keys->is_full()) {
    return Error{ErrorKind::limit, "the transport's SRTP keys have served all the SSRCs they may"};
  }
  return ok();
}

}  // namespace

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

}  // namespace sluice::worker
