#include "worker/objects/traces.h"

namespace sluice::worker {
namespace {

constexpr size_t kTypes = std::size(media::kTraceTypeNames);

void write_packet(JsonWriter& out, const media::Trace& trace) {
  out.begin_object("rtpPacket");
  out.field("payloadType", trace.payload_type);
  out.field("sequenceNumber", trace.sequence);
  out.field("timestamp", trace.timestamp);
  out.field("marker", trace.marker);
  out.field("ssrc", trace.ssrc);
  out.field("isKeyFrame", trace.is_key_frame);
  out.field("size", trace.size);
  out.field("payloadSize", trace.payload_size);
  out.field("spatialLayer", trace.spatial);
  out.field("temporalLayer", trace.temporal);
  if (!trace.mid.empty()) out.field("mid", trace.mid);
  if (!trace.rid.empty()) out.field("rid", trace.rid);
  if (!trace.rrid.empty()) out.field("rrid", trace.rrid);
  out.maybe("wideSequenceNumber", trace.wide_sequence);
  out.end_object();
  out.field("isRtx", trace.is_rtx);
}

void write_info(JsonWriter& out, const media::Trace& trace) {
  out.begin_object("info");
  switch (trace.type) {
    case media::TraceType::rtp:
    case media::TraceType::keyframe:
      write_packet(out, trace);
      break;
    case media::TraceType::pli:
    case media::TraceType::fir:
      out.field("ssrc", trace.ssrc);
      break;
    case media::TraceType::sr:
      out.field("ssrc", trace.ssrc);
      out.field("ntpSec", trace.ntp.seconds);
      out.field("ntpFrac", trace.ntp.fraction);
      out.field("rtpTs", trace.timestamp);
      out.field("packetCount", trace.packets);
      out.field("octetCount", trace.octets);
      break;
    case media::TraceType::nack:
      break;
  }
  out.end_object();
}

}  // namespace

void report_traces(Core& core, sluice_event event, ObjectId id, media::TraceQueue& traces) {
  if (traces.empty()) [[likely]]
    return;
  core.counters.add(Counter::traces_dropped, traces.take_dropped());
  for (const media::Trace& trace : traces.take()) {
    core.events.trace(event, id, [&](JsonWriter& out) {
      out.field("type", media::kTraceTypeNames[static_cast<size_t>(trace.type)]);
      out.field("timestamp", core.wall.ms(trace.at));
      out.field("direction", trace.is_outgoing ? "out" : "in");
      write_info(out, trace);
    });
  }
}

media::TraceTypes read_trace_types(const Fields& request, media::TraceTypes allowed) {
  media::TraceTypes types = 0;
  request.each_text("types", [&](std::string_view name) {
    for (size_t i = 0; i < kTypes; ++i) {
      const auto bit = static_cast<media::TraceTypes>(1u << i);
      if (media::kTraceTypeNames[i] == name && (allowed & bit)) {
        types |= bit;
        return;
      }
    }
    request.mistake("types", "has a type that this object does not trace");
  });
  return types;
}

void write_trace_types(JsonWriter& out, media::TraceTypes types) {
  out.begin_array("traceEventTypes");
  for (size_t i = 0; i < kTypes; ++i) {
    if (types & 1u << i) out.value(media::kTraceTypeNames[i]);
  }
  out.end_array();
}

}  // namespace sluice::worker
