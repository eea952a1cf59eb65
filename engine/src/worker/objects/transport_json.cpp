// Dump and statistics that all transports have, as mediasoup shows them; ids are numbers.
#include "worker/objects/consumer.h"
#include "worker/objects/data_consumer.h"
#include "worker/objects/data_producer.h"
#include "worker/objects/producer.h"
#include "worker/objects/transport.h"

namespace sluice::worker {
namespace {

// The extensions of a dump's recvRtpHeaderExtensions.
constexpr std::pair<rtp::ExtensionKind, std::string_view> kShownExtensions[] = {
    {rtp::ExtensionKind::mid, "mid"},
    {rtp::ExtensionKind::rid, "rid"},
    {rtp::ExtensionKind::rrid, "rrid"},
    {rtp::ExtensionKind::abs_send_time, "absSendTime"},
    {rtp::ExtensionKind::transport_cc, "transportWideCc01"},
};

template <typename Map>
void write_table(JsonWriter& out, std::string_view name, const Map& map) {
  out.begin_array(name);
  for (const auto& [key, producer] : map) {
    out.begin_object();
    out.field("key", key);
    out.field("value", producer->id());
    out.end_object();
  }
  out.end_array();
}

void write_traffic(JsonWriter& out, std::string_view bytes_name, std::string_view rate_name,
                   Instant now, Traffic& traffic) {
  out.field(bytes_name, traffic.bytes);
  out.field(rate_name, traffic.rate.bitrate(now));
}

}  // namespace

void Transport::write_base_dump(JsonWriter& out) const {
  out.field("id", id());
  out.begin_array("producerIds");
  for (const media::Producer* producer : producers_) out.value(producer->id());
  out.end_array();
  out.begin_array("consumerIds");
  for (const media::Consumer* consumer : consumers_) out.value(consumer->id());
  out.end_array();
  const auto consumer_ssrcs = [&](std::string_view name, auto ssrc_of) {
    out.begin_array(name);
    for (const media::Consumer* consumer : consumers_) {
      for (const auto& encoding : consumer->rtp_parameters().encodings) {
        if (ssrc_of(encoding) == 0) continue;
        out.begin_object();
        out.field("key", ssrc_of(encoding));
        out.field("value", consumer->id());
        out.end_object();
      }
    }
    out.end_array();
  };
  consumer_ssrcs("mapSsrcConsumerId", [](const auto& encoding) { return encoding.ssrc; });
  consumer_ssrcs("mapRtxSsrcConsumerId", [](const auto& encoding) { return encoding.rtx_ssrc; });
  out.begin_object("recvRtpHeaderExtensions");
  for (const auto& [kind, name] : kShownExtensions) {
    if (extension_ids_.id(kind) != 0) out.field(name, extension_ids_.id(kind));
  }
  out.end_object();
  out.begin_object("rtpListener");
  write_table(out, "ssrcTable", listener_.ssrcs());
  write_table(out, "midTable", listener_.mids());
  write_table(out, "ridTable", listener_.rids());
  out.end_object();
  out.begin_array("dataProducerIds");
  for (const DataProducer* producer : data_producers_) out.value(producer->id());
  out.end_array();
  out.begin_array("dataConsumerIds");
  for (const DataConsumer* consumer : data_consumers_) out.value(consumer->id());
  out.end_array();
  out.begin_array("traceEventTypes");
  for (const std::string& type : trace_types_) out.value(type);
  out.end_array();
  out.begin_object("drops");  // docs/counters.md
  out.field("feedback_statuses_refused", egress_.transport_cc.figures().statuses_refused);
  out.field("direct_packets_unread", output_.packets_dropped());
  out.end_object();
}

void Transport::write_base_stats(JsonWriter& out, const char* type_name) {
  const Instant now = core_.now;
  out.field("type", type_name);
  out.field("transportId", id());
  out.field("timestamp", core_.wall_ms());
  write_traffic(out, "bytesReceived", "recvBitrate", now, figures_.received);
  out.field("bytesSent",
            figures_.rtp_sent.bytes + figures_.rtx_sent.bytes + figures_.other_sent.bytes);
  out.field("sendBitrate", figures_.rtp_sent.rate.bitrate(now) +
                               figures_.rtx_sent.rate.bitrate(now) +
                               figures_.other_sent.rate.bitrate(now));
  write_traffic(out, "rtpBytesReceived", "rtpRecvBitrate", now, figures_.rtp_received);
  write_traffic(out, "rtpBytesSent", "rtpSendBitrate", now, figures_.rtp_sent);
  write_traffic(out, "rtxBytesReceived", "rtxRecvBitrate", now, figures_.rtx_received);
  write_traffic(out, "rtxBytesSent", "rtxSendBitrate", now, figures_.rtx_sent);
  out.field("probationBytesSent", 0u);
  out.field("probationSendBitrate", 0u);
  if (remb_.limit() != 0) out.field("maxIncomingBitrate", remb_.limit());
  if (max_outgoing_bitrate_ != 0) out.field("maxOutgoingBitrate", max_outgoing_bitrate_);
  if (min_outgoing_bitrate_ != 0) out.field("minOutgoingBitrate", min_outgoing_bitrate_);
  const auto& arrived = arrivals_.loss();
  if (arrived.expected != 0) {
    out.field("rtpPacketLossReceived",
              1.0 - static_cast<double>(arrived.received) / static_cast<double>(arrived.expected));
  }
  const auto& sent = egress_.transport_cc.figures();
  if (sent.received + sent.lost != 0) out.field("rtpPacketLossSent", sent.loss);
}

}  // namespace sluice::worker
