// Resends without RTX go out under the number, and so the SRTP index, of the first sending.
// Anything else than the same packet would be encrypted under a nonce that was used (RFC
// 7714, 8.1).
#include <map>

#include "net/clock.h"
#include "rtcp/compound_writer.h"
#include "rtcp/nack.h"
#include "rtcp/sender_report.h"
#include "rtp/extension_values.h"
#include "tests/worker/video_scene.h"

namespace sluice::worker {
namespace {

using rtp::ExtensionKind;
using Datagrams = std::map<uint16_t, std::vector<uint8_t>>;  // By sequence number, as sent.

constexpr uint16_t kFirstSeq = 65520;  // Wraps on the way.
constexpr int kPackets = 40;
constexpr int kLost = 13;  // Comes by RTX.

struct Scene : VideoScene {
  uint32_t reports = 0;

  Scene() {
    // Another producer of the transport negotiated the audio level; the video's packets carry it
    // all the same.
    produce_audio(10, 3331);
    const uint32_t producer = produce_video(worker, sender.transport(),
                                            {{ExtensionKind::mid, 1},
                                             {ExtensionKind::abs_send_time, 2},
                                             {ExtensionKind::transport_cc, 3},
                                             {ExtensionKind::video_orientation, 4},
                                             {ExtensionKind::abs_capture_time, 7}});
    consume_video(worker, receiver.transport(), producer,
                  {{ExtensionKind::mid, 1},
                   {ExtensionKind::abs_send_time, 4},
                   {ExtensionKind::transport_cc, 5},
                   {ExtensionKind::video_orientation, 8},
                   {ExtensionKind::abs_capture_time, 9},
                   {ExtensionKind::audio_level, 10},
                   {ExtensionKind::packet_id, 12},
                   {ExtensionKind::playout_delay, 13}},
                  /*with_rtx=*/false);
  }

  void produce_audio(int level_id, uint32_t ssrc) {
    const std::string text = std::to_string(ssrc);
    worker.create(
        SLUICE_TRANSPORT_PRODUCE, sender.transport(),
        R"({"kind":"audio","rtpParameters":{"codecs":[{"mimeType":"audio/opus","payloadType":111,)"
        R"("clockRate":48000,"channels":2}],)" +
            extensions_json({{ExtensionKind::audio_level, level_id},
                             {ExtensionKind::playout_delay, level_id + 1}}) +
            R"(,"encodings":[{"ssrc":)" + text +
            R"(}]},"rtpMapping":{"codecs":[{"payloadType":111,)" +
            R"("mappedPayloadType":100}],"encodings":[{"ssrc":)" + text + R"(,"mappedSsrc":7}]}})");
  }

  // A packet with all that may differ from one sending to the next.
  void send(int n, bool by_rtx = false) {
    const auto byte = static_cast<uint8_t>(n);
    const uint8_t sent_at[] = {1, 2, byte}, wide[] = {0, byte}, turn[] = {1}, level[] = {byte};
    const uint8_t delay[] = {0, 0, byte}, csrcs[8] = {9, 9, 9, byte};
    std::array<uint8_t, rtp::kAbsCaptureTimeBytes> captured;
    rtp::write_abs_capture_time(captured, {uint64_t{77} << 32, n});
    std::vector<rtp::ExtensionItem> items = {{2, sent_at}, {3, wide}, {10, level}, {11, delay}};
    if (n % 3 == 0) items.push_back({4, turn});
    if (n % 2 == 0) items.push_back({7, captured});
    const VideoPublisher::Packet packet{.seq = static_cast<uint16_t>(kFirstSeq + n),
                                        .is_key = n == 0,
                                        .extensions = items,
                                        .csrcs = n % 5 == 0 ? Bytes(csrcs) : Bytes(),
                                        .padding_bytes = static_cast<uint8_t>(n % 7 == 0 ? 4 : 0)};
    by_rtx ? publisher.resend(packet) : publisher.send(packet);
  }

  // Each says that the sender's clock is a little further ahead than the last one said.
  void report() {
    std::array<uint8_t, 100> buffer;
    rtcp::CompoundWriter writer(buffer);
    const NtpTime ntp{4'000'000'000u + reports / 4, 0x10000000u * (reports % 4 * 4)};
    ++reports;
    REQUIRE(rtcp::SenderReport{kVideoSsrc, ntp, 3000, 1, 1, {}}.write(writer));
    sender.send_rtcp(writer.bytes());
  }

  void ask_again(const Datagrams& wanted) {
    std::vector<uint16_t> lost;
    for (const auto& [seq, wire] : wanted) lost.push_back(seq);
    std::array<uint8_t, 1200> buffer;
    rtcp::CompoundWriter writer(buffer);
    REQUIRE(rtcp::Nack::write(writer, 1, kSentSsrc, lost) == lost.size());
    receiver.send_rtcp(writer.bytes());
  }

  // RTP datagrams of the receiver until `count` numbers have come, or none comes for a while.
  Datagrams collect(size_t count, int timeout_ms) {
    Datagrams all;
    while (all.size() < count) {
      const auto datagram = receiver.receive(timeout_ms);
      if (!datagram) break;
      if (is_rtcp(datagram->wire)) continue;
      all[load_u16(datagram->wire, 2)] = {datagram->wire.begin(), datagram->wire.end()};
    }
    return all;
  }
};

TEST_CASE("a packet resent without RTX is the same datagram to the last bit, its tag included") {
  Scene scene;
  for (int n = 0; n < kPackets; ++n) {
    if (n != kLost) scene.send(n);
    if (n % 10 == 9) scene.report();
  }
  scene.send(kLost, /*by_rtx=*/true);
  const Datagrams sent = scene.collect(kPackets, 5000);
  REQUIRE(sent.size() == kPackets);

  // What a resend could be made from changes: the clocks, and the extensions of the transport.
  for (int i = 0; i < 4; ++i) scene.report();
  scene.produce_audio(14, 3332);

  // A second resend too: the first one must have changed nothing. What was resent is not resent
  // within a round trip (100 ms, as long as none is known), so ask until all have come.
  for (int round = 0; round < 2; ++round) {
    CAPTURE(round);
    Datagrams wanted = sent;
    const Instant deadline = net::now() + 10s;
    while (!wanted.empty() && net::now() < deadline) {
      scene.ask_again(wanted);
      for (const auto& [seq, wire] : scene.collect(wanted.size(), 60)) {
        REQUIRE(sent.contains(seq));
        CHECK(wire == sent.at(seq));
        wanted.erase(seq);
      }
    }
    CHECK(wanted.empty());
  }
}

}  // namespace
}  // namespace sluice::worker
