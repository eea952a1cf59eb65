// What a sending peer's RTCP does in a real worker: BYE, and messages that are odd in every way.
#include "rtcp/bye.h"
#include "rtcp/compound_writer.h"
#include "rtcp/extended_report.h"
#include "rtcp/receiver_report.h"
#include "rtcp/remb.h"
#include "tests/worker/video_scene.h"

namespace sluice::worker {
namespace {

constexpr uint32_t kNewSsrc = 4444;

struct Scene : VideoScene {
  uint32_t producer = produce_video(worker, sender.transport(), {{rtp::ExtensionKind::mid, 1}});
  uint32_t consumer = consume_video(worker, receiver.transport(), producer, {}, true);
  uint16_t seq = 100;

  void send(uint32_t ssrc) {
    static const uint8_t mid[] = {'0'};
    static const rtp::ExtensionItem items[] = {{1, mid}};
    publisher.send({.seq = seq++, .is_key = true, .extensions = items, .ssrc = ssrc});
  }
  // The number of the next media packet that the receiver gets.
  std::optional<uint16_t> receive() {
    while (const auto datagram = receiver.receive()) {
      if (is_rtcp(datagram->wire) || datagram->plain.empty()) continue;
      REQUIRE(load_u32(datagram->plain, 8) == kSentSsrc);
      return load_u16(datagram->plain, 2);
    }
    return std::nullopt;
  }
  template <typename Write>
  void report(Write&& write) {
    std::array<uint8_t, 1292> buffer;
    rtcp::CompoundWriter writer(buffer);
    rtcp::ReceiverReport{1, {}}.write(writer, {});
    write(writer);
    sender.send_rtcp(writer.bytes());
  }
};

TEST_CASE("sender rtcp: after a BYE another SSRC goes on under the same MID") {
  Scene scene;
  scene.send(kVideoSsrc);
  const auto first = scene.receive();
  REQUIRE(first.has_value());
  scene.send(kNewSsrc);  // Both send: refused, and no hole.
  scene.report([](rtcp::CompoundWriter& out) {
    const uint32_t gone[] = {7, kVideoSsrc};
    REQUIRE(rtcp::Bye::write(out, gone, "restart"));
  });
  scene.seq = 20000;
  scene.send(kNewSsrc);
  scene.send(kNewSsrc);
  // The hole of one number tells a video receiver that the frame before may be incomplete.
  CHECK(scene.receive() == static_cast<uint16_t>(*first + 2));
  CHECK(scene.receive() == static_cast<uint16_t>(*first + 3));
  CHECK(scene.worker.counter("drop_producer_refused") == 1);
}

TEST_CASE("sender rtcp: odd messages are counted or ignored, and media goes on") {
  // Each follows a receiver report, so that the compound begins as RFC 3550, 6.1 asks.
  const std::vector<std::vector<uint8_t>> odd = {
      {0x80, 203, 0, 0},                            // BYE of nobody.
      {0x9F, 203, 0, 0},                            // BYE of 31, none there.
      {0x82, 203, 0, 1, 0, 0, 4, 0x57},             // BYE of two, one there.
      {0x81, 203, 0, 2, 0, 0, 0, 9, 200, 1, 2, 3},  // A reason that leaves the message.
      {0x81, 203, 0xFF, 0xFF, 0, 0, 4, 0x57},       // Longer than the datagram.
      {0x8F, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0},    // An application's feedback, empty.
      {0x8F, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 9, 0xFF, 0xFF, 0xFF},
      {0x8F, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 0, 0xFF, 0xFF, 0xFF},
      {0x8F, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'X', 0, 0, 0, 0},
      {0x80, 207, 0, 2, 0, 0, 0, 1, 5, 0, 0, 0},              // DLRR without a block.
      {0x80, 207, 0, 3, 0, 0, 0, 1, 5, 0, 0, 1, 0, 0, 0, 0},  // A third of a block.
      {0x80, 207, 0, 2, 0, 0, 0, 1, 5, 0, 0xFF, 0xFF},        // Longer than the message.
      {0x80, 207, 0, 5, 0, 0, 0, 1, 5, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF},
      {0x80, 207, 0, 2, 0, 0, 0, 1, 4, 0, 0, 0},  // Reference time without the time.
      {0xA0, 203, 0, 1, 0, 0, 0, 99},             // More padding than message.
  };
  Scene scene;
  scene.send(kVideoSsrc);
  auto last = scene.receive();
  for (const auto& message : odd) {
    CAPTURE(&message - odd.data());
    std::vector<uint8_t> compound = {0x80, 201, 0, 1, 0, 0, 0, 1};
    compound.insert(compound.end(), message.begin(), message.end());
    scene.sender.send_rtcp(compound);
    scene.send(kVideoSsrc);
    const auto next = scene.receive();
    REQUIRE(next.has_value());
    CHECK(*next == static_cast<uint16_t>(*last + 1));
    last = next;
  }
}

}  // namespace
}  // namespace sluice::worker
