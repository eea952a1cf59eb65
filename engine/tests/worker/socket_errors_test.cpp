// What the kernel may answer when a worker sends: no errors of ours, each counted, and none stops
// anything. The kernel is the real one, in a network of the test's own: see own_network.h.
#include <sys/socket.h>
#include <unistd.h>

#include "tests/worker/own_network.h"
#include "tests/worker/web_rtc_peer.h"

namespace sluice::worker {
namespace {

constexpr const char* kCodec =
    R"("codecs":[{"mimeType":"audio/opus","payloadType":100,"clockRate":48000,"channels":2}])";
constexpr uint32_t kSsrc = 0x11112222;

// A socket that waits for what a consumer's transport sends to it.
class Receiver {
 public:
  Receiver() : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in6 where;
    const socklen_t size = net::to_sockaddr(*parse_ip("127.0.0.1"), false, &where);
    REQUIRE(bind(fd_.get(), reinterpret_cast<sockaddr*>(&where), size) == 0);
  }
  uint16_t port() const { return net::local_address(fd_.get()).port; }
  // The first word behind the header of the next RTP packet; 0 when none comes.
  uint32_t receive() {
    for (;;) {
      pollfd waiting{fd_.get(), POLLIN, 0};
      if (poll(&waiting, 1, 5000) != 1) return 0;
      uint8_t packet[2048];
      if (recv(fd_.get(), packet, sizeof(packet), 0) < 16) return 0;
      if (packet[1] < 192 || packet[1] > 223) return load_u32(packet, 12);  // Else RTCP.
    }
  }

 private:
  net::Fd fd_;
};

// One producer, and consumers that each have a plain transport of their own.
class Room {
 public:
  Room() : link_(Protocol::udp, make_transport("127.0.0.1", "", &producer_transport_)) {
    connect(producer_transport_, "127.0.0.1", net::local_address(link_.fd()).port);
    producer_ = worker.create(
        SLUICE_TRANSPORT_PRODUCE, producer_transport_,
        std::string(R"({"kind":"audio","rtpParameters":{)") + kCodec + R"(,"encodings":[{"ssrc":)" +
            std::to_string(kSsrc) +
            R"(}],"rtcp":{"cname":"a"}},"rtpMapping":{"codecs":[{"payloadType":100,)" +
            R"("mappedPayloadType":100}],"encodings":[{"ssrc":286335522,"mappedSsrc":5}]}})");
  }

  // The port that the consumer's packets come from.
  uint16_t add_consumer(const char* ip, uint16_t port, const char* listen_ip = "127.0.0.1",
                        const char* more = "") {
    uint32_t transport = 0;
    const uint16_t local = make_transport(listen_ip, more, &transport);
    connect(transport, ip, port);
    worker.create(SLUICE_TRANSPORT_CONSUME, transport,
                  R"({"producerId":)" + std::to_string(producer_) +
                      R"(,"kind":"audio","type":"simple","rtpParameters":{)" + kCodec +
                      R"(,"encodings":[{"ssrc":)" + std::to_string(1000 + transport) +
                      R"(}],"rtcp":{"cname":"a"}},"consumableRtpEncodings":[{"ssrc":5}]})");
    return local;
  }

  // The payloads begin with the packets' numbers, from 1 on.
  void send(int packets, size_t payload_bytes = 160) {
    std::vector<uint8_t> packet(12 + payload_bytes);
    for (int i = 0; i < packets; ++i) {
      ++sent;
      packet[0] = 0x80;
      packet[1] = 100;
      store_u16(packet, 2, static_cast<uint16_t>(sent));
      store_u32(packet, 4, sent * 960);
      store_u32(packet, 8, kSsrc);
      store_u32(packet, 12, sent);
      link_.send(packet);
    }
  }

  TestWorker worker;
  uint32_t sent = 0;

 private:
  uint16_t make_transport(const char* ip, const std::string& more, uint32_t* id) {
    if (router_ == 0) router_ = worker.create(SLUICE_WORKER_CREATE_ROUTER, 0);
    const std::string created = worker.call(
        SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT, router_,
        std::string(R"({"listenInfo":{"protocol":"udp","ip":")") + ip + "\"" + more + "}}");
    *id = TestWorker::number(created, "id");
    return static_cast<uint16_t>(std::stoi(created.substr(created.find("localPort") + 11)));
  }
  void connect(uint32_t transport, const std::string& ip, uint16_t port) {
    const std::string answer =
        worker.call(SLUICE_TRANSPORT_CONNECT, transport,
                    R"({"ip":")" + ip + R"(","port":)" + std::to_string(port) + "}");
    REQUIRE_MESSAGE(!answer.starts_with("error"), answer);
  }

  uint32_t router_ = 0, producer_ = 0, producer_transport_ = 0;
  LoopbackLink link_;
};

// The descriptor of the UDP socket with this port, anywhere in the process.
int descriptor_of(uint16_t port) {
  for (int fd = 3; fd < 1024; ++fd) {
    int type = 0;
    socklen_t size = sizeof(type);
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_DGRAM) continue;
    if (net::local_address(fd).port == port) return fd;
  }
  return -1;
}

}  // namespace

TEST_CASE("socket errors: peers that are gone (ICMP) cost the others nothing") {
  Room room;
  Receiver receiver;
  uint16_t gone = 0;
  {
    const Receiver closed;
    gone = closed.port();
  }
  room.add_consumer("127.0.0.1", gone);
  room.add_consumer("127.0.0.1", receiver.port());
  for (uint32_t n = 1; n <= 200; ++n) {
    room.send(1);
    REQUIRE(receiver.receive() == n);
  }
  // A socket that serves many peers is not connected: the kernel tells it nothing of ICMP.
  CHECK(room.worker.counter("drop_send_error") == 0);
  CHECK(room.worker.counter("socket_receive_errors") == 0);
}

TEST_CASE("socket errors: ECONNREFUSED is counted, sending and receiving, and passes") {
  Room room;
  Receiver receiver, other;
  const int fd = descriptor_of(room.add_consumer("127.0.0.1", receiver.port()));
  room.add_consumer("127.0.0.1", other.port());
  REQUIRE(fd >= 0);
  {
    // The worker's socket, connected behind its back to a port that nobody has: now it is told.
    const Receiver closed;
    sockaddr_in6 where;
    const socklen_t size = net::to_sockaddr(*parse_ip("127.0.0.1", closed.port()), false, &where);
    REQUIRE(connect(fd, reinterpret_cast<sockaddr*>(&where), size) == 0);
  }
  for (uint32_t n = 1; n <= 50; ++n) {
    REQUIRE(send(fd, "?", 1, 0) == 1);  // Its ICMP error waits for whoever comes next.
    room.send(1);
    REQUIRE(other.receive() == n);
  }
  const uint64_t errors = room.worker.counter("drop_send_error");
  CHECK(errors + room.worker.counter("socket_receive_errors") > 0);
  for (uint32_t n = 0; n < 50 - errors; ++n) REQUIRE(receiver.receive() > n);
}

TEST_CASE("socket errors: in a network of the test's own") {
  run_in_own_network("own network*");
}

TEST_CASE("own network: what no route leads to is counted, and costs the others nothing" *
          doctest::skip()) {
  own_network::bring_up("lo");
  Room room;
  Receiver receiver;
  room.add_consumer("203.0.113.9", 5000);      // ENETUNREACH.
  room.add_consumer("255.255.255.255", 5000);  // EACCES or ENETUNREACH.
  room.add_consumer("127.0.0.1", receiver.port());
  for (uint32_t n = 1; n <= 100; ++n) {
    room.send(1);
    REQUIRE(receiver.receive() == n);
  }
  // The two have RTCP reports of their own to send.
  CHECK(room.worker.counter("drop_send_error") >= 200);
  CHECK(room.worker.counter("datagrams_sent") >= 100);
}

TEST_CASE("own network: GSO that the path's MTU refuses is sent one by one, none lost" *
          doctest::skip()) {
  set_mtu("lo", 1280);
  Room room;
  Receiver receiver;
  room.add_consumer("127.0.0.1", receiver.port());
  // Until the worker found several packets at once, and made one message of them.
  for (int round = 0; round < 500 && room.worker.counter("gso_refused") == 0; ++round) {
    const uint32_t first = room.sent + 1;
    room.send(20, 1400);
    for (uint32_t n = first; n < first + 20; ++n) REQUIRE(receiver.receive() == n);
  }
  CHECK(room.worker.counter("gso_refused") > 0);
  CHECK(room.worker.counter("drop_send_error") == 0);
}

TEST_CASE("own network: a full socket keeps its packets in order, the others go on" *
          doctest::skip()) {
  // Nobody has told the kernel yet where 10.99.0.2 is: what is sent there waits, and fills the
  // smallest send buffer there is at once.
  if (!Tap::available()) {
    MESSAGE("not tested: /dev/net/tun may not be opened");
    return;
  }
  Tap tap("10.99.0.1", "10.99.0.2");
  Room room;
  Receiver receiver;
  room.add_consumer("10.99.0.2", 5000, "10.99.0.1", R"(,"sendBufferSize":1)");
  room.add_consumer("127.0.0.1", receiver.port());
  for (uint32_t n = 1; n <= 60; ++n) {
    room.send(1, 1000);
    REQUIRE(receiver.receive() == n);
  }
  CHECK(room.worker.counter("send_retained") > 0);
  const auto arrived = tap.answer_and_receive(60);
  REQUIRE(arrived.size() == 60);
  for (uint32_t n = 1; n <= 60; ++n) CHECK(load_u32(arrived[n - 1], 12) == n);
  CHECK(room.worker.counter("drop_send_queue_full") == 0);
  CHECK(room.worker.counter("drop_send_error") == 0);
}

}  // namespace sluice::worker
