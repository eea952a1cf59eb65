// A WebRTC endpoint for tests of a worker: the checks of a controlling ICE agent, DTLS and SRTP,
// made of the engine's own parts, over a real socket of the loopback.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "dtls/dtls_session.h"
#include "ice/stun.h"
#include "net/clock.h"
#include "net/fd.h"
#include "net/socket_options.h"
#include "net/zone.h"
#include "srtp/srtp_inbound.h"
#include "srtp/srtp_outbound.h"
#include "tests/worker/test_worker.h"

namespace sluice::worker {

// What a peer learns of a transport by signalling.
struct RemoteTransport {
  uint32_t id = 0;
  std::string ufrag, password;
  uint16_t udp_port = 0, tcp_port = 0;
  std::vector<dtls::Fingerprint> fingerprints;

  // `created` is the answer to the transport's creation.
  static RemoteTransport read(const std::string& created) {
    INFO(created);
    JsonRequest parsed;
    const Bytes bytes(reinterpret_cast<const uint8_t*>(created.data()), created.size());
    REQUIRE(parsed.parse(bytes).ok());
    FieldErrors errors;
    const Fields fields = parsed.fields(errors);
    RemoteTransport remote;
    remote.id = fields.number("id", 1, UINT32_MAX);
    const Fields ice = fields.object("iceParameters");
    remote.ufrag = ice.text("usernameFragment");
    remote.password = ice.text("password");
    fields.each_object("iceCandidates", [&](const Fields& candidate) {
      const bool udp = candidate.text("protocol") == "udp";
      (udp ? remote.udp_port : remote.tcp_port) =
          static_cast<uint16_t>(candidate.number("port", 1, 65535));
    });
    fields.object("dtlsParameters").each_object("fingerprints", [&](const Fields& fingerprint) {
      remote.fingerprints.push_back({*dtls::algorithm_from_name(fingerprint.text("algorithm")),
                                     std::string(fingerprint.text("value"))});
    });
    REQUIRE_FALSE(errors.any());
    return remote;
  }
};

// A socket connected to a port of the loopback: datagrams, framed when the protocol is TCP.
class LoopbackLink {
 public:
  LoopbackLink(Protocol protocol, uint16_t port, const char* ip = "127.0.0.1")
      : protocol_(protocol) {
    Address to = *net::parse_zoned_ip(ip);
    to.port = port;
    const int type = protocol == Protocol::udp ? SOCK_DGRAM : SOCK_STREAM;
    fd_ = net::Fd(socket(to.is_ipv6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0));
    sockaddr_in6 where;
    const socklen_t size = net::to_sockaddr(to, to.is_ipv6, &where);
    REQUIRE(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&where), size) == 0);
  }

  void send(Bytes datagram) const {
    if (protocol_ == Protocol::udp) return send_raw(datagram);
    std::vector<uint8_t> frame(2 + datagram.size());
    store_u16(frame, 0, static_cast<uint16_t>(datagram.size()));
    std::copy(datagram.begin(), datagram.end(), frame.begin() + 2);
    send_raw(frame);
  }
  void send_raw(Bytes bytes) const { ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL); }

  // The next datagram; empty when none comes in time, or the connection has ended.
  Bytes receive(int timeout_ms) {
    pollfd waiting{fd_.get(), POLLIN, 0};
    if (poll(&waiting, 1, timeout_ms) != 1) return {};
    if (protocol_ == Protocol::udp) return Bytes(buffer_).first(read(0, buffer_.size()));
    if (read(MSG_WAITALL, 2) != 2) return {};
    return Bytes(buffer_).first(read(MSG_WAITALL, load_u16(buffer_, 0)));
  }

  // Whether the other side has closed a TCP connection; waits for it.
  bool is_closed(int timeout_ms) const {
    pollfd waiting{fd_.get(), POLLRDHUP, 0};
    return poll(&waiting, 1, timeout_ms) == 1;
  }
  Protocol protocol() const { return protocol_; }
  int fd() const { return fd_.get(); }

 private:
  size_t read(int flags, size_t size) {
    const ssize_t got = recv(fd_.get(), buffer_.data(), size, flags);
    return got < 0 ? 0 : static_cast<size_t>(got);
  }

  Protocol protocol_;
  net::Fd fd_;
  std::vector<uint8_t> buffer_ = std::vector<uint8_t>(65536);
};

class WebRtcPeer {
 public:
  static constexpr int kPatienceMs = 10'000;
  static constexpr uint32_t kPriority = 1845501695;  // Of a host candidate.

  explicit WebRtcPeer(RemoteTransport remote, Protocol protocol = Protocol::udp,
                      const char* ip = "127.0.0.1")
      : link(make_link(remote, protocol, ip)), remote_(std::move(remote)) {}

  static LoopbackLink make_link(const RemoteTransport& remote, Protocol protocol,
                                const char* ip = "127.0.0.1") {
    return LoopbackLink(protocol, protocol == Protocol::udp ? remote.udp_port : remote.tcp_port,
                        ip);
  }

  // The peers' own certificate.
  static dtls::DtlsContext& context() {
    static const auto made = [] {
      auto certificate = dtls::Certificate::make_self_signed();
      REQUIRE(certificate);
      auto context = dtls::DtlsContext::make(std::move(*certificate));
      REQUIRE(context);
      return std::move(*context);
    }();
    return *made;
  }

  // The request of SLUICE_TRANSPORT_CONNECT.
  static std::string connect_request(const char* role = "client") {
    const auto& fingerprint = context().fingerprints()[2];
    return std::string(R"({"dtlsParameters":{"role":")") + role +
           R"(","fingerprints":[{"algorithm":"sha-256","value":")" + fingerprint.value + "\"}]}}";
  }

  // A connectivity check with these credentials.
  std::vector<uint8_t> make_check(std::string_view password, bool nominate = true) {
    std::array<uint8_t, ice::kTransactionIdBytes> id{};
    static std::atomic<uint32_t> checks{0};  // Of all peers: an id is used once.
    store_u32(id, 0, ++checks);
    std::vector<uint8_t> wire(256);
    wire.resize(ice::write_binding_request(
        wire, id, {remote_.ufrag + ":peer", password, kPriority, 1, true, nominate, std::nullopt}));
    return wire;
  }

  // Sends a check and waits for its answer; the error code, 0 for success, -1 for none.
  int check(bool nominate = true, int timeout_ms = kPatienceMs) {
    answer_.reset();
    link.send(make_check(remote_.password, nominate));
    const Instant deadline = net::now() + std::chrono::milliseconds(timeout_ms);
    while (!answer_ && net::now() < deadline) pump(deadline);
    return answer_.value_or(-1);
  }

  // Begins DTLS; what it says goes out at once.
  void start_dtls(dtls::DtlsRole role = dtls::DtlsRole::client) {
    REQUIRE(dtls.start(net::now(), role, remote_.fingerprints));
    flush_dtls();
  }

  // Goes on until the keys are there. Without `timers` nothing is ever sent again.
  bool finish_dtls(bool timers = true, int timeout_ms = kPatienceMs) {
    const Instant deadline = net::now() + std::chrono::milliseconds(timeout_ms);
    while (dtls.state() == dtls::DtlsState::connecting && net::now() < deadline) {
      pump(timers ? std::min(deadline, dtls.next_timeout()) : deadline);
      if (timers && dtls.next_timeout() <= net::now()) {
        dtls.handle_timeout(net::now());
        flush_dtls();
      }
    }
    take_keys();
    return srtp_out.has_value();
  }

  bool connect() {
    if (check() != 0) return false;
    start_dtls();
    return finish_dtls();
  }

  // An RTP packet of 160 bytes behind its header that begins with `word`.
  void send_rtp(uint32_t ssrc, uint8_t payload_type, uint16_t sequence, uint32_t word) {
    link.send(make_rtp(ssrc, payload_type, sequence, word));
  }
  std::vector<uint8_t> make_rtp(uint32_t ssrc, uint8_t payload_type, uint16_t sequence,
                                uint32_t word) {
    std::vector<uint8_t> packet(12 + 160 + srtp::kMaxRtpOverhead);
    packet[0] = 0x80;
    packet[1] = payload_type;
    store_u16(packet, 2, sequence);
    store_u32(packet, 4, sequence * 960u);
    store_u32(packet, 8, ssrc);
    store_u32(packet, 12, word);
    packet.resize(srtp_out->protect_rtp(packet, 12, Bytes(packet).subspan(12, 160)));
    return packet;
  }

  // The next RTP packet, opened; empty when none comes in time.
  std::vector<uint8_t> receive_rtp(int timeout_ms = kPatienceMs) {
    const Instant deadline = net::now() + std::chrono::milliseconds(timeout_ms);
    while (rtp_.empty() && net::now() < deadline) pump(deadline);
    if (rtp_.empty()) return {};
    std::vector<uint8_t> packet = std::move(rtp_.front());
    rtp_.pop_front();
    return packet;
  }

  void flush_dtls() {
    while (const auto datagram = dtls.poll_output()) link.send(*datagram);
  }

  const RemoteTransport& remote() const { return remote_; }
  // New credentials of the same transport: an ICE restart.
  void set_credentials(std::string ufrag, std::string password) {
    remote_.ufrag = std::move(ufrag);
    remote_.password = std::move(password);
  }

  LoopbackLink link;
  dtls::DtlsSession dtls{context()};
  std::optional<srtp::SrtpInbound> srtp_in;
  std::optional<srtp::SrtpOutbound> srtp_out;

 private:
  // Takes one datagram, when one comes before `deadline`.
  void pump(Instant deadline) {
    const int64_t left_ms = to_ms(deadline - net::now() + 1ms);
    const Bytes datagram = link.receive(static_cast<int>(std::clamp<int64_t>(left_ms, 0, 1000)));
    if (datagram.empty()) return;
    if (ice::looks_like_stun(datagram)) {
      const auto message = ice::StunMessage::parse(datagram);
      REQUIRE(message);
      answer_ = message->error_code().value_or(0);
    } else if (datagram[0] < 64) {
      dtls.handle_datagram(net::now(), datagram);
      flush_dtls();
    } else if (datagram[1] < 192 || datagram[1] > 223) {
      std::vector<uint8_t> packet(datagram.begin(), datagram.end());
      const auto size = srtp_in ? srtp_in->unprotect_rtp(packet) : std::nullopt;
      REQUIRE(size);
      packet.resize(*size);
      rtp_.push_back(std::move(packet));
    }
  }

  void take_keys() {
    const auto keys = dtls.take_srtp_keys();
    if (!keys) return;
    auto in = srtp::SrtpInbound::make(keys->profile, keys->inbound);
    auto out = srtp::SrtpOutbound::make(keys->profile, keys->outbound);
    REQUIRE(in.ok());
    REQUIRE(out.ok());
    srtp_in.emplace(std::move(*in));
    srtp_out.emplace(std::move(*out));
  }

  RemoteTransport remote_;
  std::optional<int> answer_;
  std::deque<std::vector<uint8_t>> rtp_;
};

}  // namespace sluice::worker
