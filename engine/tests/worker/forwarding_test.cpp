// Packets through a real worker over loopback sockets: one plain producer, several SRTP consumers.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

#include "base/base64.h"
#include "base/random.h"
#include "srtp/srtp_inbound.h"
#include "tests/replace_new.h"
#include "tests/worker/test_worker.h"

namespace {

// Every allocation of the process is counted while this is on.
std::atomic<bool> g_counting{false};
std::atomic<uint64_t> g_allocations{0};

}  // namespace

void sluice::test::on_allocation() {
  if (g_counting.load(std::memory_order_relaxed)) g_allocations.fetch_add(1);
}

namespace sluice::worker {
namespace {

constexpr size_t kConsumers = 8;
constexpr uint32_t kProducerSsrc = 0x11112222;
constexpr uint8_t kMaster[28] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};

// A peer of a plain transport: a socket on loopback with a port of its own.
class Peer {
 public:
  Peer() : fd_(socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    socklen_t size = sizeof(address);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    const timeval limit{5, 0};  // A lost packet fails the test instead of hanging it.
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }
  ~Peer() { close(fd_); }
  uint16_t port() const { return port_; }
  void send_to(uint16_t port, Bytes bytes) const {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    sendto(fd_, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&address),
           sizeof(address));
  }
  size_t receive(MutableBytes out) const {
    const ssize_t size = recv(fd_, out.data(), out.size(), 0);
    return size < 0 ? 0 : static_cast<size_t>(size);
  }

 private:
  int fd_;
  uint16_t port_ = 0;
};

constexpr const char* kCodec =
    R"("codecs":[{"mimeType":"audio/opus","payloadType":100,"clockRate":48000,"channels":2}])";

struct Room {
  TestWorker worker;
  Peer sender;
  Peer receivers[kConsumers];
  std::vector<srtp::SrtpInbound> keys;
  uint16_t producer_port = 0;
  uint32_t router = 0;
  uint32_t producer_transport = 0;
  uint32_t producer = 0;

  Room() {
    router = worker.create(SLUICE_WORKER_CREATE_ROUTER, 0);
    const std::string created =
        worker.call(SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT, router,
                    R"({"listenInfo":{"protocol":"udp","ip":"127.0.0.1"}})");
    producer_transport = TestWorker::number(created, "id");
    producer_port = tuple_port(created);
    connect(producer_transport, sender.port(), "");
    producer = worker.create(
        SLUICE_TRANSPORT_PRODUCE, producer_transport,
        std::string(R"({"kind":"audio","rtpParameters":{)") + kCodec + R"(,"encodings":[{"ssrc":)" +
            std::to_string(kProducerSsrc) +
            R"(}],"rtcp":{"cname":"a"}},"rtpMapping":{"codecs":[{"payloadType":100,)" +
            R"("mappedPayloadType":100}],"encodings":[{"ssrc":286335522,"mappedSsrc":5}]}})");
    for (size_t i = 0; i < kConsumers; ++i) add_consumer(i);
  }

  static uint16_t tuple_port(const std::string& text) {
    const size_t at = text.find("\"localPort\":");
    return static_cast<uint16_t>(std::stoi(text.substr(at + 12)));
  }

  void connect(uint32_t transport, uint16_t port, const std::string& srtp) {
    const std::string answer =
        worker.call(SLUICE_TRANSPORT_CONNECT, transport,
                    R"({"ip":"127.0.0.1","port":)" + std::to_string(port) + srtp + "}");
    INFO(answer);
    REQUIRE_FALSE(answer.starts_with("error"));
  }

  void add_consumer(size_t i) {
    const std::string created =
        worker.call(SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT, router,
                    R"({"listenInfo":{"protocol":"udp","ip":"127.0.0.1"},"enableSrtp":true,)"
                    R"("srtpCryptoSuite":"AEAD_AES_128_GCM"})");
    const size_t at = created.find("\"keyBase64\":\"") + 13;
    const auto key = base64_decode(created.substr(at, created.find('"', at) - at));
    auto inbound = srtp::SrtpInbound::make(srtp::SrtpProfile::aead_aes_128_gcm, key);
    REQUIRE(inbound.ok());
    keys.push_back(std::move(*inbound));
    const uint32_t transport = TestWorker::number(created, "id");
    connect(transport, receivers[i].port(),
            R"(,"srtpParameters":{"cryptoSuite":"AEAD_AES_128_GCM","keyBase64":")" +
                base64_encode(kMaster) + "\"}");
    worker.create(SLUICE_TRANSPORT_CONSUME, transport,
                  R"({"producerId":)" + std::to_string(producer) +
                      R"(,"kind":"audio","type":"simple","rtpParameters":{)" + kCodec +
                      R"(,"encodings":[{"ssrc":)" + std::to_string(1000 + i) +
                      R"(}],"rtcp":{"cname":"a"}},"consumableRtpEncodings":[{"ssrc":5}]})");
  }

  void send(uint16_t seq, uint32_t payload_word) {
    uint8_t packet[12 + 160] = {0x80, 100};
    store_u16(packet, 2, seq);
    store_u32(packet, 4, seq * 960u);
    store_u32(packet, 8, kProducerSsrc);
    store_u32(packet, 12, payload_word);
    sender.send_to(producer_port, packet);
  }

  // The next RTP packet of a receiver (RTCP is passed over), opened. Empty when none came.
  Bytes receive(size_t i, std::array<uint8_t, 1500>& buffer) {
    for (;;) {
      const size_t size = receivers[i].receive(buffer);
      if (size == 0) return {};
      if (buffer[1] >= 192 && buffer[1] <= 223) continue;
      const auto plain = keys[i].unprotect_rtp(MutableBytes(buffer).first(size));
      return plain ? Bytes(buffer).first(*plain) : Bytes();
    }
  }
};

TEST_CASE("a packet reaches every consumer, encrypted for each, numbers without a hole") {
  Room room;
  std::array<uint8_t, 1500> buffer;
  uint16_t first[kConsumers] = {};
  for (uint16_t n = 0; n < 300; ++n) {
    room.send(static_cast<uint16_t>(65400 + n), n);  // Wraps on the way.
    for (size_t i = 0; i < kConsumers; ++i) {
      const Bytes packet = room.receive(i, buffer);
      REQUIRE(packet.size() == 172);
      CHECK(load_u32(packet, 8) == 1000 + i);
      CHECK(load_u32(packet, 12) == n);
      if (n == 0) first[i] = load_u16(packet, 2);
      CHECK(load_u16(packet, 2) == static_cast<uint16_t>(first[i] + n));
    }
  }
}

TEST_CASE("packets flow without a single allocation once the worker is warm") {
  Room room;
  std::array<uint8_t, 1500> buffer;
  uint16_t seq = 0;
  const auto run = [&](int packets) {
    int delivered = 0;
    for (int n = 0; n < packets; ++n) {
      room.send(seq++, 7);
      for (size_t i = 0; i < kConsumers; ++i) delivered += !room.receive(i, buffer).empty();
    }
    return delivered;
  };
  // Until histories and pool have the size that this rate needs: their limits are some seconds and
  // some thousand packets away.
  CHECK(run(12000) == 12000 * static_cast<int>(kConsumers));
  g_allocations = 0;
  g_counting = true;
  const int delivered = run(6000);
  g_counting = false;
  CHECK(delivered == 6000 * static_cast<int>(kConsumers));
  CHECK(g_allocations.load() == 0);
}

TEST_CASE("garbage of strangers and of the peer costs nothing but counters") {
  Room room;
  Peer stranger;
  SeededRandom seeded(7);
  std::array<uint8_t, 1500> buffer;
  for (int n = 0; n < 20000; ++n) {
    std::array<uint8_t, 256> junk;
    for (auto& byte : junk) byte = static_cast<uint8_t>(seeded.next());
    if (n % 3 == 0) junk[0] = 0x80;
    const auto bytes = Bytes(junk).first(seeded.between(0, 256));
    (n % 2 ? room.sender : stranger).send_to(room.producer_port, bytes);
  }
  room.send(1, 42);
  // Junk of the peer may pass as a packet of its stream: look for ours.
  Bytes packet;
  do {
    packet = room.receive(0, buffer);
    REQUIRE_FALSE(packet.empty());
  } while (packet.size() != 172 || load_u32(packet, 12) != 42);
  const std::string dump = room.worker.call(SLUICE_WORKER_DUMP, 0);
  const size_t at = dump.find("\"drop_wrong_peer\":");
  CHECK(std::stoul(dump.substr(at + 18)) > 0);
}

}  // namespace
}  // namespace sluice::worker
