// A port that two workers share, whichever of them the kernel wakes.
#include <algorithm>
#include <functional>

#include "net/port_steering.h"
#include "tests/worker/web_rtc_peer.h"
#include "worker/between/shared_port.h"

namespace sluice::worker {
namespace {

// With the kernel's help, where it gives it, and without.
constexpr bool kWays[] = {true, false};

struct Pool {
  TestWorker workers[2];
  uint32_t servers[2], routers[2];

  explicit Pool(bool steers = false, const std::string& ip = "127.0.0.1") {
    setenv("SLUICE_PORT_STEERING", steers ? "on" : "off", 1);
    std::string shared = R"("index":0)";
    for (int i = 0; i < 2; ++i) {
      const std::string answer = workers[i].call(SLUICE_WORKER_CREATE_WEBRTC_SERVER, 0,
                                                 R"({"listenInfos":[{"protocol":"udp","ip":")" +
                                                     ip + R"("},{"protocol":"tcp","ip":")" + ip +
                                                     R"("}],"sharedPort":{)" + shared + "}}");
      INFO(answer);
      servers[i] = TestWorker::number(answer, "id");
      const uint32_t id = TestWorker::number(answer, "sharedPortId");
      shared = R"("index":1,"id":)" + std::to_string(id);
      routers[i] = workers[i].create(SLUICE_WORKER_CREATE_ROUTER, 0);
    }
  }

  RemoteTransport make_transport(int worker) {
    const auto remote = RemoteTransport::read(
        workers[worker].call(SLUICE_ROUTER_CREATE_WEBRTC_TRANSPORT, routers[worker],
                             R"({"webRtcServerId":)" + std::to_string(servers[worker]) + "}"));
    const std::string answer =
        workers[worker].call(SLUICE_TRANSPORT_CONNECT, remote.id, WebRtcPeer::connect_request());
    REQUIRE_MESSAGE(!answer.starts_with("error"), answer);
    return remote;
  }
  uint64_t count(const char* counter) {
    return workers[0].counter(counter) + workers[1].counter(counter);
  }
};

bool has_ipv6_loopback() {
  const net::Fd fd(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 where;
  const socklen_t size = net::to_sockaddr(*parse_ip("::1"), true, &where);
  return fd && bind(fd.get(), reinterpret_cast<sockaddr*>(&where), size) == 0;
}

void say_something(WebRtcPeer& peer) {
  REQUIRE(peer.dtls.send_application_data(net::now(), std::vector<uint8_t>{1}));
  peer.flush_dtls();
  REQUIRE(peer.check() == 0);
}

TEST_CASE("shared port: sessions with both workers, over whichever socket the kernel picks") {
  for (const Protocol protocol : {Protocol::udp, Protocol::tcp}) {
    Pool pool(/*steers=*/false);
    std::vector<std::unique_ptr<WebRtcPeer>> peers;
    for (int i = 0; i < 24; ++i) {
      const auto remote = pool.make_transport(i % 2);
      CHECK(remote.ufrag[0] == "AB"[i % 2]);
      if (!peers.empty()) {
        CHECK(remote.udp_port == peers[0]->remote().udp_port);
        CHECK(remote.tcp_port == peers[0]->remote().tcp_port);
      }
      peers.push_back(std::make_unique<WebRtcPeer>(remote, protocol));
      REQUIRE(peers.back()->connect());
    }
    for (auto& peer : peers) say_something(*peer);
    // The chance that none of 24 went to the wrong one is one in 16 million.
    CHECK(pool.count(protocol == Protocol::udp ? "datagrams_handed_over"
                                               : "connections_handed_over") > 0);
    for (const char* drop : {"drop_unknown_path", "drop_stun_unknown_user", "drop_handover_full",
                             "path_owners_full"}) {
      CHECK_MESSAGE(pool.count(drop) == 0, std::string_view(drop));
    }
    // On a busy machine a peer may have to repeat a flight, which is a replay if the first came.
    const bool repeated = std::any_of(peers.begin(), peers.end(), [](const auto& peer) {
      return peer->dtls.counters().retransmissions != 0;
    });
    if (!repeated) CHECK(pool.count("drop_dtls_invalid") == 0);
  }
}

TEST_CASE("shared port: a kernel that may steer leaves nothing to hand over") {
  if (!net::PortSteering::create()) {
    MESSAGE("skipped: the kernel does not let this user load programs");
    return;
  }
  const bool has_ipv6 = has_ipv6_loopback();
  struct Case {
    const char *listens, *peer;
  };
  // IPv4, IPv6, and IPv4 that comes to a socket of both.
  for (const Case& each : {Case{"127.0.0.1", "127.0.0.1"}, {"::1", "::1"}, {"::", "127.0.0.1"}}) {
    if (!has_ipv6 && each.listens[0] == ':') continue;
    INFO(each.listens);
    Pool pool(/*steers=*/true, each.listens);
    std::vector<std::unique_ptr<WebRtcPeer>> peers;
    for (int i = 0; i < 24; ++i) {
      peers.push_back(
          std::make_unique<WebRtcPeer>(pool.make_transport(i % 2), Protocol::udp, each.peer));
      REQUIRE(peers.back()->connect());
    }
    for (auto& peer : peers) say_something(*peer);
    CHECK(pool.count("datagrams_handed_over") == 0);
    CHECK(pool.count("drop_unknown_path") == 0);
  }
}

TEST_CASE("shared port: a session goes on over other ports and connections") {
  for (const bool steers : kWays) {
    Pool pool(steers);
    for (int worker = 0; worker < 2; ++worker) {
      WebRtcPeer peer(pool.make_transport(worker));
      REQUIRE(peer.connect());
      for (int i = 0; i < 24; ++i) {
        const auto protocol = i % 3 == 2 ? Protocol::tcp : Protocol::udp;
        peer.link = WebRtcPeer::make_link(peer.remote(), protocol);
        REQUIRE(peer.check() == 0);
        say_something(peer);
      }
      CHECK(pool.count("drop_unknown_path") == 0);
    }
    if (!steers) CHECK(pool.count("datagrams_handed_over") > 0);
  }
}

TEST_CASE("shared port: a new transport of the other worker takes over its peer's old port") {
  for (int round = 0; round < 8; ++round) {
    Pool pool(kWays[round % 2]);
    WebRtcPeer first(pool.make_transport(0));
    REQUIRE(first.check() == 0);  // No session yet: the path may go.
    WebRtcPeer second(pool.make_transport(1));
    second.link = std::move(first.link);
    REQUIRE(second.connect());
    say_something(second);
    // The other worker's mail is not read before its commands.
    const auto has_path = [&] {
      return pool.workers[0]
                 .call(SLUICE_TRANSPORT_DUMP, first.remote().id)
                 .find("iceSelectedTuple") != std::string::npos;
    };
    const Instant deadline = net::now() + std::chrono::milliseconds(WebRtcPeer::kPatienceMs);
    while (has_path() && net::now() < deadline) continue;
    CHECK_FALSE(has_path());
  }
}

TEST_CASE("shared port: a path that a session of the other worker is using is not given away") {
  for (int round = 0; round < 8; ++round) {
    Pool pool(kWays[round / 2 % 2]);
    WebRtcPeer owner(pool.make_transport(round % 2));
    REQUIRE(owner.connect());
    WebRtcPeer thief(pool.make_transport(1 - round % 2));
    owner.link.send(thief.make_check(thief.remote().password));
    say_something(owner);
    CHECK(pool.count("drop_stun_path_held") == 1);
    CHECK(pool.count("drop_unknown_path") == 0);
  }
}

TEST_CASE("shared port: a check that names the other worker takes no connection from a session") {
  for (int round = 0; round < 4; ++round) {
    Pool pool(/*steers=*/false);
    const auto other = pool.make_transport(1 - round % 2);
    WebRtcPeer owner(pool.make_transport(round % 2), Protocol::tcp);
    REQUIRE(owner.connect());
    const uint64_t handed_over = pool.count("connections_handed_over");
    // A member's letter is enough to name it; neither the rest nor the password need be right.
    RemoteTransport forged = other;
    if (round >= 2) forged.ufrag = forged.ufrag.substr(0, 1) + "nobody";
    WebRtcPeer stranger(forged, Protocol::tcp);
    owner.link.send(stranger.make_check("no password of anybody"));
    say_something(owner);
    CHECK(pool.count("connections_handed_over") == handed_over);
    CHECK(pool.count("drop_stun_path_held") == 1);
  }
}

void end_of_the_other(bool steers, const std::function<void(Pool&)>& end) {
  Pool pool(steers);
  std::vector<std::unique_ptr<WebRtcPeer>> peers;
  for (int i = 0; i < 16; ++i) {
    const auto protocol = i % 4 == 3 ? Protocol::tcp : Protocol::udp;
    peers.push_back(std::make_unique<WebRtcPeer>(pool.make_transport(1), protocol));
    REQUIRE(peers.back()->connect());
  }
  WebRtcPeer gone(pool.make_transport(0));
  REQUIRE(gone.connect());
  end(pool);
  for (auto& peer : peers) say_something(*peer);
  // Whoever was there begins anew with the other, from the same port.
  WebRtcPeer again(pool.make_transport(1));
  again.link = std::move(gone.link);
  REQUIRE(again.connect());
  say_something(again);
  CHECK(pool.workers[1].counter("drop_unknown_path") == 0);
}

TEST_CASE("shared port: the other worker's end leaves sessions alone, and the port to them") {
  for (const bool steers : kWays) {
    end_of_the_other(steers, [](Pool& pool) {
      pool.workers[0].call(SLUICE_WEBRTC_SERVER_CLOSE, pool.servers[0]);
    });
    end_of_the_other(steers, [](Pool& pool) { pool.workers[0].thread().close(); });
  }
}

TEST_CASE("shared port: strangers take no room in a lane from sessions") {
  const auto port = std::make_shared<SharedPort>(1, /*steers=*/false);
  const auto join = [&](uint32_t index) {
    return std::move(*PortMember::join(port, index, std::move(*Mailbox::create())));
  };
  const auto sender = join(0), receiver = join(1);
  const std::vector<uint8_t> bytes(100);
  const auto fill = [&](Handed::Kind kind) {
    uint32_t count = 0;
    while (sender->hand_over(1, kind, 0, Address{}, bytes)) ++count;
    return count;
  };
  const auto read = [&] {
    std::vector<Handed::Kind> kinds;
    receiver->receive([&](Handed& handed) { kinds.push_back(handed.kind); });
    return kinds;
  };
  CHECK(fill(Handed::Kind::unowned) == SharedPort::kLaneStrangers);
  CHECK(fill(Handed::Kind::connection) == 0);
  CHECK(fill(Handed::Kind::datagram) == SharedPort::kLaneItems);
  CHECK(fill(Handed::Kind::taken) == 0);
  const auto kinds = read();
  REQUIRE(kinds.size() == SharedPort::kLaneItems + SharedPort::kLaneStrangers);
  CHECK(kinds.front() == Handed::Kind::datagram);
  CHECK(kinds.back() == Handed::Kind::unowned);
  CHECK_FALSE(receiver->has_items());
  // Sessions that fill the lane leave the strangers theirs: a newcomer gets in.
  CHECK(fill(Handed::Kind::datagram) == SharedPort::kLaneItems);
  CHECK(fill(Handed::Kind::unowned) == SharedPort::kLaneStrangers);
  CHECK(receiver->has_items());
}

TEST_CASE("shared port: what does not fit together is refused") {
  Pool pool;
  const auto create = [&](const char* shared, const char* more = "") {
    return pool.workers[0].call(
        SLUICE_WORKER_CREATE_WEBRTC_SERVER, 0,
        std::string(R"({"listenInfos":[{"protocol":"udp","ip":"127.0.0.1")") + more +
            R"(}],"sharedPort":)" + shared + "}");
  };
  CHECK(create("{}").find("sharedPort.index") != std::string::npos);
  CHECK(create(R"({"index":64})").find("sharedPort.index") != std::string::npos);
  CHECK(create(R"({"index":1,"id":4000000000})").find("not found") != std::string::npos);
  CHECK(create("7").find("sharedPort") != std::string::npos);
  // Taken, though its owner lets the members of its own pool join.
  const auto taken = pool.make_transport(0);
  const std::string port = R"(,"port":)" + std::to_string(taken.udp_port);
  CHECK(create(R"({"index":0})", port.c_str()).find("cannot bind") != std::string::npos);
}

}  // namespace
}  // namespace sluice::worker
