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
#include "worker/loop/core.h"
#include "worker/objects/listen_info.h"
#include "worker/objects/router.h"
#include "worker/path/output.h"

namespace sluice::media {
class Consumer;
class Producer;
}  // namespace sluice::media

namespace sluice::worker {

class Consumer;
class DataConsumer;
class DataProducer;
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
  Traffic rtp_sent, rtx_sent;          // First sendings, and resends.
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
  Output& output() { return output_; }
  const Output& output() const { return output_; }

  // Takes the transport out of everything and destroys it, with its producers and consumers.
  void close();

  // -- Receiving: what packet_path.cpp found to be for this transport, in the clear.
  void handle_rtcp(Instant now, Bytes compound);
  // For transport-cc feedback: any packet that passed SRTP.
  void note_arrival(Instant now, const rtp::RtpView& view);

  // -- Sending.
  void send_rtcp(Bytes plain);
  // Sends what the consumer's peer asked for again.
  void send_resends(Instant now, media::Consumer& consumer);

  void add(Producer& producer);
  void remove(Producer& producer);
  void add(Consumer& consumer);
  void remove(Consumer& consumer);
  void add(DataProducer& producer);
  void remove(DataProducer& producer);
  void add(DataConsumer& consumer);
  void remove(DataConsumer& consumer);
  Consumer* consumer_of(uint32_t ssrc) const;

  void set_max_incoming_bitrate(Instant now, uint32_t bitrate);

  // As JSON: fields of the kind go between begin and end of an object.
  virtual void write_dump(JsonWriter& out) const = 0;
  virtual void write_stats(JsonWriter& out) = 0;
  virtual Status connect(const Fields& request, JsonWriter& answer) = 0;

  // Fetches the members that a packet to the peer needs, and then what they point to.
  void prefetch_sending() const { prefetch_from_to(output_.hot_begin(), figures.rtp_sent); }
  void prefetch_keys() const {
    output_.prefetch_keys();
    egress.transport_cc.prefetch();
  }

  // The same for a packet from the peer, and for what its feedback is compared with.
  void prefetch_receiving() const {
    sluice::prefetch(&figures.received, sizeof figures.received);
    sluice::prefetch(&srtp_in, sizeof srtp_in);
    sluice::prefetch(&egress, sizeof egress);
  }
  void prefetch_feedback() const {
    if (srtp_in) srtp_in->prefetch_rtcp();
    egress.transport_cc.prefetch_sent();
  }

  Output output_;
  media::Egress egress;
  TransportFigures figures;

  media::RtpListener listener;
  rtp::ExtensionIds extension_ids;  // Of its producers together; see Producer::reparses.
  std::vector<media::Producer*> producers;
  std::vector<media::Consumer*> consumers;
  std::vector<DataProducer*> data_producers;
  std::vector<DataConsumer*> data_consumers;

  std::optional<srtp::SrtpInbound> srtp_in;
  bool needs_srtp = false;
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
