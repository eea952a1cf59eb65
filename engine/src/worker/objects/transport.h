// What every transport has: producers and consumers, keys, routes to its peer, RTCP and figures.
// The kinds differ in how they learn the route and the keys.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/prefetch.h"
#include "media/egress.h"
#include "media/rate_counter.h"
#include "media/remb_limiter.h"
#include "media/rtcp_schedule.h"
#include "media/rtp_listener.h"
#include "media/transport_cc_receiver.h"
#include "rtcp/message.h"
#include "srtp/srtp_inbound.h"
#include "srtp/srtp_outbound.h"
#include "worker/loop/core.h"
#include "worker/objects/listen_info.h"
#include "worker/objects/router.h"

namespace sluice::media {
class Consumer;
class LinkEnd;
class Producer;
}  // namespace sluice::media

namespace sluice::worker {

class Consumer;
class DataConsumer;
class DataProducer;
class DirectWriter;
class Producer;

enum class TransportType : uint8_t { webrtc, plain, pipe, direct };

// As mediasoup names the class.
constexpr std::string_view type_name(TransportType type) {
  constexpr std::string_view kNames[] = {"WebRtcTransport", "PlainTransport", "PipeTransport",
                                         "DirectTransport"};
  return kNames[static_cast<size_t>(type)];
}

// Bytes in one direction, and their rate.
struct Traffic {
  uint64_t bytes = 0;
  media::RateCounter rate;

  void add(Instant now, size_t n) {
    bytes += n;
    rate.add(now, static_cast<uint32_t>(n));
  }
};

struct TransportFigures {
  Traffic rtp_sent, rtx_sent;          // RTP but what is sent again, and that.
  Traffic other_sent;                  // RTCP, DTLS and STUN.
  Traffic received;                    // Everything, as it came over the wire.
  Traffic rtp_received, rtx_received;  // In the clear.
};

class Transport : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::transport;

  TransportType type() const { return type_; }
  Core& core() { return core_; }
  Router& router() { return router_; }

  // Media may flow: the peer's address is known, and the keys if there are any.
  bool is_connected() const { return connected_; }
  // RTP finds its way: to an address, or to the application.
  bool has_rtp_route() const { return rtp_route.usable || to_host; }

  // Takes the transport out of everything and destroys it, with its producers and consumers.
  void close();

  // -- Receiving: what packet_path.cpp found to be for this transport, in the clear.
  void handle_rtcp(Instant now, Bytes compound);
  // For transport-cc feedback: any packet that passed SRTP.
  void note_arrival(Instant now, const rtp::RtpView& view);

  // -- Sending. RTP routes are read by packet_path.cpp.
  void send_rtcp(Bytes plain);
  // The ring to the host had no room for one.
  void note_packet_dropped();

  void add(Producer& producer);
  void remove(Producer& producer);
  void add(Consumer& consumer);
  void remove(Consumer& consumer);
  Consumer* consumer_of(uint32_t ssrc) const;

  void set_max_incoming_bitrate(Instant now, uint32_t bitrate);

  // As JSON: fields of the kind go between begin and end of an object.
  virtual void write_dump(JsonWriter& out) const = 0;
  virtual void write_stats(JsonWriter& out) = 0;
  virtual Status connect(const Fields& request, JsonWriter& answer) = 0;

  // What a packet to the peer needs, together, and of that what is further away: its keys.
  void prefetch_sending() const { prefetch_from_to(link, figures.rtp_sent); }
  void prefetch_keys() const {
    if (srtp_out) srtp_out->prefetch();
    egress.transport_cc.prefetch();
  }

  // The same for a packet from the peer, and for what feedback is compared with.
  void prefetch_receiving() const {
    sluice::prefetch(&figures.received, sizeof figures.received);
    sluice::prefetch(&srtp_in, sizeof srtp_in);
    sluice::prefetch(&egress, sizeof egress);
  }
  void prefetch_feedback() const {
    if (srtp_in) srtp_in->prefetch_rtcp();
    egress.transport_cc.prefetch_sent();
  }

  LinkEnd* link = nullptr;  // Of a pipe to another worker: instead of routes. Links owns it.
  DirectWriter* to_host = nullptr;  // Of a direct transport: instead of routes.
  Route rtp_route;
  std::optional<srtp::SrtpOutbound> srtp_out;
  media::Egress egress;
  TransportFigures figures;

  media::RtpListener listener;
  rtp::ExtensionIds extension_ids;  // Of its producers together; see Producer::reparses.
  std::vector<media::Producer*> producers;
  std::vector<media::Consumer*> consumers;
  std::vector<DataProducer*> data_producers;  // Each adds and removes itself.
  std::vector<DataConsumer*> data_consumers;

  Route rtcp_route;
  std::optional<srtp::SrtpInbound> srtp_in;
  bool needs_srtp = false;
  struct {
    uint64_t packets = 0;
    uint64_t messages = 0;
  } to_host_drops;                    // The application did not read fast enough.
  bool answers_transport_cc = false;  // A producer negotiated the feedback.

  media::TransportCcReceiver arrivals;
  uint32_t max_outgoing_bitrate = 0;
  uint32_t min_outgoing_bitrate = 0;
  std::vector<std::string> trace_types;

 protected:
  Transport(ObjectId id, TransportType type, Core& core, Router& router);

  // Tells consumers and starts or stops the reports when `connected` has changed.
  void set_connected(bool connected);
  virtual void release() = 0;  // Sockets, table entries, sessions: before it is destroyed.

  const Core& core_const() const { return core_; }
  void write_base_dump(JsonWriter& out) const;
  void write_base_stats(JsonWriter& out, const char* type_name);

 private:
  void handle_message(Instant now, const rtcp::Message& message);
  void handle_receiver_blocks(Instant now, const rtcp::ReportBlocks& blocks);
  // What became due of reports and REMB, and of transport-cc feedback.
  void serve_reports(Instant now);
  void serve_feedback(Instant now);
  void set_timers();

  const TransportType type_;
  Core& core_;
  Router& router_;
  bool connected_ = false;
  std::unordered_map<uint32_t, Consumer*> consumer_by_ssrc_;  // RTX SSRCs too.
  media::RtcpSchedule schedule_;
  media::RembLimiter remb_;
  Timer report_timer_;
  Timer feedback_timer_;
};

}  // namespace sluice::worker
