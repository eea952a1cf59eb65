#include "worker/objects/media_json.h"

#include "worker/json/json_rtp.h"
#include "worker/objects/consumer.h"
#include "worker/objects/producer.h"
#include "worker/objects/traces.h"
#include "worker/objects/transport.h"

namespace sluice::worker {
namespace {

void write_params(JsonWriter& out, const media::StreamParams& params) {
  out.begin_object("params");
  out.field("encodingIdx", params.encoding_index);
  out.field("ssrc", params.ssrc);
  out.field("payloadType", params.payload_type);
  out.field("mimeType", params.names->mime_type);
  out.field("clockRate", params.clock_rate);
  if (!params.names->rid.empty()) out.field("rid", params.names->rid);
  out.field("cname", params.names->cname);
  if (params.rtx_ssrc) {
    out.field("rtxSsrc", params.rtx_ssrc);
    out.field("rtxPayloadType", params.rtx_payload_type);
  }
  out.field("useNack", params.use_nack);
  out.field("usePli", params.use_pli);
  out.field("useFir", params.use_fir);
  out.field("useInBandFec", params.use_in_band_fec);
  out.field("useDtx", params.use_dtx);
  out.field("spatialLayers", params.spatial_layers);
  out.field("temporalLayers", params.temporal_layers);
  out.end_object();
}

void write_stream_dump(JsonWriter& out, const media::StreamParams& params, uint8_t score) {
  out.begin_object();
  write_params(out, params);
  out.field("score", score);
  if (params.rtx_ssrc) {
    out.begin_object("rtxStream");
    out.begin_object("params");
    out.field("ssrc", params.rtx_ssrc);
    out.field("payloadType", params.rtx_payload_type);
    out.field("mimeType", params.kind == media::MediaKind::video ? "video/rtx" : "audio/rtx");
    out.field("clockRate", params.clock_rate);
    if (!params.names->rid.empty()) out.field("rrid", params.names->rid);
    out.field("cname", params.names->cname);
    out.end_object();
    out.end_object();
  }
  out.end_object();
}

// For consumers of streams with layers. Without a selector every layer that arrives is sent.
void write_layer_dump(JsonWriter& out, const media::Consumer& consumer,
                      const media::StreamParams& params) {
  const media::VideoLayers top{static_cast<int16_t>(params.spatial_layers - 1),
                               static_cast<int16_t>(params.temporal_layers - 1)};
  const auto preferred = consumer.preferred_layers().value_or(top);
  const auto current = consumer.current_layers().value_or(top);
  out.field("preferredSpatialLayer", preferred.spatial);
  out.field("targetSpatialLayer", preferred.spatial);
  out.field("currentSpatialLayer", current.spatial);
  out.field("preferredTemporalLayer", preferred.temporal);
  out.field("targetTemporalLayer", preferred.temporal);
  out.field("currentTemporalLayer", current.temporal);
}

// The fields that both directions have.
void write_stream_stats(JsonWriter& out, Core& core, const char* type,
                        const media::StreamParams& params, const media::StreamStats& stats) {
  out.field("type", type);
  out.field("timestamp", core.wall_ms());
  out.field("ssrc", params.ssrc);
  if (params.rtx_ssrc) out.field("rtxSsrc", params.rtx_ssrc);
  if (!params.names->rid.empty()) out.field("rid", params.names->rid);
  out.field("kind", media::kind_text(params.kind));
  out.field("mimeType", params.names->mime_type);
  out.field("packetsLost", stats.packets_lost);
  out.field("fractionLost", stats.fraction_lost);
  out.field("jitter", static_cast<uint64_t>(stats.jitter));
  out.field("packetsDiscarded", stats.packets_discarded);
  out.field("packetsRetransmitted", stats.packets_retransmitted);
  out.field("packetsRepaired", stats.packets_repaired);
  out.field("nackCount", stats.nack_count);
  out.field("nackPacketCount", stats.nack_packet_count);
  out.field("pliCount", stats.pli_count);
  out.field("firCount", stats.fir_count);
  if (stats.round_trip_time_ms > 0) out.field("roundTripTime", stats.round_trip_time_ms);
  out.maybe("rtxPacketsDiscarded", stats.rtx_packets_discarded);
  out.field("score", stats.score);
  out.field("packetCount", stats.packet_count);
  out.field("byteCount", stats.byte_count);
  out.field("bitrate", stats.bitrate);
}

void write_inbound(JsonWriter& out, Core& core, const media::ProducerStreamStats& stream) {
  out.begin_object();
  write_stream_stats(out, core, "inbound-rtp", *stream.params, stream.stats);
  out.begin_object("bitrateByLayer");
  for (const auto& layer : stream.bitrate_by_layer) {
    out.field(std::to_string(layer.spatial) + "." + std::to_string(layer.temporal), layer.bitrate);
  }
  out.end_object();
  out.end_object();
}

}  // namespace

void write_layer_fields(JsonWriter& out, const std::optional<media::VideoLayers>& layers) {
  if (!layers || layers->spatial < 0) return;
  out.field("spatialLayer", layers->spatial);
  if (layers->temporal >= 0) out.field("temporalLayer", layers->temporal);
}

media::VideoLayers read_layers(const Fields& fields) {
  media::VideoLayers layers;
  layers.spatial = static_cast<int16_t>(fields.number("spatialLayer", 0, 255));
  const auto temporal = fields.maybe_number("temporalLayer", 0, 255);
  if (temporal) layers.temporal = static_cast<int16_t>(*temporal);
  return layers;
}

namespace {

// What a consumer did not send, by reason: docs/counters.md.
void write_drops(JsonWriter& out, media::Consumer& consumer) {
  const media::Consumer::Drops& drops = consumer.drops();
  uint64_t resends_refused = 0;
  for (const auto& stream : consumer.streams()) resends_refused += stream.resends_refused();
  out.begin_object("drops");
  out.field("inactive", drops.inactive);
  out.field("payload_type", drops.payload_type);
  out.field("no_key_frame", drops.no_key_frame);
  out.field("padding", drops.padding);
  out.field("dtx", drops.dtx);
  out.field("layer", drops.layer);
  out.field("too_old", drops.too_old);
  out.field("no_room", drops.no_room);
  out.field("resend_gone", drops.resend_gone);
  out.field("resend_refused", resends_refused);
  out.end_object();
}

// What a producer gave up, by reason: docs/counters.md.
void write_drops(JsonWriter& out, const media::Producer& producer) {
  uint64_t given_up = 0;
  uint64_t malformed = 0;
  uint64_t unresolved = 0;
  for (size_t i = 0; i < producer.encodings(); ++i) {
    auto* stream = producer.stream(static_cast<uint8_t>(i));
    if (!stream) continue;
    given_up += stream->nacks().given_up();
    const auto* descriptors = stream->dependency();
    if (!descriptors) continue;
    malformed += descriptors->malformed();
    unresolved += descriptors->unresolved();
  }
  out.begin_object("drops");
  out.field("nacks_given_up", given_up);
  out.field("descriptors_malformed", malformed);
  out.field("descriptors_unresolved", unresolved);
  out.end_object();
}

}  // namespace

void Producer::write_dump(JsonWriter& out) {
  out.begin_object();
  out.field("id", id());
  out.field("kind", media::kind_text(media_->kind()));
  out.field("type", media::type_text(media_->type()));
  out.key("rtpParameters");
  write_rtp_parameters(out, media_->rtp_parameters());
  out.key("rtpMapping");
  write_rtp_mapping(out, media_->rtp_mapping());
  out.begin_array("rtpStreams");
  for (size_t i = 0; i < media_->encodings(); ++i) {
    if (auto* stream = media_->stream(static_cast<uint8_t>(i))) {
      write_stream_dump(out, stream->params(), stream->score());
    }
  }
  out.end_array();
  write_trace_types(out, media_->traces().types());
  out.field("paused", media_->is_paused());
  write_drops(out, *media_);
  out.end_object();
}

void Consumer::write_dump(JsonWriter& out) {
  out.begin_object();
  out.field("id", id());
  out.field("producerId", producer_.id());
  out.field("kind", media::kind_text(media_->kind()));
  out.field("type", media::type_text(media_->type()));
  out.key("rtpParameters");
  write_rtp_parameters(out, media_->rtp_parameters());
  out.begin_array("consumableRtpEncodings");
  for (const auto& encoding : media_->options().consumable_encodings) write_encoding(out, encoding);
  out.end_array();
  out.begin_array("supportedCodecPayloadTypes");
  for (const uint8_t type : media_->supported_payload_types()) out.value(type);
  out.end_array();
  write_trace_types(out, media_->traces().types());
  out.field("paused", media_->is_paused());
  out.field("producerPaused", media_->is_producer_paused());
  out.field("priority", media_->priority());
  if (media_->type() == media::ConsumerType::pipe) {
    out.begin_array("rtpStreams");
    for (auto& stream : media_->streams()) write_stream_dump(out, stream.params(), stream.score());
    out.end_array();
  } else {
    auto& stream = media_->streams().front();
    out.key("rtpStream");
    write_stream_dump(out, stream.params(), stream.score());
  }
  if (media_->type() == media::ConsumerType::simulcast ||
      media_->type() == media::ConsumerType::svc) {
    write_layer_dump(out, *media_, media_->streams().front().params());
  }
  write_drops(out, *media_);
  out.end_object();
}

void Producer::write_stats(JsonWriter& out) {
  Core& core = transport_.core();
  out.begin_array();
  for (const auto& stream : media_->stats(core.now)) write_inbound(out, core, stream);
  out.end_array();
}

void Consumer::write_stats(JsonWriter& out) {
  Core& core = transport_.core();
  out.begin_array();
  for (const auto& stream : media_->stats(core.now)) {
    out.begin_object();
    write_stream_stats(out, core, "outbound-rtp", *stream.params, stream.stats);
    out.end_object();
  }
  // As in mediasoup, the streams that the producer receives follow.
  for (const auto& stream : producer_.media().stats(core.now)) {
    write_inbound(out, core, stream);
  }
  out.end_array();
}

}  // namespace sluice::worker
