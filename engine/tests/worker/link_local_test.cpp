// Peers with link-local addresses, which mean something together with an interface alone. Two
// interfaces have the same addresses, in a network of the test's own: see own_network.h.
#include <linux/ipv6.h>

#include "base/random.h"
#include "net/batch_sender.h"
#include "net/udp_socket.h"
#include "net/zone.h"
#include "tests/worker/own_network.h"
#include "tests/worker/web_rtc_peer.h"

namespace sluice::worker {
namespace {

// An interface with the addresses fe80::1 and fe80::2. What is sent to one of them stays within
// the machine, and yet comes in by this interface.
class LinkLocal {
 public:
  explicit LinkLocal(const char* name) : device_(open("/dev/net/tun", O_RDWR | O_CLOEXEC)) {
    ifreq request = own_network::request_for(name);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    REQUIRE(ioctl(device_.get(), TUNSETIFF, &request) == 0);
    own_network::bring_up(name);
    add(name, "fe80::1");
    add(name, "fe80::2");
  }

 private:
  static void add(const char* name, const char* ip) {
    in6_ifreq request{};
    const Address address = *parse_ip(ip);
    std::memcpy(&request.ifr6_addr, address.ip.data(), 16);
    request.ifr6_prefixlen = 64;
    request.ifr6_ifindex = static_cast<int>(if_nametoindex(name));
    const net::Fd fd(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    REQUIRE(ioctl(fd.get(), SIOCSIFADDR, &request) == 0);
    // The kernel decides a moment later, in a thread of its own, that nobody else has the address.
    Address there = address;
    there.zone = static_cast<uint32_t>(request.ifr6_ifindex);
    sockaddr_in6 where;
    const socklen_t size = net::to_sockaddr(there, true, &where);
    const Instant deadline = net::now() + 10s;
    while (bind(fd.get(), reinterpret_cast<sockaddr*>(&where), size) != 0) {
      REQUIRE(errno == EADDRNOTAVAIL);
      REQUIRE(net::now() < deadline);
      sched_yield();
    }
  }

  net::Fd device_;
};

struct TwoLinks {
  LinkLocal a{"link-a"}, b{"link-b"};
  TwoLinks() { own_network::bring_up("lo"); }
};

bool can_have_links() {
  const bool can = Tap::available() && access("/proc/net/if_inet6", F_OK) == 0;
  if (!can) MESSAGE("not tested: no IPv6 here, or /dev/net/tun may not be opened");
  return can;
}

struct Scene {
  TestWorker worker;
  uint32_t router = worker.create(SLUICE_WORKER_CREATE_ROUTER, 0);

  std::string make_web_rtc(const std::string& ip) {
    const std::string end = R"(","ip":")" + ip + R"("})";
    return worker.call(
        SLUICE_ROUTER_CREATE_WEBRTC_TRANSPORT, router,
        R"({"listenInfos":[{"protocol":"udp)" + end + R"(,{"protocol":"tcp)" + end + "]}");
  }
  std::string make_plain(const std::string& ip) {
    return worker.call(SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT, router,
                       R"({"listenInfo":{"protocol":"udp","ip":")" + ip + R"("}})");
  }
  std::string connect_plain(const std::string& listen_ip, const std::string& ip) {
    const uint32_t id = TestWorker::number(make_plain(listen_ip), "id");
    return worker.call(SLUICE_TRANSPORT_CONNECT, id, R"({"ip":")" + ip + R"(","port":5000})");
  }
  // Whether a peer reaches a transport that listens there, and what its tuple then is.
  std::string tuple_of_peer(const std::string& listen_ip, Protocol protocol, const char* ip) {
    const RemoteTransport remote = RemoteTransport::read(make_web_rtc(listen_ip));
    const std::string answer =
        worker.call(SLUICE_TRANSPORT_CONNECT, remote.id, WebRtcPeer::connect_request());
    REQUIRE_MESSAGE(!answer.starts_with("error"), answer);
    WebRtcPeer peer(remote, protocol, ip);
    REQUIRE(peer.connect());
    return worker.call(SLUICE_TRANSPORT_DUMP, remote.id);
  }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("link-local: in a network of the test's own") {
  run_in_own_network("own links*");
}

TEST_CASE("link-local: an address needs an interface that is there, and no other has one") {
  const struct {
    const char *ip, *error;
  } cases[] = {
      {"fe80::1", "is link-local and must say on which interface, as in fe80::1%eth0"},
      {"fe80::1%", "has a zone that is no interface of this machine"},
      {"fe80::1%no-such-link", "has a zone that is no interface of this machine"},
      {"fe80::1%4000000000", "has a zone that is no interface of this machine"},
      {"fe80::1%lo\\u0000", "has a zone that is no interface of this machine"},
      {"::1%lo", "must not have a zone: it is not link-local"},
      {"127.0.0.1%lo", "must not have a zone: it is not link-local"},
      {"%lo", "must be an IPv4 or IPv6 address"},
  };
  Scene scene;
  for (const auto& each : cases) {
    CAPTURE(each.ip);
    CHECK(scene.make_plain(each.ip) == std::string("error: listenInfo.ip ") + each.error);
  }
}

TEST_CASE("own links: one address and port on two interfaces are two peers" * doctest::skip()) {
  if (!can_have_links()) return;
  const TwoLinks links;
  SeededRandom random(1);
  net::PortAllocator ports(net::kDefaultPorts, random);
  const auto open = [&](const char* ip, uint16_t port) {
    net::ListenOptions options;
    options.ip = *net::parse_zoned_ip(ip);
    options.port = port;
    auto socket = net::UdpSocket::open(options, ports);
    REQUIRE(socket);
    return std::move(*socket);
  };
  const auto server = open("::", 0);
  const auto peer_a = open("fe80::2%link-a", 5000), peer_b = open("fe80::2%link-b", 5000);
  PacketPool pool(PacketPool::kBlockSlots);
  net::ReceiveBatch batch(pool);
  net::BatchSender sender;
  const auto receive = [&](const net::UdpSocket& socket, const char* expected) {
    pollfd waiting{socket.fd(), POLLIN, 0};
    REQUIRE(poll(&waiting, 1, 5000) == 1);
    const auto got = batch.receive(socket).datagrams;
    REQUIRE(got.size() == 1);
    const Bytes bytes = got[0].packet->bytes();
    CHECK(std::string(bytes.begin(), bytes.end()) == expected);
    return got[0].source;
  };
  const auto send = [&](const net::UdpSocket& from, Address to, std::string_view text) {
    sender.append({reinterpret_cast<const uint8_t*>(text.data()), text.size()}, to,
                  from.send_socket());
    sender.flush();
  };

  const uint16_t port = server.local().port;
  Address to = *net::parse_zoned_ip("fe80::1%link-a");
  to.port = port;
  send(peer_a, to, "from a");
  const Address a = receive(server, "from a");
  to.zone = peer_b.local().zone;
  send(peer_b, to, "from b");
  const Address b = receive(server, "from b");
  CHECK(a != b);
  CHECK(net::zoned_ip_text(a) == "fe80::2%link-a");
  CHECK(net::zoned_ip_text(b) == "fe80::2%link-b");
  send(server, b, "to b");
  send(server, a, "to a");
  CHECK(receive(peer_a, "to a").zone == a.zone);
  CHECK(receive(peer_b, "to b").zone == b.zone);
}

TEST_CASE("own links: WebRTC peers come by any interface, over UDP and TCP" * doctest::skip()) {
  if (!can_have_links()) return;
  const TwoLinks links;
  Scene scene;
  for (const Protocol protocol : {Protocol::udp, Protocol::tcp}) {
    for (const std::string link : {"link-a", "link-b"}) {
      CAPTURE(link);
      const std::string ip = "fe80::1%" + link;
      for (const std::string& listen_ip : {std::string("::"), ip}) {
        const std::string dump = scene.tuple_of_peer(listen_ip, protocol, ip.c_str());
        CAPTURE(dump);
        CHECK(has(dump, R"("localAddress":")" + listen_ip + '"'));
        CHECK(has(dump, R"("remoteIp":"fe80::)"));
        CHECK(has(dump, "%" + link + R"(","remotePort")"));
      }
    }
  }
}

TEST_CASE("own links: a candidate has no zone, which others could not understand" *
          doctest::skip()) {
  if (!can_have_links()) return;
  const TwoLinks links;
  Scene scene;
  const std::string index = std::to_string(if_nametoindex("link-a"));
  const std::string created = scene.make_web_rtc("fe80::1%" + index);
  CAPTURE(created);
  CHECK(has(created, R"("address":"fe80::1")"));
  CHECK_FALSE(has(created, "%"));
  CHECK(has(scene.make_plain("fe80::1%" + index), R"("localAddress":"fe80::1%link-a")"));
}

TEST_CASE("own links: connect() takes the interface of the listening address, or names one" *
          doctest::skip()) {
  if (!can_have_links()) return;
  const TwoLinks links;
  Scene scene;
  CHECK(has(scene.connect_plain("fe80::1%link-a", "fe80::2"), R"("remoteIp":"fe80::2%link-a")"));
  CHECK(has(scene.connect_plain("::", "fe80::2%link-b"), R"("remoteIp":"fe80::2%link-b")"));
  CHECK(scene.connect_plain("::", "fe80::2") ==
        "error: ip is link-local and must say on which interface, as in fe80::1%eth0");
}

}  // namespace sluice::worker
