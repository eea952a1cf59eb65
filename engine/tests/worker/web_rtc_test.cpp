// WebRTC transports of a real worker, with an endpoint at the other end of a real socket.
#include "base/random.h"
#include "net/udp_socket.h"
#include "tests/worker/web_rtc_peer.h"

namespace sluice::worker {
namespace {

struct Scene {
  TestWorker worker;
  uint32_t router = worker.create(SLUICE_WORKER_CREATE_ROUTER, 0);

  RemoteTransport make_transport(const std::string& more = "") {
    return RemoteTransport::read(
        worker.call(SLUICE_ROUTER_CREATE_WEBRTC_TRANSPORT, router,
                    R"({"listenInfos":[{"protocol":"udp","ip":"127.0.0.1"},)"
                    R"({"protocol":"tcp","ip":"127.0.0.1"}])" +
                        more + "}"));
  }
  std::string dump(const RemoteTransport& transport) {
    return worker.call(SLUICE_TRANSPORT_DUMP, transport.id);
  }
  void connect(uint32_t transport, const char* role = "client") {
    const std::string answer =
        worker.call(SLUICE_TRANSPORT_CONNECT, transport, WebRtcPeer::connect_request(role));
    REQUIRE_MESSAGE(!answer.starts_with("error"), answer);
  }
};

TEST_CASE("web rtc: a ClientHello that comes before connect() is kept: nothing is sent twice") {
  for (const Protocol protocol : {Protocol::udp, Protocol::tcp}) {
    Scene scene;
    const RemoteTransport remote = scene.make_transport();
    WebRtcPeer peer(remote, protocol);
    REQUIRE(peer.check() == 0);
    peer.start_dtls();
    // The check behind it is answered when the hello has arrived.
    REQUIRE(peer.check() == 0);
    scene.connect(remote.id);
    CHECK(peer.finish_dtls(/*timers=*/false));
    CHECK(peer.dtls.counters().retransmissions == 0);
    CHECK(scene.worker.counter("drop_dtls_early") == 0);
  }
}

TEST_CASE("web rtc: what is no handshake is not kept before connect(), and counted") {
  Scene scene;
  const RemoteTransport remote = scene.make_transport();
  WebRtcPeer peer(remote);
  REQUIRE(peer.check() == 0);
  peer.link.send(std::vector<uint8_t>{23, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 9});
  peer.link.send(std::vector<uint8_t>(1501, 22));
  REQUIRE(peer.check() == 0);
  CHECK(scene.worker.counter("drop_dtls_early") == 2);
  scene.connect(remote.id);
  peer.start_dtls();
  CHECK(peer.finish_dtls());
}

TEST_CASE("web rtc: a ClientHello of a peer that should be the server does not fail it") {
  Scene scene;
  const RemoteTransport remote = scene.make_transport();
  WebRtcPeer peer(remote);
  REQUIRE(peer.check() == 0);
  {
    dtls::DtlsSession stray(WebRtcPeer::context());
    REQUIRE(stray.start(net::now(), dtls::DtlsRole::client, remote.fingerprints));
    while (const auto datagram = stray.poll_output()) peer.link.send(*datagram);
  }
  REQUIRE(peer.check() == 0);
  peer.start_dtls(dtls::DtlsRole::server);
  scene.connect(remote.id, "server");
  CHECK(peer.finish_dtls());
  CHECK(scene.worker.counter("drop_dtls_early") == 1);
}

TEST_CASE("web rtc: a path goes to another transport when the session on it is over") {
  Scene scene;
  const uint32_t server =
      scene.worker.create(SLUICE_WORKER_CREATE_WEBRTC_SERVER, 0,
                          R"({"listenInfos":[{"protocol":"udp","ip":"127.0.0.1"}]})");
  const auto make = [&] {
    return RemoteTransport::read(
        scene.worker.call(SLUICE_ROUTER_CREATE_WEBRTC_TRANSPORT, scene.router,
                          "{\"webRtcServerId\":" + std::to_string(server) + "}"));
  };
  const RemoteTransport first = make(), second = make(), third = make();
  scene.connect(first.id);
  WebRtcPeer peer(first);
  // Before there is a session, the latest check has the path.
  REQUIRE(peer.check() == 0);
  WebRtcPeer other(second);
  peer.link.send(other.make_check(second.password));
  CHECK_FALSE(peer.link.receive(WebRtcPeer::kPatienceMs).empty());
  CHECK(scene.dump(first).find(R"("iceState":"disconnected")") != std::string::npos);

  REQUIRE(peer.connect());
  peer.link.send(other.make_check(second.password));
  REQUIRE(peer.check() == 0);  // Answered behind the other, which was not.
  CHECK(scene.worker.counter("drop_stun_path_held") == 1);
  scene.worker.call(SLUICE_TRANSPORT_CLOSE, first.id);
  WebRtcPeer last(third);
  peer.link.send(last.make_check(third.password));
  for (Bytes answer; !(answer = peer.link.receive(WebRtcPeer::kPatienceMs)).empty();) {
    if (ice::looks_like_stun(answer)) return;  // Behind the alert of the first.
  }
  FAIL("no answer");
}

// Whether the transport sends to where the link comes from.
bool is_selected(Scene& scene, const RemoteTransport& remote, const LoopbackLink& link) {
  const std::string dump = scene.dump(remote);
  const std::string tuple = dump.substr(dump.find("iceSelectedTuple"));
  const std::string port = std::to_string(net::local_address(link.fd()).port);
  const char* protocol = link.protocol() == Protocol::udp ? "udp" : "tcp";
  return tuple.find(R"("remotePort":)" + port + R"(,"protocol":")" + protocol) != std::string::npos;
}

// A forged record or packet, then a check that selects nothing: answered when both were handled.
void send_and_check(WebRtcPeer& peer, const std::vector<uint8_t>& datagram) {
  peer.link.send(datagram);
  REQUIRE(peer.check(/*nominate=*/false) == 0);
}

TEST_CASE("web rtc: a session goes on over another port, a connection, and another connection") {
  Scene scene;
  const RemoteTransport remote = scene.make_transport();
  scene.connect(remote.id);
  WebRtcPeer peer(remote);
  REQUIRE(peer.connect());
  CHECK(is_selected(scene, remote, peer.link));
  for (const Protocol protocol : {Protocol::udp, Protocol::tcp, Protocol::tcp, Protocol::udp}) {
    peer.link = WebRtcPeer::make_link(remote, protocol);  // The last one is closed.
    REQUIRE(peer.check() == 0);
    REQUIRE(peer.dtls.send_application_data(net::now(), std::vector<uint8_t>{1}));
    peer.flush_dtls();
    REQUIRE(peer.check() == 0);
    CHECK(is_selected(scene, remote, peer.link));
    CHECK(scene.worker.counter("drop_dtls_invalid") == 0);
  }
}

TEST_CASE("web rtc: a connection that ends, and was the only path, disconnects") {
  Scene scene;
  const RemoteTransport remote = scene.make_transport();
  scene.connect(remote.id);
  WebRtcPeer peer(remote, Protocol::tcp);
  REQUIRE(peer.connect());
  peer.link = WebRtcPeer::make_link(remote, Protocol::tcp);
  // The new connection is accepted behind the end of the old one: what it says comes later still.
  REQUIRE(peer.check(/*nominate=*/false) == 0);
  CHECK(scene.dump(remote).find(R"("iceState":"connected")") != std::string::npos);
  CHECK(is_selected(scene, remote, peer.link));
}

TEST_CASE("web rtc: only what is authentic selects its path once the session is established") {
  Scene scene;
  const RemoteTransport remote = scene.make_transport();
  scene.connect(remote.id);
  WebRtcPeer peer(remote);
  REQUIRE(peer.connect());
  LoopbackLink first = std::move(peer.link);
  peer.link = WebRtcPeer::make_link(remote, Protocol::udp);
  REQUIRE(peer.check(/*nominate=*/false) == 0);
  CHECK(is_selected(scene, remote, first));

  std::vector<uint8_t> record = {23, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 9, 0, 40};
  record.resize(13 + 40);
  send_and_check(peer, record);
  std::vector<uint8_t> rtp(100, 7);
  rtp[0] = 0x80;
  send_and_check(peer, rtp);
  CHECK(is_selected(scene, remote, first));
  CHECK(scene.worker.counter("drop_dtls_invalid") == 1);
  CHECK(scene.worker.counter("drop_srtp_auth") == 1);

  // A peer that nominates aggressively sends where it did not nominate last.
  send_and_check(peer, peer.make_rtp(5, 100, 1, 1));
  CHECK(is_selected(scene, remote, peer.link));
  std::swap(first, peer.link);
  REQUIRE(peer.dtls.send_application_data(net::now(), std::vector<uint8_t>{1}));
  peer.flush_dtls();
  REQUIRE(peer.check(/*nominate=*/false) == 0);
  CHECK(is_selected(scene, remote, peer.link));
}

TEST_CASE("web rtc: a check that somebody else sends again is answered, and moves nothing") {
  Scene scene;
  const RemoteTransport remote = scene.make_transport();
  scene.connect(remote.id);
  WebRtcPeer peer(remote);
  const std::vector<uint8_t> captured = peer.make_check(remote.password);
  peer.link.send(captured);
  REQUIRE_FALSE(peer.link.receive(WebRtcPeer::kPatienceMs).empty());
  REQUIRE(peer.connect());

  for (const Protocol protocol : {Protocol::udp, Protocol::tcp}) {
    LoopbackLink thief = WebRtcPeer::make_link(remote, protocol);
    for (int i = 1; i <= 20; ++i) {
      thief.send(captured);
      const Bytes answer = thief.receive(WebRtcPeer::kPatienceMs);
      REQUIRE(ice::looks_like_stun(answer));
      CHECK(answer.size() <= captured.size());
    }
    CHECK(is_selected(scene, remote, peer.link));
  }
  CHECK(scene.worker.counter("drop_stun_repeated") == 40);

  // Nor does a new check that the peer makes, but somebody else delivers first.
  LoopbackLink thief = WebRtcPeer::make_link(remote, Protocol::udp);
  thief.send(peer.make_check(remote.password));
  REQUIRE(ice::looks_like_stun(thief.receive(WebRtcPeer::kPatienceMs)));
  CHECK(is_selected(scene, remote, peer.link));
}

TEST_CASE("web rtc: after an ICE restart the old credentials serve until the new ones do") {
  Scene scene;
  const RemoteTransport remote = scene.make_transport();
  scene.connect(remote.id);
  WebRtcPeer peer(remote);
  REQUIRE(peer.connect());
  const std::string answer = scene.worker.call(SLUICE_TRANSPORT_RESTART_ICE, remote.id);
  const auto text = [&](const std::string& field) {
    const size_t at = answer.find("\"" + field + "\":\"") + field.size() + 4;
    return answer.substr(at, answer.find('"', at) - at);
  };
  REQUIRE(peer.check() == 0);
  peer.set_credentials(text("usernameFragment"), text("password"));
  peer.link = WebRtcPeer::make_link(remote, Protocol::udp);
  REQUIRE(peer.check() == 0);
  CHECK(is_selected(scene, remote, peer.link));
  peer.set_credentials(remote.ufrag, remote.password);
  CHECK(peer.check() == 401);
  CHECK(scene.dump(remote).find(R"("dtlsState":"connected")") != std::string::npos);
}

TEST_CASE("web rtc: IPv6, alone and beside IPv4 on one socket, over UDP and TCP") {
  {
    SeededRandom random(1);
    net::PortAllocator ports(net::kDefaultPorts, random);
    net::ListenOptions options;
    options.ip = *parse_ip("::1");
    if (!net::UdpSocket::open(options, ports)) return;  // Not on this machine.
  }
  struct Case {
    const char* listen;
    const char* peer;
    const char* shown;
  };
  for (const Case& each : {Case{"::1", "::1", "::1"}, Case{"::", "::1", "::1"},
                           Case{"::", "127.0.0.1", "127.0.0.1"}}) {
    CAPTURE(each.listen);
    CAPTURE(each.peer);
    for (const Protocol protocol : {Protocol::udp, Protocol::tcp}) {
      Scene scene;
      const std::string ip = std::string(R"(","ip":")") + each.listen + R"("})";
      const RemoteTransport remote = RemoteTransport::read(scene.worker.call(
          SLUICE_ROUTER_CREATE_WEBRTC_TRANSPORT, scene.router,
          R"({"listenInfos":[{"protocol":"udp)" + ip + R"(,{"protocol":"tcp)" + ip + "]}"));
      scene.connect(remote.id);
      WebRtcPeer peer(remote, protocol, each.peer);
      REQUIRE(peer.connect());
      CHECK(scene.dump(remote).find(R"("remoteIp":")" + std::string(each.shown) + '"') !=
            std::string::npos);
    }
  }
}

}  // namespace
}  // namespace sluice::worker
