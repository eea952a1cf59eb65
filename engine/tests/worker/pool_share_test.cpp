// A transport that fills the packet pool of its worker, beside a call in another router.
#include <array>
#include <string>

#include "tests/worker/plain_peer.h"

namespace sluice::worker {
namespace {

constexpr const char* kCodec =
    R"("codecs":[{"mimeType":"video/VP8","payloadType":100,"clockRate":90000,)"
    R"("rtcpFeedback":[{"type":"nack"}]}])";

// A router with a plain transport that its peer sends to.
struct Sender {
  Sender(TestWorker& worker, uint32_t first_ssrc, uint32_t producers)
      : router(worker.create(SLUICE_WORKER_CREATE_ROUTER, 0)) {
    const std::string created =
        worker.call(SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT, router,
                    R"({"listenInfo":{"protocol":"udp","ip":"127.0.0.1"},"comedia":true})");
    const size_t at = created.find("\"localPort\":");
    REQUIRE_MESSAGE(at != std::string::npos, created);
    port = static_cast<uint16_t>(std::stoi(created.substr(at + 12)));
    const uint32_t transport = TestWorker::number(created, "id");
    for (uint32_t i = 0; i < producers; ++i) {
      const std::string ssrc = std::to_string(first_ssrc + i);
      producer = worker.create(
          SLUICE_TRANSPORT_PRODUCE, transport,
          std::string(R"({"kind":"video","rtpParameters":{)") + kCodec +
              R"(,"encodings":[{"ssrc":)" + ssrc +
              R"(}],"rtcp":{"cname":"a"}},"rtpMapping":{"codecs":[{"payloadType":100,)" +
              R"("mappedPayloadType":100}],"encodings":[{"ssrc":)" + ssrc + R"(,"mappedSsrc":)" +
              ssrc + "}]}}");
    }
  }

  void send(uint32_t ssrc, uint16_t sequence) const {
    uint8_t packet[12 + 20] = {0x80, 100};
    store_u16(packet, 2, sequence);
    store_u32(packet, 8, ssrc);
    packet[12] = 0x10;
    socket.send_to(port, packet);
  }

  UdpPeer socket;
  uint32_t router;
  uint32_t producer = 0;  // The last one.
  uint16_t port = 0;
};

TEST_CASE("packet pool: a greedy transport takes nothing from a call in another router") {
  constexpr uint32_t kCallSsrc = 5000;
  constexpr uint32_t kGreedySsrc = 6000;
  constexpr uint32_t kGreedyProducers = 20;
  constexpr uint16_t kPackets = 400;
  EngineOptions options;
  options.packet_slots_max = 1024;
  TestWorker worker(options);
  Sender greedy(worker, kGreedySsrc, kGreedyProducers);
  Sender call(worker, kCallSsrc, 1);
  SrtpPeer hearer(worker, call.router);
  worker.create(SLUICE_TRANSPORT_CONSUME, hearer.transport(),
                R"({"producerId":)" + std::to_string(call.producer) +
                    R"(,"kind":"video","type":"simple","rtpParameters":{)" + kCodec +
                    R"(,"encodings":[{"ssrc":9000}],"rtcp":{"cname":"a"}},)" +
                    R"("consumableRtpEncodings":[{"ssrc":)" + std::to_string(kCallSsrc) + "}]}");

  const auto next = [&] {
    auto datagram = hearer.receive();
    while (datagram && is_rtcp(datagram->wire)) datagram = hearer.receive();
    REQUIRE(datagram);
    return load_u16(datagram->wire, 2);  // In clear; a resend without RTX does not open twice.
  };
  uint16_t first = 0;
  for (uint16_t n = 0; n < kPackets; ++n) {
    for (uint32_t i = 0; i < kGreedyProducers; ++i) greedy.send(kGreedySsrc + i, n);
    call.send(kCallSsrc, n);
    const uint16_t sequence = next();
    if (n == 0) first = sequence;
    REQUIRE(static_cast<uint16_t>(sequence - first) == n);
  }
  CHECK(worker.counter("packet_slots") == 1024);
  CHECK(worker.counter("drop_pool_exhausted") == 0);
  CHECK(worker.counter("history_packets_reclaimed") > 0);

  // The call's history is whole: its oldest packet can still be resent.
  uint8_t nack[16] = {0x81, 205, 0, 3};  // RFC 4585, 6.2.1.
  store_u32(nack, 8, 9000);
  store_u16(nack, 12, first);
  hearer.send_rtcp(nack);
  CHECK(next() == first);
}

}  // namespace
}  // namespace sluice::worker
