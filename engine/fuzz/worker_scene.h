// The scene of worker_fuzz.cpp: two whole workers in virtual time, joined by a link. A publisher
// sends audio and video to a plain transport, and the application sends audio through a direct one.
// Receivers are on plain transports with and without SRTP, in the application, and on the second
// worker.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/base64.h"
#include "sent_packets.h"
#include "srtp/srtp_outbound.h"
#include "virtual_worker.h"

namespace sluice::fuzz {

namespace request {

inline constexpr std::string_view kListen = R"("listenInfo":{"protocol":"udp","ip":"127.0.0.1"})";
inline constexpr std::string_view kKey =
    R"("srtpParameters":{"cryptoSuite":"AEAD_AES_128_GCM",)"
    R"("keyBase64":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw=="})";
inline constexpr std::string_view kOpus =
    R"({"mimeType":"audio/opus","payloadType":100,"clockRate":48000,"channels":2,)"
    R"("rtcpFeedback":[{"type":"nack"},{"type":"transport-cc"}]})";
inline constexpr std::string_view kVp8 =
    R"({"mimeType":"video/VP8","payloadType":101,"clockRate":90000,"rtcpFeedback":[)"
    R"({"type":"nack"},{"type":"nack","parameter":"pli"},{"type":"ccm","parameter":"fir"},)"
    R"({"type":"transport-cc"},{"type":"goog-remb"}]})";
inline constexpr std::string_view kRtx =
    R"({"mimeType":"video/rtx","payloadType":102,"clockRate":90000,"parameters":{"apt":101}})";
inline constexpr std::string_view kExtensions =
    R"("headerExtensions":[{"uri":"urn:ietf:params:rtp-hdrext:sdes:mid","id":1},)"
    R"({"uri":"http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time","id":2},)"
    R"({"uri":"http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01","id":3},)"
    R"({"uri":"urn:ietf:params:rtp-hdrext:ssrc-audio-level","id":4},)"
    R"({"uri":"http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time","id":5}])";

}  // namespace request

struct Receiver {
  Peer peer;
  SentPackets sent;
  uint16_t port = 0;  // Of the worker's transport.
  uint32_t ssrc = 0;
  bool is_secret = false;
  // The keys of a receiver of SRTP, both ways.
  std::optional<SentSecretly> in;
  std::optional<srtp::SrtpOutbound> out;

  void send(std::vector<uint8_t> compound) {
    if (out) {
      const size_t size = compound.size();
      compound.resize(size + srtp::kMaxRtcpOverhead);
      compound.resize(out->protect_rtcp(compound, size));
    }
    peer.send_to(port, compound);
  }

  // Checks one datagram of the worker's.
  void check(Bytes datagram) {
    if (!is_secret) return sent.check_plain(datagram);
    in->check(sent, datagram);
  }
};

class WorkerScene {
 protected:
  struct Object {
    VirtualWorker* worker;
    uint32_t id;
  };

  WorkerScene() {
    near_.turn(now_);
    far_.turn(now_);
    open_publishers();
    open_receivers();
    open_link();
    turn();
  }

  // ---- Turns

  void turn() {
    now_ += 50us;
    near_.turn(now_);
    far_.turn(now_);
    read_to_host();
    while (!publisher_.receive().empty()) {
    }
    for (Receiver& receiver : receivers_) {
      for (Bytes got = receiver.peer.receive(); !got.empty(); got = receiver.peer.receive()) {
        receiver.check(got);
      }
    }
  }

  // The application reads, as long as it has not broken the ring.
  void read_to_host() {
    uint8_t* ring = near_.events().direct().to_host();
    word(ring, 64).store(word(ring, 0).load());
  }

  void finish() {
    const auto turn_all = [this] {
      for (int i = 0; i < 3; ++i) turn();
    };
    far_.call(SLUICE_ROUTER_CLOSE, far_router_);
    turn_all();
    near_.finish(router_, turn_all);
    far_.finish(far_router_, turn_all);
  }

  Instant now_{std::chrono::hours(1)};
  VirtualWorker near_, far_;
  uint32_t direct_ = 0, spoken_ = 0;
  uint16_t ingress_port_ = 0;
  Peer publisher_;
  std::array<Receiver, 3> receivers_;
  std::vector<Object> objects_;

 private:
  static std::string text(std::initializer_list<std::string_view> parts) {
    std::string all;
    for (const auto part : parts) all += part;
    return all;
  }

  // The SSRC, which has four digits, is the MID too.
  static std::string parameters(std::string_view codecs, std::string_view encoding) {
    const std::string_view mid = encoding.substr(encoding.find(':') + 1, 4);
    return text({R"("rtpParameters":{"mid":")", mid, R"(","codecs":[)", codecs, "],",
                 request::kExtensions, R"(,"encodings":[)", encoding,
                 R"(],"rtcp":{"cname":"c"}})"});
  }

  static std::string produce_request(bool video, std::string_view codecs, std::string_view encoding,
                                     std::string_view ssrc, std::string_view mapped) {
    const std::string_view mapping = video ? R"({"payloadType":101,"mappedPayloadType":101},)"
                                             R"({"payloadType":102,"mappedPayloadType":102})"
                                           : R"({"payloadType":100,"mappedPayloadType":100})";
    return text({R"({"kind":")", video ? "video" : "audio", R"(",)", parameters(codecs, encoding),
                 R"(,"rtpMapping":{"codecs":[)", mapping, R"(],"encodings":[{"ssrc":)", ssrc,
                 R"(,"mappedSsrc":)", mapped, "}]}}"});
  }

  uint32_t consume(VirtualWorker& worker, uint32_t transport, uint32_t producer, bool video,
                   std::string_view type, std::string_view codecs, std::string_view encoding) {
    const uint32_t id =
        worker.create(SLUICE_TRANSPORT_CONSUME, transport,
                      text({R"({"producerId":)", std::to_string(producer), R"(,"kind":")",
                            video ? "video" : "audio", R"(","type":")", type, R"(",)",
                            parameters(codecs, encoding), R"(,"consumableRtpEncodings":[{"ssrc":)",
                            video ? "9001" : "9000", "}]}"}));
    return remember(worker, id);
  }

  uint32_t remember(VirtualWorker& worker, uint32_t id) {
    objects_.push_back({&worker, id});
    return id;
  }

  void open_publishers() {
    router_ = near_.create(SLUICE_WORKER_CREATE_ROUTER, 0);
    const std::string created = near_.must_call(
        SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT, router_,
        text({"{", request::kListen, R"(,"rtcpMux":true,"comedia":true,"enableSrtp":false})"}));
    ingress_ = remember(near_, VirtualWorker::number(created, "id"));
    ingress_port_ = static_cast<uint16_t>(VirtualWorker::number(created, "localPort"));
    audio_ = remember(near_, near_.create(SLUICE_TRANSPORT_PRODUCE, ingress_,
                                          produce_request(false, request::kOpus, R"({"ssrc":1000})",
                                                          "1000", "9000")));
    const std::string codecs = text({request::kVp8, ",", request::kRtx});
    video_ = remember(
        near_, near_.create(SLUICE_TRANSPORT_PRODUCE, ingress_,
                            produce_request(true, codecs, R"({"ssrc":1001,"rtx":{"ssrc":1002}})",
                                            "1001", "9001")));
    direct_ = remember(near_, near_.create(SLUICE_ROUTER_CREATE_DIRECT_TRANSPORT, router_, "{}"));
    spoken_ = remember(near_, near_.create(SLUICE_TRANSPORT_PRODUCE, direct_,
                                           produce_request(false, request::kOpus,
                                                           R"({"ssrc":1003})", "1003", "9000")));
    const uint32_t data =
        remember(near_, near_.create(SLUICE_TRANSPORT_PRODUCE_DATA, direct_, R"({"label":"l"})"));
    remember(near_, near_.create(SLUICE_TRANSPORT_CONSUME_DATA, direct_,
                                 text({R"({"dataProducerId":)", std::to_string(data), "}"})));
  }

  static void set_keys(Receiver& receiver, const std::string& created) {
    constexpr auto kProfile = srtp::SrtpProfile::aead_aes_128_gcm;
    const auto key_of = [](std::string_view text) {
      const size_t at = text.find("keyBase64\":\"") + 12;
      return base64_decode(text.substr(at, text.find('"', at) - at));
    };
    receiver.in.emplace(kProfile, key_of(created));
    receiver.out.emplace(std::move(*srtp::SrtpOutbound::make(kProfile, key_of(request::kKey))));
    receiver.out->permit_reuse();
  }

  uint32_t open_egress(VirtualWorker& worker, uint32_t router, Receiver& receiver) {
    const std::string_view srtp = receiver.is_secret
                                      ? R"("enableSrtp":true,"srtpCryptoSuite":"AEAD_AES_128_GCM"})"
                                      : R"("enableSrtp":false})";
    const std::string created = worker.must_call(
        SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT, router,
        text({"{", request::kListen, R"(,"rtcpMux":true,"comedia":false,)", srtp}));
    receiver.port = static_cast<uint16_t>(VirtualWorker::number(created, "localPort"));
    const uint32_t id = remember(worker, VirtualWorker::number(created, "id"));
    if (receiver.is_secret) set_keys(receiver, created);
    const std::string key = receiver.is_secret ? text({",", request::kKey}) : "";
    worker.must_call(
        SLUICE_TRANSPORT_CONNECT, id,
        text({R"({"ip":"127.0.0.1","port":)", std::to_string(receiver.peer.port()), key, "}"}));
    return id;
  }

  // Each receiver's streams have SSRCs of their own: its video is the one that NACKs name.
  void open_receivers() {
    const std::string with_rtx = text({request::kVp8, ",", request::kRtx});
    receivers_[1].is_secret = true;
    const uint32_t plain = open_egress(near_, router_, receivers_[0]);
    const uint32_t secret = open_egress(near_, router_, receivers_[1]);
    consume(near_, plain, audio_, false, "simple", request::kOpus, R"({"ssrc":2000})");
    consume(near_, plain, spoken_, false, "simple", request::kOpus, R"({"ssrc":2003})");
    consume(near_, plain, video_, true, "simple", with_rtx, R"({"ssrc":2001,"rtx":{"ssrc":2002}})");
    consume(near_, secret, audio_, false, "simple", request::kOpus, R"({"ssrc":3000})");
    consume(near_, secret, video_, true, "simple", request::kVp8, R"({"ssrc":3001})");
    consume(near_, direct_, audio_, false, "simple", request::kOpus, R"({"ssrc":4000})");
    consume(near_, direct_, video_, true, "simple", with_rtx,
            R"({"ssrc":4001,"rtx":{"ssrc":4002}})");
    receivers_[0].ssrc = 2001;
    receivers_[1].ssrc = 3001;
  }

  void open_link() {
    far_router_ = far_.create(SLUICE_WORKER_CREATE_ROUTER, 0);
    const std::string_view options = R"({"enableRtx":true,"enableSrtp":false})";
    const uint32_t near = near_.create(SLUICE_ROUTER_CREATE_PIPE_TRANSPORT, router_, options);
    const uint32_t far = far_.create(SLUICE_ROUTER_CREATE_PIPE_TRANSPORT, far_router_, options);
    const std::string offered =
        near_.must_call(SLUICE_TRANSPORT_CONNECT_LINK, remember(near_, near), "{}");
    const std::string link = std::to_string(VirtualWorker::number(offered, "linkId"));
    far_.must_call(SLUICE_TRANSPORT_CONNECT_LINK, remember(far_, far),
                   text({R"({"linkId":)", link, "}"}));
    const std::string with_rtx = text({request::kVp8, ",", request::kRtx});
    const std::string_view encoding = R"({"ssrc":5001,"rtx":{"ssrc":5002}})";
    consume(near_, near, video_, true, "pipe", with_rtx, encoding);
    const uint32_t piped =
        remember(far_, far_.create(SLUICE_TRANSPORT_PRODUCE, far,
                                   produce_request(true, with_rtx, encoding, "5001", "9001")));
    const uint32_t egress = open_egress(far_, far_router_, receivers_[2]);
    consume(far_, egress, piped, true, "simple", with_rtx, R"({"ssrc":6001,"rtx":{"ssrc":6002}})");
    receivers_[2].ssrc = 6001;
  }

  uint32_t router_ = 0, far_router_ = 0;
  uint32_t ingress_ = 0, audio_ = 0, video_ = 0;
};

}  // namespace sluice::fuzz
