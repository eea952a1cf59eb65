// WebRTC transports of a real worker, with an endpoint at the other end of a real socket.
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
  CHECK(scene.worker.call(SLUICE_TRANSPORT_DUMP, first.id).find(R"("iceState":"disconnected")") !=
        std::string::npos);

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

}  // namespace
}  // namespace sluice::worker
