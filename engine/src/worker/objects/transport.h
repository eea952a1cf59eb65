// What every transport has: producers and consumers, keys, routes to its peer, RTCP and figures.
// The kinds differ in how they learn the route and the keys.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/packet_holders.h"
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
#include "worker/objects/member_list.h"
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
  Output& output() { return output_; }
  const Output& output() const { return output_; }

  // Media may flow: the peer's address is known, and so are the keys where SRTP is required.
  bool is_connected() const { return connected_; }

  // Closes its producers and consumers, leaves every table, and destroys the transport.
  void close();

  // -- Receiving.
  // Counts what has proved to come from the peer, by its size on the wire. A stranger who can send
  // on the peer's path must not raise the figures.
  void note_received(Instant now, size_t bytes) { figures_.received.add(now, bytes); }
  // Counts an RTP packet in the clear.
  void note_rtp_received(Instant now, size_t bytes, bool is_rtx) {
    (is_rtx ? figures_.rtx_received : figures_.rtp_received).add(now, bytes);
  }
  // Opens SRTP or SRTCP in its slot. Returns why that failed; nullopt when the slot has plain bytes
  // now, or had them before because no keys are required.
  std::optional<Counter> unprotect(PacketHead& slot, bool is_rtcp);
  // Reads the header extensions by the ids that its producers agree on; see Producer::reparses().
  std::optional<rtp::RtpView> parse(Bytes packet) const {
    return rtp::RtpView::parse(packet, extension_ids_);
  }
  // nullptr when no producer takes the packet. By SSRC, MID or RID; a new SSRC is remembered.
  media::Producer* find_producer(const rtp::RtpView& view) { return listener_.find(view); }
  media::Producer* find_producer(uint32_t ssrc) const { return listener_.find_ssrc(ssrc); }
  void handle_rtcp(Instant now, Bytes compound);
  // What the histories of its producers keep.
  PacketShare& packets() { return packets_; }
  // For transport-cc feedback: every packet that passed SRTP, whether or not a producer takes it.
  void note_arrival(Instant now, const rtp::RtpView& view);

  // -- Sending.
  // The state that its consumers share when they write packets at `now`.
  media::Egress& egress_at(Instant now) {
    egress_.set_time(now);
    return egress_;
  }
  void note_rtp_sent(Instant now, size_t bytes) { figures_.rtp_sent.add(now, bytes); }
  // Counts RTCP, DTLS, STUN and messages.
  void note_other_sent(Instant now, size_t bytes) { figures_.other_sent.add(now, bytes); }
  void send_rtcp(Bytes plain);
  // Sends what the consumer's peer asked for again.
  void send_resends(Instant now, media::Consumer& consumer);

  // -- Its producers and consumers add and remove themselves.
  Status add(Producer& producer);  // Fails when another producer has an SSRC, MID or RID of it.
  void remove(Producer& producer);
  void add(Consumer& consumer);
  void remove(Consumer& consumer);
  void add(DataProducer& producer);
  void remove(DataProducer& producer);
  void add(DataConsumer& consumer);
  void remove(DataConsumer& consumer);
  const MemberList<media::Producer, InTransport>& producers() const { return producers_; }
  const MemberList<media::Consumer, InTransport>& consumers() const { return consumers_; }
  const MemberList<DataProducer, InTransport>& data_producers() const { return data_producers_; }
  const MemberList<DataConsumer, InTransport>& data_consumers() const { return data_consumers_; }
  Consumer* consumer_of(uint32_t ssrc) const;

  size_t place_in_router = 0;  // Kept by the router.

  // -- Settings. A bitrate of 0 is no limit.
  void set_max_incoming_bitrate(Instant now, uint32_t bitrate);
  Status set_max_outgoing_bitrate(uint32_t bitrate);  // Fails when it is below the minimum.
  Status set_min_outgoing_bitrate(uint32_t bitrate);
  void set_trace_types(std::vector<std::string> types) { trace_types_ = std::move(types); }

  // As JSON: fields of the kind go between begin and end of an object.
  virtual void write_dump(JsonWriter& out) const = 0;
  virtual void write_stats(JsonWriter& out) = 0;
  virtual Status connect(const Fields& request, JsonWriter& answer) = 0;

  // Fetches the members that a packet to the peer needs, and then what they point to.
  void prefetch_sending() const { prefetch_from_to(output_.hot_begin(), figures_.rtp_sent); }
  void prefetch_keys() const {
    output_.prefetch_keys();
    egress_.transport_cc.prefetch();
  }

  // The same for a packet from the peer, and for what its feedback is compared with.
  void prefetch_receiving() const {
    sluice::prefetch(&figures_.received, sizeof figures_.received);
    sluice::prefetch(&srtp_in_, sizeof srtp_in_);
    sluice::prefetch(&egress_, sizeof egress_);
  }
  void prefetch_feedback() const {
    if (srtp_in_) srtp_in_->prefetch_rtcp();
    egress_.transport_cc.prefetch_sent();
  }

 protected:
  Transport(ObjectId id, TransportType type, Core& core, Router& router);

  // Nothing is taken or sent in the clear, in neither direction.
  void require_srtp();
  bool requires_srtp() const { return requires_srtp_; }
  // Master keys with their salts. Fails when the profile does not take them.
  Status set_srtp_keys(srtp::SrtpProfile profile, Bytes inbound, Bytes outbound);
  // Nothing can be opened or protected any more: the session is over.
  void wipe_srtp_keys();
  bool has_srtp_keys() const { return srtp_in_.has_value(); }

  // Tells consumers and starts or stops the reports when `connected` has changed.
  void set_connected(bool connected);
  virtual void release() = 0;  // Gives back sockets, table entries and sessions; before the end.

  const Core& core_const() const { return core_; }
  void write_base_dump(JsonWriter& out) const;
  void write_base_stats(JsonWriter& out, const char* type_name);

 private:
  void learn_extensions(Producer& producer);
  void handle_message(Instant now, const rtcp::Message& message);
  void handle_receiver_blocks(Instant now, const rtcp::ReportBlocks& blocks);
  // Sends reports and REMB that are due, and transport-cc feedback.
  void serve_reports(Instant now);
  void serve_feedback(Instant now);
  void set_timers();
  Status set_outgoing_limits(uint32_t min, uint32_t max);

  // Hot: every packet that is sent, in this order, up to figures_.rtp_sent.
  Output output_;
  media::Egress egress_;
  TransportFigures figures_;

  // Hot: every packet that is received.
  std::optional<srtp::SrtpInbound> srtp_in_;
  bool requires_srtp_ = false;
  bool answers_transport_cc_ = false;  // A producer negotiated the feedback.
  bool connected_ = false;
  rtp::ExtensionIds extension_ids_;  // Of its producers together.
  PacketShare packets_;
  media::RtpListener listener_;
  media::TransportCcReceiver arrivals_;
  Timer feedback_timer_;

  // RTCP.
  std::unordered_map<uint32_t, Consumer*> consumer_by_ssrc_;  // RTX SSRCs too.
  media::RtcpSchedule schedule_;
  media::RembLimiter remb_;
  Timer report_timer_;

  // Commands alone.
  const TransportType type_;
  Core& core_;
  Router& router_;
  MemberList<media::Producer, InTransport> producers_;
  MemberList<media::Consumer, InTransport> consumers_;
  MemberList<DataProducer, InTransport> data_producers_;
  MemberList<DataConsumer, InTransport> data_consumers_;
  uint32_t max_outgoing_bitrate_ = 0;
  uint32_t min_outgoing_bitrate_ = 0;
  std::vector<std::string> trace_types_;
};

}  // namespace sluice::worker
