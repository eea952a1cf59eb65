// Who may be the peer of a plain transport, and whose bytes count as received from it.
#include "tests/worker/plain_peer.h"
#include "tests/worker/web_rtc_peer.h"

namespace sluice::worker {
namespace {

// An empty receiver report (RFC 3550, 6.4.2), and an RTP packet of payload type 100.
constexpr uint8_t kReport[] = {0x80, 201, 0, 1, 0, 0, 0, 9};
constexpr uint8_t kRtp[] = {0x80, 100, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7, 1, 2, 3};

// A peer on another host, as far as addresses go: 127.0.0.2.
class Stranger {
 public:
  Stranger() : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in6 where;
    const socklen_t size = net::to_sockaddr(*parse_ip("127.0.0.2"), false, &where);
    REQUIRE(bind(fd_.get(), reinterpret_cast<sockaddr*>(&where), size) == 0);
  }
  uint16_t port() const { return net::local_address(fd_.get()).port; }
  void send_to(uint16_t port, Bytes bytes) const {
    sockaddr_in6 where;
    const socklen_t size = net::to_sockaddr(*parse_ip("127.0.0.1", port), false, &where);
    sendto(fd_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&where), size);
  }

 private:
  net::Fd fd_;
};

std::string make_plain(TestWorker& worker, const std::string& more) {
  const uint32_t router = worker.create(SLUICE_WORKER_CREATE_ROUTER, 0);
  return worker.call(SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT, router,
                     R"({"listenInfo":{"protocol":"udp","ip":"127.0.0.1"})" + more + "}");
}

// The `n`th local port in the answer to a transport's creation.
uint16_t local_port(const std::string& created, int n = 0) {
  size_t at = 0;
  for (int i = 0; i <= n; ++i) at = created.find("\"localPort\":", at) + 12;
  return static_cast<uint16_t>(std::stoi(created.substr(at)));
}

// Until the worker has read this many datagrams.
void wait_for_datagrams(TestWorker& worker, uint64_t count) {
  const Instant deadline = net::now() + 10s;
  while (worker.counter("datagrams_received") < count && net::now() < deadline) continue;
  REQUIRE(worker.counter("datagrams_received") == count);
}

struct Comedia {
  TestWorker worker;
  std::string created = make_plain(worker, R"(,"rtcpMux":false,"comedia":true)");
  uint32_t id = TestWorker::number(created, "id");
  uint16_t rtp_port = local_port(created), rtcp_port = local_port(created, 1);
  UdpPeer peer, peers_rtcp;
  Stranger stranger;
  uint64_t sent = 0;

  template <typename Peer>
  void send(const Peer& from, uint16_t to, Bytes datagram) {
    from.send_to(to, datagram);
    wait_for_datagrams(worker, ++sent);
  }
  template <typename Peer>
  bool knows(const Peer& other) {
    const std::string dump = worker.call(SLUICE_TRANSPORT_DUMP, id);
    return dump.find("\"remotePort\":" + std::to_string(other.port()) + ",") != std::string::npos;
  }
};

TEST_CASE("comedia: once RTP has a peer, RTCP comes from its IP only") {
  Comedia scene;
  scene.send(scene.peer, scene.rtp_port, kRtp);
  scene.send(scene.stranger, scene.rtcp_port, kReport);
  CHECK(scene.knows(scene.peer));
  CHECK_FALSE(scene.knows(scene.stranger));
  CHECK(scene.worker.counter("drop_wrong_peer") == 1);
  scene.send(scene.peers_rtcp, scene.rtcp_port, kReport);
  CHECK(scene.knows(scene.peers_rtcp));
}

TEST_CASE("comedia: RTCP that was there first gives way when RTP comes from another IP") {
  Comedia scene;
  scene.send(scene.stranger, scene.rtcp_port, kReport);
  CHECK(scene.knows(scene.stranger));
  scene.send(scene.peer, scene.rtp_port, kRtp);
  CHECK_FALSE(scene.knows(scene.stranger));
  scene.send(scene.peers_rtcp, scene.rtcp_port, kReport);
  CHECK(scene.knows(scene.peers_rtcp));
}

TEST_CASE("comedia: RTCP that was there first stays when RTP comes from the same IP") {
  Comedia scene;
  scene.send(scene.peers_rtcp, scene.rtcp_port, kReport);
  scene.send(scene.peer, scene.rtp_port, kRtp);
  CHECK(scene.knows(scene.peer));
  CHECK(scene.knows(scene.peers_rtcp));
}

uint64_t bytes_received(TestWorker& worker, uint32_t transport) {
  const std::string stats = worker.call(SLUICE_TRANSPORT_STATS, transport);
  const std::string field = "\"bytesReceived\":";
  const size_t at = stats.find(field);
  REQUIRE(at != std::string::npos);
  return std::stoull(stats.substr(at + field.size()));
}

TEST_CASE("received bytes: only what the peer's keys have opened counts") {
  TestWorker worker;
  const uint32_t router = worker.create(SLUICE_WORKER_CREATE_ROUTER, 0);
  const auto remote = RemoteTransport::read(
      worker.call(SLUICE_ROUTER_CREATE_WEBRTC_TRANSPORT, router,
                  R"({"listenInfos":[{"protocol":"udp","ip":"127.0.0.1"}]})"));
  worker.call(SLUICE_TRANSPORT_CONNECT, remote.id, WebRtcPeer::connect_request());
  WebRtcPeer peer(remote);
  REQUIRE(peer.connect());
  const uint64_t datagrams = worker.counter("datagrams_received");
  const uint64_t before = bytes_received(worker, remote.id);

  // A DTLS application record (RFC 6347, 4.1) with nothing but its header right.
  constexpr uint8_t kRecord[] = {23, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 99, 0, 4, 1, 2, 3, 4};
  std::vector<uint8_t> forged(200);
  forged[0] = 0x80;
  peer.link.send(forged);
  peer.link.send(kReport);
  peer.link.send(kRecord);
  wait_for_datagrams(worker, datagrams + 3);
  CHECK(bytes_received(worker, remote.id) == before);

  const auto packet = peer.make_rtp(7, 100, 1, 1);
  peer.link.send(packet);
  wait_for_datagrams(worker, datagrams + 4);
  CHECK(bytes_received(worker, remote.id) == before + packet.size());
}

}  // namespace
}  // namespace sluice::worker
