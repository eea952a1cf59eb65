// Media and feedback through a worker with either cipher back end and each profile, between peers
// whose SRTP is libsrtp's.
#include "rtcp/compound_writer.h"
#include "rtcp/message.h"
#include "rtcp/nack.h"
#include "tests/srtp/libsrtp.h"
#include "tests/worker/video_scene.h"

namespace sluice::worker {
namespace {

using srtp::CipherBackend;
using srtp::LibSrtp;
using srtp::SrtpProfile;
using Packet = std::vector<uint8_t>;

constexpr int kPackets = 60;

// A plain transport, and at the other end of its socket a peer.
class LibSrtpPeer {
 public:
  LibSrtpPeer(TestWorker& worker, uint32_t router, SrtpProfile profile)
      : master_(srtp::master_bytes(profile), 0x5A), out_(profile, master_, LibSrtp::Way::outbound) {
    const std::string suite(srtp::suite_name(profile));
    const std::string created =
        worker.call(SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT, router,
                    R"({"listenInfo":{"protocol":"udp","ip":"127.0.0.1"},"enableSrtp":true,)"
                    R"("srtpCryptoSuite":")" +
                        suite + "\"}");
    INFO(created);
    transport = TestWorker::number(created, "id");
    port_ = static_cast<uint16_t>(std::stoi(created.substr(created.find("\"localPort\":") + 12)));
    const size_t at = created.find("\"keyBase64\":\"") + 13;
    const auto key = base64_decode(created.substr(at, created.find('"', at) - at));
    in_.emplace(profile, key, LibSrtp::Way::inbound);
    REQUIRE(out_.ready());
    REQUIRE(in_->ready());
    const std::string connected =
        worker.call(SLUICE_TRANSPORT_CONNECT, transport,
                    R"({"ip":"127.0.0.1","port":)" + std::to_string(socket_.port()) +
                        R"(,"srtpParameters":{"cryptoSuite":")" + suite + R"(","keyBase64":")" +
                        base64_encode(master_) + "\"}}");
    REQUIRE_MESSAGE(!connected.starts_with("error"), connected);
  }

  Packet seal(Bytes plain) {
    const auto sealed = is_rtcp(plain) ? out_.protect_rtcp(plain) : out_.protect_rtp(plain);
    REQUIRE(sealed);
    return *sealed;
  }
  void send(Bytes wire) { socket_.send_to(port_, wire); }

  // The next datagram, opened; all must open. Empty when none came in time.
  Packet receive() {
    std::array<uint8_t, 2048> buffer;
    const size_t size = socket_.receive(buffer);
    if (size == 0) return {};
    const Bytes wire = Bytes(buffer).first(size);
    const auto plain = is_rtcp(wire) ? in_->unprotect_rtcp(wire) : in_->unprotect_rtp(wire);
    REQUIRE(plain);
    return *plain;
  }
  // The next one that is RTP.
  Packet receive_rtp() {
    Packet packet = receive();
    while (is_rtcp(packet)) packet = receive();
    return packet;
  }

  uint32_t transport = 0;

 private:
  UdpPeer socket_;
  Packet master_;
  LibSrtp out_;
  std::optional<LibSrtp> in_;
  uint16_t port_ = 0;
};

// A key frame of one packet, with its number in the payload.
Packet vp8_packet(uint16_t n) {
  Packet packet(12 + 200);
  packet[0] = 0x80;
  packet[1] = 0x80 | kVp8;
  store_u16(packet, 2, static_cast<uint16_t>(65510 + n));  // Wraps on the way.
  store_u32(packet, 4, n * 3000u);
  store_u32(packet, 8, kVideoSsrc);
  packet[12] = 0x10;
  store_u32(packet, 16, n);
  return packet;
}

template <typename Write>
Packet rtcp_packet(Write&& write) {
  std::array<uint8_t, 200> buffer;
  rtcp::CompoundWriter writer(buffer);
  write(writer);
  const Bytes bytes = writer.bytes();
  return {bytes.begin(), bytes.end()};
}

bool asks_for_key_frame(Bytes compound) {
  bool asks = false;
  rtcp::for_each_message(compound, [&](const rtcp::Message& message) {
    asks |= std::holds_alternative<rtcp::PictureLoss>(message);
  });
  return asks;
}

void run(CipherBackend backend, SrtpProfile profile) {
  EngineOptions options;
  options.cipher_backend = backend;
  TestWorker worker(options);
  const uint32_t router = worker.create(SLUICE_WORKER_CREATE_ROUTER, 0);
  LibSrtpPeer sender(worker, router, profile), receiver(worker, router, profile);
  const uint32_t producer = produce_video(worker, sender.transport, {});
  consume_video(worker, receiver.transport, producer, {}, /*with_rtx=*/true);

  uint16_t third = 0;
  for (uint16_t n = 0; n < kPackets; ++n) {
    const Packet sent = vp8_packet(n);
    sender.send(sender.seal(sent));
    const Packet got = receiver.receive_rtp();
    REQUIRE(got.size() == sent.size());
    CHECK(load_u32(got, 8) == kSentSsrc);
    CHECK(std::equal(got.begin() + 12, got.end(), sent.begin() + 12));
    if (n == 3) third = load_u16(got, 2);
  }

  // Feedback goes in, and out to the other peer.
  const uint16_t lost[] = {third};
  receiver.send(receiver.seal(rtcp_packet([&](auto& out) {
    rtcp::Nack::write(out, 1, kSentSsrc, lost);
    rtcp::PictureLoss{1, kSentSsrc}.write(out);
  })));
  const Packet repair = receiver.receive_rtp();
  REQUIRE(repair.size() == vp8_packet(3).size() + 2);
  CHECK(load_u32(repair, 8) == kSentRtxSsrc);
  CHECK(load_u16(repair, 12) == third);
  CHECK(load_u32(repair, 18) == 3);
  Packet asked = sender.receive();
  while (!asked.empty() && !asks_for_key_frame(asked)) asked = sender.receive();
  CHECK_FALSE(asked.empty());

  // What was changed on the way does not pass.
  Packet forged = sender.seal(vp8_packet(kPackets));
  forged[20] ^= 1;
  sender.send(forged);
  Packet forged_rtcp =
      receiver.seal(rtcp_packet([&](auto& out) { rtcp::Nack::write(out, 1, kSentSsrc, lost); }));
  forged_rtcp[12] ^= 1;
  receiver.send(forged_rtcp);
  sender.send(sender.seal(vp8_packet(kPackets + 1)));
  CHECK(load_u32(receiver.receive_rtp(), 16) == kPackets + 1);
  CHECK(worker.counter("drop_srtp_auth") == 2);
}

TEST_CASE("cipher back ends: media and feedback, both ways, are what libsrtp seals and opens") {
  for (const CipherBackend backend : {CipherBackend::evp, CipherBackend::ipsec_mb}) {
    if (!srtp::backend_available(backend)) {
      MESSAGE("not tested: libipsec-mb is not for this machine");
      continue;
    }
    for (const SrtpProfile profile : srtp::kSrtpProfilesByPreference) {
      CAPTURE(static_cast<int>(backend));
      CAPTURE(srtp::suite_name(profile));
      run(backend, profile);
    }
  }
}

}  // namespace
}  // namespace sluice::worker
