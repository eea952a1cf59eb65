// Packets through a real worker over loopback sockets: one plain producer, several SRTP consumers.
#include <array>
#include <vector>

#include "base/random.h"
#include "tests/allocation_counter.h"
#include "tests/worker/plain_peer.h"

namespace sluice::worker {
namespace {

constexpr size_t kConsumers = 8;
constexpr uint32_t kProducerSsrc = 0x11112222;
constexpr uint8_t kMaster[28] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};

constexpr const char* kCodec =
    R"("codecs":[{"mimeType":"audio/opus","payloadType":100,"clockRate":48000,"channels":2}])";

struct Room {
  TestWorker worker;
  UdpPeer sender;
  UdpPeer receivers[kConsumers];
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
      if (is_rtcp(Bytes(buffer).first(size))) continue;
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
  const uint64_t before = allocations();
  const int delivered = run(6000);
  const uint64_t after = allocations();
  CHECK(delivered == 6000 * static_cast<int>(kConsumers));
  CHECK(after == before);
}

TEST_CASE("garbage of strangers and of the peer costs nothing but counters") {
  Room room;
  UdpPeer stranger;
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
