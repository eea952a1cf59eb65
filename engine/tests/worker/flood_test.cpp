// Floods against established WebRTC sessions, through a real worker: what strangers and forgers
// send costs bounded memory, every datagram of it is counted, and the media goes on.
#include <malloc.h>

#include <map>
#include <memory>

#include "base/random.h"
#include "net/half_open.h"
#include "tests/worker/web_rtc_peer.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// sanitizer/allocator_interface.h, which Debian's g++ comes without.
extern "C" size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace sluice::worker {
namespace {

size_t allocated_bytes() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return __sanitizer_get_current_allocated_bytes();
#else
  const auto figures = mallinfo2();
  return figures.uordblks + figures.hblkhd;
#endif
}

// What a flood of some ten thousand datagrams may leave behind: room for hash tables and queues
// that had to grow, far from a few bytes for each.
constexpr size_t kGrowthBytesMax = 256 * 1024;
constexpr int kRounds = 40;

constexpr uint32_t kSsrc = 0x11112222;
constexpr uint8_t kPayloadType = 100;
constexpr const char* kCodec =
    R"("codecs":[{"mimeType":"audio/opus","payloadType":100,"clockRate":48000,"channels":2}])";

// One speaks, two hear: all over the sockets of one WebRtcServer, as strangers' datagrams are.
class Call {
 public:
  Call() {
    const std::string listen = R"({"listenInfos":[{"protocol":"udp","ip":"127.0.0.1"},)"
                               R"({"protocol":"tcp","ip":"127.0.0.1"}]})";
    server_ = worker.create(SLUICE_WORKER_CREATE_WEBRTC_SERVER, 0, listen);
    router_ = worker.create(SLUICE_WORKER_CREATE_ROUTER, 0);
    speaker = add_peer(Protocol::udp);
    producer_ = worker.create(
        SLUICE_TRANSPORT_PRODUCE, speaker->remote().id,
        std::string(R"({"kind":"audio","rtpParameters":{)") + kCodec + R"(,"encodings":[{"ssrc":)" +
            std::to_string(kSsrc) +
            R"(}],"rtcp":{"cname":"a"}},"rtpMapping":{"codecs":[{"payloadType":100,)" +
            R"("mappedPayloadType":100}],"encodings":[{"ssrc":286335522,"mappedSsrc":5}]}})");
    hearers.push_back(add_hearer(Protocol::udp));
    hearers.push_back(add_hearer(Protocol::tcp));
    say(10);  // Everything has its size.
    begin();
  }

  // What comes from now on is the flood.
  void begin() {
    at_start_ = counters();
    allocated_at_start_ = allocated_bytes();
  }

  std::unique_ptr<WebRtcPeer> add_peer(Protocol protocol, const std::string& more = "") {
    auto peer = std::make_unique<WebRtcPeer>(make_transport(more), protocol);
    const std::string answer =
        worker.call(SLUICE_TRANSPORT_CONNECT, peer->remote().id, WebRtcPeer::connect_request());
    REQUIRE_MESSAGE(!answer.starts_with("error"), answer);
    REQUIRE(peer->connect());
    return peer;
  }

  RemoteTransport make_transport(const std::string& more = "") {
    return RemoteTransport::read(
        worker.call(SLUICE_ROUTER_CREATE_WEBRTC_TRANSPORT, router_,
                    "{\"webRtcServerId\":" + std::to_string(server_) + more + "}"));
  }

  // Sends packets, each when all have heard the one before.
  void say(int packets) {
    for (int i = 0; i < packets; ++i) {
      const uint32_t word = ++said_;
      speaker->send_rtp(kSsrc, kPayloadType, static_cast<uint16_t>(word), word);
      for (const auto& hearer : hearers) {
        const auto packet = hearer->receive_rtp();
        REQUIRE(packet.size() == 172);
        REQUIRE(load_u32(packet, 12) == word);
      }
    }
  }

  // All is as it was: sessions, media, memory; and what came is accounted for.
  void check_unharmed() {
    say(10);
    std::vector<const WebRtcPeer*> peers = {speaker.get()};
    for (const auto& hearer : hearers) peers.push_back(hearer.get());
    for (const WebRtcPeer* peer : peers) {
      const std::string dump = worker.call(SLUICE_TRANSPORT_DUMP, peer->remote().id);
      CHECK(dump.find(R"("dtlsState":"connected")") != std::string::npos);
      CHECK(dump.find(R"("iceState":"completed")") != std::string::npos);
    }
    const auto now = counters();
    uint64_t dropped = 0;
    for (const auto& [name, value] : now) {
      if (name.starts_with("drop_")) dropped += value - at_start_[name];
    }
    const uint64_t received = now.at("datagrams_received") - at_start_["datagrams_received"];
    const uint64_t taken = now.at("packets_received") - at_start_["packets_received"];
    CHECK(dropped + taken + answered == received);
    CHECK(allocated_bytes() < allocated_at_start_ + kGrowthBytesMax);
  }

  uint64_t dropped(const std::string& reason) {
    const std::string name = "drop_" + reason;
    return worker.counter(name) - at_start_[name];
  }

  // Of the server's sockets.
  uint16_t udp_port() const { return speaker->remote().udp_port; }
  uint16_t tcp_port() const { return speaker->remote().tcp_port; }

  TestWorker worker;
  std::unique_ptr<WebRtcPeer> speaker;
  std::vector<std::unique_ptr<WebRtcPeer>> hearers;
  uint64_t answered = 0;  // Datagrams of a test that were neither media nor dropped.

 private:
  std::unique_ptr<WebRtcPeer> add_hearer(Protocol protocol) {
    auto peer = add_peer(protocol);
    const size_t n = hearers.size() + 1;
    worker.create(SLUICE_TRANSPORT_CONSUME, peer->remote().id,
                  R"({"producerId":)" + std::to_string(producer_) +
                      R"(,"kind":"audio","type":"simple","rtpParameters":{)" + kCodec +
                      R"(,"encodings":[{"ssrc":)" + std::to_string(1000 * n) +
                      R"(}],"rtcp":{"cname":"a"}},"consumableRtpEncodings":[{"ssrc":5}]})");
    return peer;
  }

  std::map<std::string, uint64_t> counters() {
    const std::string dump = worker.call(SLUICE_WORKER_DUMP, 0);
    rapidjson::Document document;
    document.Parse(dump.data(), dump.size());
    std::map<std::string, uint64_t> values;
    for (const auto& member : document["counters"].GetObject()) {
      values[member.name.GetString()] = member.value.GetUint64();
    }
    return values;
  }

  uint32_t server_ = 0, router_ = 0, producer_ = 0;
  uint32_t said_ = 0;
  std::map<std::string, uint64_t> at_start_;
  size_t allocated_at_start_ = 0;
};

std::vector<uint8_t> random_bytes(Random& random, size_t size) {
  std::vector<uint8_t> bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.next());
  return bytes;
}

// A DTLS record of any content (RFC 6347, 4.1).
std::vector<uint8_t> make_record(Random& random, uint8_t type, uint8_t epoch, size_t size) {
  std::vector<uint8_t> record = random_bytes(random, 13 + size);
  const uint8_t header[] = {type, 0xFE, 0xFD, 0, epoch, 0, 0, 0, 0};
  std::copy(std::begin(header), std::end(header), record.begin());
  store_u16(record, 11, static_cast<uint16_t>(size));
  return record;
}

// A datagram of each kind that a stranger may think of.
std::vector<uint8_t> make_garbage(Random& random, int n) {
  static constexpr uint8_t kFirstBytes[] = {0, 20, 22, 23, 63, 64, 79, 128, 144, 191, 192, 255};
  auto bytes = random_bytes(random, random.between(1, 1400));
  bytes[0] = kFirstBytes[static_cast<size_t>(n) % std::size(kFirstBytes)];
  if (n % 7 == 0 && bytes.size() > 1) bytes[1] = 200;  // RTCP (RFC 5761, 4).
  return bytes;
}

}  // namespace

TEST_CASE("flood: garbage of strangers, over UDP and in TCP frames") {
  Call call;
  SeededRandom random(1);
  const LoopbackLink stranger(Protocol::udp, call.udp_port());
  const LoopbackLink connection(Protocol::tcp, call.tcp_port());
  for (int round = 0; round < kRounds; ++round) {
    for (int n = 0; n < 200; ++n) stranger.send(make_garbage(random, n));
    for (int n = 0; n < 50; ++n) connection.send(make_garbage(random, n));
    call.say(1);
  }
  call.check_unharmed();
  CHECK(call.dropped("unknown_class") > 0);
  CHECK(call.dropped("unknown_path") > 0);
  CHECK(call.dropped("stun_malformed") > 0);
}

TEST_CASE("flood: STUN with wrong credentials gets no larger answer and changes nothing") {
  Call call;
  LoopbackLink stranger(Protocol::udp, call.udp_port());
  RemoteTransport nobody = call.speaker->remote();
  nobody.ufrag[0] = nobody.ufrag[0] == 'a' ? 'b' : 'a';
  WebRtcPeer wrong_user(nobody);
  size_t answers = 0;
  for (int round = 0; round < kRounds; ++round) {
    for (int n = 0; n < 100; ++n) {
      const auto unknown = wrong_user.make_check(nobody.password);
      const auto forged = call.speaker->make_check("a password of nobody here");
      stranger.send(unknown);
      stranger.send(forged);
      // The path of an established session is no better.
      call.hearers[0]->link.send(unknown);
      for (Bytes answer; !(answer = stranger.receive(0)).empty(); ++answers) {
        REQUIRE(answer.size() <= forged.size());
        const auto message = ice::StunMessage::parse(answer);
        REQUIRE(message);
        REQUIRE(message->error_code() == 401);
      }
    }
    call.say(1);
  }
  call.check_unharmed();
  CHECK(answers > 0);
  CHECK(call.dropped("stun_unknown_user") > 0);
  CHECK(call.dropped("stun_refused") > 0);
}

TEST_CASE("flood: ClientHellos from paths that ICE has not validated get no answer") {
  Call call;
  LoopbackLink stranger(Protocol::udp, call.udp_port());
  dtls::DtlsSession hello(WebRtcPeer::context());
  REQUIRE(hello.start(net::now(), dtls::DtlsRole::client, call.speaker->remote().fingerprints));
  const auto output = hello.poll_output();
  REQUIRE(output);
  const std::vector<uint8_t> datagram(output->begin(), output->end());
  for (int round = 0; round < kRounds; ++round) {
    for (int n = 0; n < 200; ++n) stranger.send(datagram);
    call.say(1);
  }
  call.check_unharmed();
  CHECK(stranger.receive(0).empty());
  CHECK(call.dropped("unknown_path") > 0);
}

TEST_CASE("flood: forged DTLS, SRTP and SRTCP on the paths of established sessions") {
  Call call;
  SeededRandom random(2);
  dtls::DtlsSession other(WebRtcPeer::context());
  REQUIRE(other.start(net::now(), dtls::DtlsRole::client, call.speaker->remote().fingerprints));
  const auto output = other.poll_output();
  REQUIRE(output);
  const std::vector<uint8_t> hello(output->begin(), output->end());
  for (int round = 0; round < kRounds; ++round) {
    for (const WebRtcPeer* peer :
         {call.speaker.get(), call.hearers[0].get(), call.hearers[1].get()}) {
      for (int n = 0; n < 30; ++n) {
        // Change cipher spec, alert, handshake and application data, of both epochs and a later.
        const auto type = static_cast<uint8_t>(random.between(20, 23));
        const auto epoch = static_cast<uint8_t>(random.between(0, 2));
        peer->link.send(make_record(random, type, epoch, random.between(0, 1200)));
        auto rtp = random_bytes(random, random.between(12, 1200));
        rtp[0] = 0x80;
        rtp[1] = kPayloadType;
        store_u32(rtp, 8, kSsrc);
        peer->link.send(rtp);
        rtp[1] = 201;
        peer->link.send(rtp);
      }
      peer->link.send(hello);
      // A fatal alert in the clear: handshake_failure (RFC 5246, 7.2).
      peer->link.send(std::vector<uint8_t>{21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40});
    }
    call.say(1);
  }
  call.check_unharmed();
  CHECK(call.dropped("dtls_invalid") > 0);
  CHECK(call.dropped("srtp_auth") > 0);
  CHECK(call.dropped("srtp_malformed") > 0);
}

TEST_CASE("flood: checks of the session's own peer from many ports leave its path as it is") {
  Call call;
  std::vector<std::unique_ptr<LoopbackLink>> links;
  for (int i = 0; i < 60; ++i) {
    links.push_back(std::make_unique<LoopbackLink>(Protocol::udp, call.udp_port()));
    links.back()->send(
        call.hearers[0]->make_check(call.hearers[0]->remote().password, /*nominate=*/false));
    const Bytes answer = links.back()->receive(WebRtcPeer::kPatienceMs);
    REQUIRE(!answer.empty());
    call.say(1);
  }
  call.answered = links.size();
  links.clear();
  call.check_unharmed();
}

TEST_CASE("flood: a check with another's credentials does not take an established path") {
  Call call;
  const RemoteTransport other = call.make_transport();
  const auto forged = WebRtcPeer(other).make_check(other.password);
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& hearer : call.hearers) hearer->link.send(forged);
    call.speaker->link.send(forged);
    call.say(1);
  }
  call.check_unharmed();
  // The connection of the third is its own alone, whoever checks on it.
  CHECK(call.dropped("stun_path_held") == 3 * kRounds);
}

TEST_CASE("flood: TCP connections that prove nothing are bounded in number and in time") {
  Call call;
  // Beside them a session whose peer falls silent: its consent ends in time as well.
  const auto silent = call.add_peer(Protocol::udp, R"(,"iceConsentTimeout":10)");
  call.begin();
  // As many as half-open connections may be, and half as many again.
  constexpr size_t kConnections = net::HalfOpenTable::kDefaultLimit * 3 / 2;
  std::vector<std::unique_ptr<LoopbackLink>> links;
  const std::vector<uint8_t> pieces[] = {
      {},                         // Silent.
      {0},                        // Half a length.
      {0, 100, 1, 2, 3},          // A part of a frame.
      {0xFF, 0xFF, 1, 2, 3},      // A part of one that is too long.
      {0, 0, 0, 0},               // Frames of nothing.
      {0, 4, 22, 0xFE, 0xFD, 0},  // No STUN.
  };
  for (size_t i = 0; i < kConnections; ++i) {
    links.push_back(std::make_unique<LoopbackLink>(Protocol::tcp, call.tcp_port()));
    const auto& piece = pieces[i % std::size(pieces)];
    if (!piece.empty()) links.back()->send_raw(piece);
    if (i % 16 == 0) call.say(1);
  }
  // The oldest made room; the newest are there, and go when their time is up.
  CHECK(links.front()->is_closed(WebRtcPeer::kPatienceMs));
  CHECK_FALSE(links.back()->is_closed(0));
  for (const auto& link : links) REQUIRE(link->is_closed(2 * WebRtcPeer::kPatienceMs));
  const uint64_t evicted = call.worker.counter("tcp_half_open_evicted");
  CHECK(evicted == kConnections - net::HalfOpenTable::kDefaultLimit);
  CHECK(call.worker.counter("tcp_half_open_expired") == net::HalfOpenTable::kDefaultLimit);
  CHECK(call.worker.counter("tcp_frames_oversized") > 0);
  CHECK(call.worker.counter("tcp_accepted") == kConnections + 1);
  CHECK(call.worker.call(SLUICE_TRANSPORT_DUMP, silent->remote().id)
            .find(R"("iceState":"disconnected")") != std::string::npos);
  links.clear();
  call.check_unharmed();
}

TEST_CASE("flood: a connection that sends a frame in pieces, for ever, is served like any other") {
  Call call;
  auto& hearer = *call.hearers[1];
  REQUIRE(hearer.link.protocol() == Protocol::tcp);
  const auto check = hearer.make_check("a password of nobody here");
  std::vector<uint8_t> frame(2 + check.size());
  store_u16(frame, 0, static_cast<uint16_t>(check.size()));
  std::copy(check.begin(), check.end(), frame.begin() + 2);
  for (const uint8_t& byte : frame) {
    hearer.link.send_raw(Bytes(&byte, 1));
    call.say(1);
  }
  call.check_unharmed();
  CHECK(call.dropped("stun_refused") == 1);
}

TEST_CASE("flood: packets seen before are refused, however often they come") {
  Call call;
  const auto replayed = call.speaker->make_rtp(kSsrc, kPayloadType, 10, 10);
  for (int round = 0; round < kRounds; ++round) {
    for (int n = 0; n < 100; ++n) call.speaker->link.send(replayed);
    call.say(1);
  }
  call.check_unharmed();
  CHECK(call.dropped("srtp_replay") > 0);
}

}  // namespace sluice::worker
