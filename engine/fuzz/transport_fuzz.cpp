// One WebRTC transport of a whole worker in virtual time: ICE, DTLS, SRTP and RTCP in sequence,
// from a peer with credentials and from strangers. An input is a list of steps, each a byte that
// says what, and its arguments:
//
//   0  a connectivity check: from which path, and flags
//   1  the transport learns the peer's fingerprint, and the peer's session begins
//   2  a datagram of the peer's session: flags say whether it is changed, lost or doubled
//   3  all that is left of the handshake, undisturbed
//   4  an RTP packet under the session's keys: path, stream, how far the number moves, the payload
//   5  RTCP under the session's keys: path, type and count, the content
//   6  raw bytes: path, size, the bytes
//   7  a datagram again that was sent before: path, which, how many of its bits are changed
//   8  time goes on
//   9  the peer's application says something, or closes
//  10  a command for the transport or one of its streams
//
// Everything sent parses or opens, no (SSRC, sequence number) carries two contents, and no packet
// slot is left when all is closed.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dtls/dtls_session.h"
#include "ice/stun.h"
#include "sent_packets.h"
#include "srtp/srtp_outbound.h"
#include "virtual_worker.h"

using namespace sluice;
using fuzz::Input;
using fuzz::Peer;
using fuzz::require;
using fuzz::VirtualWorker;

namespace {

constexpr size_t kMaxSteps = 128;
constexpr size_t kPaths = 3;
constexpr size_t kRemembered = 32;

dtls::DtlsContext& peer_context() {
  static const auto made =
      std::move(*dtls::DtlsContext::make(std::move(*dtls::Certificate::make_self_signed())));
  return *made;
}

constexpr std::string_view kProduce =
    R"({"kind":"video","rtpParameters":{"mid":"0","codecs":[{"mimeType":"video/VP8",)"
    R"("payloadType":101,"clockRate":90000,"rtcpFeedback":[{"type":"nack"},)"
    R"({"type":"nack","parameter":"pli"},{"type":"transport-cc"}]}],"headerExtensions":[)"
    R"({"uri":"urn:ietf:params:rtp-hdrext:sdes:mid","id":1},{"uri":)"
    R"("http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01","id":3}],)"
    R"("encodings":[{"ssrc":1001}],"rtcp":{"cname":"c"}},"rtpMapping":{"codecs":[)"
    R"({"payloadType":101,"mappedPayloadType":101}],"encodings":[{"ssrc":1001,)"
    R"("mappedSsrc":9001}]}})";
constexpr std::string_view kConsume =
    R"("kind":"video","type":"simple","rtpParameters":{"mid":"1","codecs":[)"
    R"({"mimeType":"video/VP8","payloadType":101,"clockRate":90000,"rtcpFeedback":[)"
    R"({"type":"nack"},{"type":"nack","parameter":"pli"}]}],"encodings":[{"ssrc":2001}],)"
    R"("rtcp":{"cname":"c"}},"consumableRtpEncodings":[{"ssrc":9001}]})";

class Scene {
 public:
  Scene() {
    worker_.turn(now_);
    router_ = worker_.create(SLUICE_WORKER_CREATE_ROUTER, 0);
    const std::string created = worker_.must_call(
        SLUICE_ROUTER_CREATE_WEBRTC_TRANSPORT, router_,
        R"({"listenInfos":[{"protocol":"udp","ip":"127.0.0.1"}],"enableUdp":true,)"
        R"("enableTcp":false,"preferUdp":true,"preferTcp":false,"iceConsentTimeout":30,)"
        R"("initialAvailableOutgoingBitrate":600000})");
    transport_ = VirtualWorker::number(created, "id");
    port_ = static_cast<uint16_t>(VirtualWorker::number(created, "port"));
    ufrag_ = text_of(created, "usernameFragment");
    password_ = text_of(created, "password");
    const size_t sha256 = created.find("sha-256");
    require(sha256 != std::string::npos);
    fingerprint_ = text_of(std::string_view(created).substr(sha256), "value");
    producer_ = worker_.create(SLUICE_TRANSPORT_PRODUCE, transport_, kProduce);
    consumer_ = worker_.create(
        SLUICE_TRANSPORT_CONSUME, transport_,
        "{\"producerId\":" + std::to_string(producer_) + "," + std::string(kConsume));
    turn();
  }

  void run(Input in) {
    for (size_t step = 0; step < kMaxSteps && !in.empty(); ++step) run_step(in);
    worker_.finish(router_, [this] { turn(); });
  }

 private:
  static std::string text_of(std::string_view json, std::string_view name) {
    const size_t at = json.find("\"" + std::string(name) + "\":\"");
    require(at != std::string_view::npos);
    const auto value = json.substr(at + name.size() + 4);
    return std::string(value.substr(0, value.find('"')));
  }

  void run_step(Input& in) {
    switch (in.byte() % 11) {
      case 0:
        return check(in);
      case 1:
        return start();
      case 2:
        return send_dtls(in);
      case 3:
        return finish_handshake();
      case 4:
        return send_rtp(in);
      case 5:
        return send_rtcp(in);
      case 6: {
        const uint8_t path = in.byte();
        return send(path, in.take(in.word() % 1500));
      }
      case 7:
        return send_again(in);
      case 8:
        return pass_time(in);
      case 9:
        return say(in);
      case 10:
        return run_command(in);
    }
  }

  // ---- What the peer and the strangers send

  void send(uint8_t path, Bytes datagram) {
    if (remembered_.size() == kRemembered) remembered_.pop_front();
    remembered_.emplace_back(datagram.begin(), datagram.end());
    paths_[path % kPaths].send_to(port_, datagram);
    turn();
  }

  // flags: 1 nominates, 2 has a wrong password, 4 is for an unknown user, 8 has a nomination value.
  void check(Input& in) {
    const uint8_t path = in.byte();
    const uint8_t flags = in.byte();
    std::array<uint8_t, ice::kTransactionIdBytes> id{};
    store_u32(id, 0, ++checks_);
    std::array<uint8_t, 256> wire;
    const std::string username = (flags & 4 ? "nobody" : ufrag_) + ":peer";
    const size_t size = ice::write_binding_request(
        wire, id,
        {username, flags & 2 ? std::string_view("wrong") : password_, 1, 1, true, (flags & 1) != 0,
         flags & 8 ? std::optional<uint32_t>(in.byte()) : std::nullopt});
    send(path, Bytes(wire).first(size));
  }

  void start() {
    if (session_.state() != dtls::DtlsState::fresh) return;
    const dtls::Fingerprint& own = peer_context().fingerprints()[2];
    worker_.call(SLUICE_TRANSPORT_CONNECT, transport_,
                 R"({"dtlsParameters":{"role":"client","fingerprints":[{"algorithm":"sha-256",)"
                 R"("value":")" +
                     own.value + "\"}]}}");
    require(session_.start(now_, dtls::DtlsRole::client, {{own.algorithm, fingerprint_}}).ok());
    collect();
    turn();
  }

  // What the session has to send waits here, for the input to disturb it.
  void collect() {
    while (const auto datagram = session_.poll_output()) {
      waiting_.emplace_back(datagram->begin(), datagram->end());
    }
    if (auto keys = session_.take_srtp_keys()) {
      in_.emplace(keys->profile, keys->inbound);
      out_.emplace(std::move(*srtp::SrtpOutbound::make(keys->profile, keys->outbound)));
      out_->permit_reuse();
    }
  }

  // flags: 1 lost, 2 doubled, 4 a byte is changed, 8 the one behind it goes first.
  void send_dtls(Input& in) {
    const uint8_t path = in.byte();
    const uint8_t flags = in.byte();
    if (waiting_.empty()) return;
    if (flags & 8 && waiting_.size() > 1) std::swap(waiting_[0], waiting_[1]);
    std::vector<uint8_t> datagram = std::move(waiting_.front());
    waiting_.pop_front();
    if (flags & 4) datagram[in.word() % datagram.size()] ^= in.byte();
    if (!(flags & 1)) send(path, datagram);
    if (flags & 2) send(path, datagram);
  }

  void finish_handshake() {
    for (int i = 0; i < 40; ++i) {
      if (waiting_.empty() && session_.next_timeout() == kNever) return;
      if (waiting_.empty()) {
        now_ = std::max(now_, session_.next_timeout());
        session_.handle_timeout(now_);
        collect();
      }
      while (!waiting_.empty()) {
        const std::vector<uint8_t> datagram = std::move(waiting_.front());
        waiting_.pop_front();
        send(0, datagram);
      }
    }
  }

  void send_rtp(Input& in) {
    const uint8_t path = in.byte();
    const uint8_t which = in.byte();
    sequence_ = static_cast<uint16_t>(sequence_ + in.word());
    const Bytes payload = in.take(in.byte());
    if (!out_) return;
    std::vector<uint8_t> packet(12 + payload.size() + srtp::kMaxRtpOverhead);
    packet[0] = 0x80;
    packet[1] = which & 0x80 ? 96 : 101;
    store_u16(packet, 2, sequence_);
    store_u32(packet, 4, sequence_ * 3000u);
    store_u32(packet, 8, which & 0x40 ? 7777 : 1001);
    const size_t size = out_->protect_rtp(packet, 12, payload);
    if (size != 0) send(path, Bytes(packet).first(size));
  }

  void send_rtcp(Input& in) {
    const uint8_t path = in.byte();
    std::vector<uint8_t> packet = rtcp_packet(in);
    if (!out_) return;
    const size_t plain = packet.size();
    packet.resize(plain + srtp::kMaxRtcpOverhead);
    const size_t size = out_->protect_rtcp(packet, plain);
    if (size != 0) send(path, Bytes(packet).first(size));
  }

  void send_again(Input& in) {
    const uint8_t path = in.byte();
    const uint8_t which = in.byte();
    if (remembered_.empty()) return;
    std::vector<uint8_t> datagram = remembered_[which % remembered_.size()];
    for (uint8_t left = in.byte() % 4; left != 0 && !datagram.empty(); --left) {
      datagram[in.word() % datagram.size()] ^= static_cast<uint8_t>(1 << (in.byte() % 8));
    }
    send(path, datagram);
  }

  void say(Input& in) {
    if (in.byte() & 1) {
      session_.close(now_);
    } else {
      session_.send_application_data(now_, in.take(in.byte()));
    }
    collect();
  }

  void pass_time(Input& in) {
    const uint16_t amount = in.word();
    const Duration whole = amount & 0x8000 ? std::chrono::seconds(amount & 0x3f)
                                           : Duration(std::chrono::milliseconds(amount & 0x3ff));
    for (int i = 0; i < 8; ++i) {
      now_ += whole / 8;
      if (session_.next_timeout() <= now_) session_.handle_timeout(now_);
      collect();
      turn();
    }
  }

  void run_command(Input& in) {
    struct Call {
      uint32_t method;
      uint32_t target;
    };
    const Call calls[] = {
        {SLUICE_TRANSPORT_STATS, transport_},      {SLUICE_TRANSPORT_DUMP, transport_},
        {SLUICE_PRODUCER_STATS, producer_},        {SLUICE_CONSUMER_STATS, consumer_},
        {SLUICE_PRODUCER_PAUSE, producer_},        {SLUICE_PRODUCER_RESUME, producer_},
        {SLUICE_CONSUMER_PAUSE, consumer_},        {SLUICE_CONSUMER_RESUME, consumer_},
        {SLUICE_CONSUMER_CLOSE, consumer_},        {SLUICE_CONSUMER_REQUEST_KEY_FRAME, consumer_},
        {SLUICE_PRODUCER_CLOSE, producer_},        {SLUICE_TRANSPORT_CLOSE, transport_},
        {SLUICE_TRANSPORT_RESTART_ICE, transport_}};
    const Call& call = calls[in.byte() % std::size(calls)];
    const auto answer = worker_.call(call.method, call.target);
    if (answer && call.method == SLUICE_TRANSPORT_RESTART_ICE) {
      ufrag_ = text_of(*answer, "usernameFragment");
      password_ = text_of(*answer, "password");
    }
    turn();
  }

  // ---- What the worker sends

  void turn() {
    now_ += 50us;
    worker_.turn(now_);
    for (Peer& path : paths_) {
      for (Bytes got = path.receive(); !got.empty(); got = path.receive()) take(got);
    }
  }

  void take(Bytes datagram) {
    switch (rtp::classify(datagram)) {
      case rtp::PacketClass::stun:
        return require(ice::StunMessage::parse(datagram).has_value());
      case rtp::PacketClass::dtls:
        session_.handle_datagram(now_, datagram);
        return collect();
      case rtp::PacketClass::rtp:
      case rtp::PacketClass::rtcp:
        return open(datagram);
      default:
        require(false);
    }
  }

  void open(Bytes datagram) {
    if (in_) return in_->check(sent_, datagram);
    // The worker has keys and the peer has not: the last flight is still under way.
    sent_.check_protected(datagram);
  }

  Instant now_{std::chrono::hours(1)};
  VirtualWorker worker_;
  uint32_t router_ = 0, transport_ = 0, producer_ = 0, consumer_ = 0;
  uint16_t port_ = 0;
  std::string ufrag_, password_, fingerprint_;
  std::array<Peer, kPaths> paths_;
  std::deque<std::vector<uint8_t>> waiting_;     // Of the peer's session.
  std::deque<std::vector<uint8_t>> remembered_;  // What anybody has sent.
  dtls::DtlsSession session_{peer_context()};
  std::optional<fuzz::SentSecretly> in_;
  std::optional<srtp::SrtpOutbound> out_;
  fuzz::SentPackets sent_;
  uint32_t checks_ = 0;
  uint16_t sequence_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::seed_random_numbers();
  peer_context();
  fuzz::seed_random_numbers();
  Scene().run(Input({data, size}));
  return 0;
}
