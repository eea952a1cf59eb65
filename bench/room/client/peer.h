// One WebRTC endpoint: a socket, the controlling side of ICE (RFC 8445), a DTLS client, SRTP in
// both directions, and the RTCP of a browser: reports each second, transport-cc feedback each 100
// ms.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "dtls/dtls_session.h"
#include "media_source.h"
#include "peer_socket.h"
#include "receive_stream.h"
#include "rtp/rtp_view.h"
#include "srtp/srtp_inbound.h"
#include "srtp/srtp_outbound.h"

namespace sluice::ice {
class StunMessage;
}

namespace sluice::bench {

struct PeerOptions {
  uint32_t id = 0;
  Address server;
  std::string server_ufrag;
  std::string server_password;
  dtls::Fingerprint server_fingerprint;
  bool gro = false;
};

// A packet that carries a stamp, for the client's statistics.
class PacketListener {
 public:
  virtual ~PacketListener() = default;
  virtual void on_packet(Instant now, ReceiveStream& stream, Bytes payload) = 0;
};

struct PeerCounters {
  uint64_t rtp = 0;
  uint64_t rtp_unknown_ssrc = 0;
  uint64_t refused = 0;  // Not SRTP of this session, or malformed.
  uint64_t rtcp_in = 0;
  uint64_t nacked = 0;  // Packets that the server missed.
  uint64_t key_frame_requests = 0;
  uint64_t feedback_in = 0;  // transport-cc from the server.
  uint64_t rtcp_out = 0;
  uint64_t send_failed = 0;

  // f(name, value) for each, in the order above.
  template <typename F>
  void each(F&& f) const {
    f("rtp", rtp);
    f("rtpUnknownSsrc", rtp_unknown_ssrc);
    f("refused", refused);
    f("rtcpIn", rtcp_in);
    f("nacked", nacked);
    f("keyFrameRequests", key_frame_requests);
    f("feedbackIn", feedback_in);
    f("rtcpOut", rtcp_out);
    f("sendFailed", send_failed);
  }
  PeerCounters& operator+=(const PeerCounters& other) {
    rtp += other.rtp;
    rtp_unknown_ssrc += other.rtp_unknown_ssrc;
    refused += other.refused;
    rtcp_in += other.rtcp_in;
    nacked += other.nacked;
    key_frame_requests += other.key_frame_requests;
    feedback_in += other.feedback_in;
    rtcp_out += other.rtcp_out;
    send_failed += other.send_failed;
    return *this;
  }
};

class Peer {
 public:
  enum class State : uint8_t { checking, handshaking, connected, failed };

  static Result<std::unique_ptr<Peer>> open(Instant now, PeerOptions options,
                                            dtls::DtlsContext& context, Random& random);

  uint32_t id() const { return options_.id; }
  int fd() const { return socket_.fd(); }
  State state() const { return state_; }
  const std::string& error() const { return error_; }
  Duration connect_time() const { return connected_at_ - opened_at_; }
  srtp::SrtpProfile profile() const { return srtp_out_->profile(); }
  const PeerCounters& counters() const { return counters_; }

  void add_receive_stream(ReceiveStream stream, uint8_t transport_cc_id);
  std::vector<ReceiveStream>& receive_streams() { return receive_streams_; }
  void add_source(MediaSource* source) { sources_.push_back(source); }
  bool has_sources() const { return !sources_.empty(); }

  // Any datagram of the server; opened in place.
  void handle_datagram(Instant now, MutableBytes datagram, PacketListener& listener);
  // Checks, retransmissions, reports: call it each kTick.
  void handle_tick(Instant now);
  static constexpr Duration kTick = 10ms;

  void send_frame(Instant now, MediaSource& source);

 private:
  Peer(PeerOptions options, PeerSocket socket, dtls::DtlsContext& context, Random& random);

  void send(Bytes datagram);
  void send_check(Instant now);
  void handle_stun(Instant now, Bytes datagram);
  void serve_dtls(Instant now);
  void take_keys(Instant now);
  void handle_rtp(Instant now, MutableBytes packet, PacketListener& listener);
  void handle_rtcp(Instant now, MutableBytes packet);
  void request_key_frame(uint32_t ssrc);
  void send_reports(Instant now);
  void send_feedback(Instant now);
  void send_rtcp(MutableBytes slot, size_t plain_bytes);
  void fail(std::string why);
  // Around `interval`, so that a thousand peers do not act in step.
  Duration about(Duration interval);

  PeerOptions options_;
  PeerSocket socket_;
  dtls::DtlsSession dtls_;
  Random& random_;
  std::string username_;
  std::optional<srtp::SrtpOutbound> srtp_out_;
  std::optional<srtp::SrtpInbound> srtp_in_;
  rtp::ExtensionIds extension_ids_;
  std::vector<ReceiveStream> receive_streams_;
  std::vector<MediaSource*> sources_;
  TransportCcArrivals arrivals_;
  uint16_t transport_cc_sent_ = 0;
  uint64_t tie_breaker_ = 0;
  std::array<uint8_t, 12> transaction_{};
  Duration check_interval_;
  Instant next_check_;
  Instant last_answer_;
  Instant next_report_ = kNever;
  Instant next_feedback_ = kNever;
  Instant opened_at_;
  Instant connected_at_;
  PeerCounters counters_;
  std::string error_;
  State state_ = State::checking;
};

}  // namespace sluice::bench
