// A sender that begins anew under another SSRC: a browser that restarts a track's sender, a WHIP
// client that connects its encoder again.
#include <doctest/doctest.h>

#include "tests/media/support.h"

using namespace sluice;
using namespace sluice::media;
using namespace sluice::media::support;

namespace {

constexpr uint32_t kNewSsrc = 0xABCD0001;
constexpr uint32_t kNewRtxSsrc = 0xABCD0002;

// What a producer says of the SSRCs that come.
enum class Announced { ssrc, mid_alone, rid };

struct Scene {
  Room room;
  Consumer& consumer;
  Announced announced;
  uint16_t out_seq = 0;
  uint32_t out_timestamp = 0;
  size_t sent = 0;

  static ProducerOptions options(Announced announced) {
    auto options = video_producer();
    auto& encoding = options.rtp_parameters.encodings[0];
    if (announced != Announced::ssrc) encoding.ssrc = encoding.rtx_ssrc = 0;
    if (announced == Announced::rid) encoding.rid = "h";
    return options;
  }

  explicit Scene(Announced given)
      : room(options(given)), consumer(room.add(at(0ms))), announced(given) {}

  ReceiveResult receive(Instant now, Spec spec) {
    static const uint8_t mid[] = {'0'}, rid[] = {'h'};
    spec.extensions = {{1, mid}};
    const bool is_rtx = spec.payload_type == kVp8Rtx;
    if (announced == Announced::rid) spec.extensions.push_back({uint8_t(is_rtx ? 11 : 10), rid});
    const auto result = room.receive(now, spec);
    for (const auto& packet : room.serve(now, consumer)) {
      const auto view = parse(packet, consumer.rtp_parameters());
      CHECK(view.ssrc() == kConsumerSsrc);
      if (is_rtx) continue;
      if (sent++ != 0) {
        const auto step = static_cast<uint16_t>(view.sequence() - out_seq);
        CHECK((step == 1 || step == 2));  // Two: the hole before a restart of video.
        CHECK(view.timestamp() - out_timestamp < 90'000 * 10);
      }
      out_seq = view.sequence();
      out_timestamp = view.timestamp();
    }
    room.producer->clear_batch();
    return result;
  }
  // Key frames, so that each may begin an output.
  ReceiveResult media(Instant now, uint32_t ssrc, uint16_t seq, uint32_t timestamp) {
    return receive(now, {.ssrc = ssrc, .seq = seq, .timestamp = timestamp, .payload = vp8(true)});
  }
  uint32_t ssrc() { return room.producer->stream(0)->params().ssrc; }
};

constexpr Announced kAll[] = {Announced::ssrc, Announced::mid_alone, Announced::rid};

}  // namespace

TEST_CASE("takeover: a new SSRC goes on when the former one is silent, as a new epoch") {
  for (const Announced announced : kAll) {
    CAPTURE(static_cast<int>(announced));
    Scene scene(announced);
    CHECK(scene.media(at(0ms), kVideoSsrc, 100, 9000) == ReceiveResult::forward);
    CHECK(scene.media(at(40ms), kVideoSsrc, 101, 12600) == ReceiveResult::forward);
    CHECK(scene.media(at(1s), kNewSsrc, 40000, 77) == ReceiveResult::unknown_stream);
    CHECK(scene.media(at(1539ms), kNewSsrc, 40001, 77) == ReceiveResult::unknown_stream);
    CHECK(scene.media(at(1540ms), kNewSsrc, 40002, 77) == ReceiveResult::forward);
    CHECK(scene.media(at(1580ms), kNewSsrc, 40003, 3677) == ReceiveResult::forward);
    CHECK(scene.sent == 4);
    CHECK(scene.ssrc() == kNewSsrc);
    // What came late from the former one does not take it back.
    CHECK(scene.media(at(1590ms), kVideoSsrc, 102, 16200) == ReceiveResult::unknown_stream);
    CHECK(scene.media(at(1620ms), kNewSsrc, 40004, 7277) == ReceiveResult::forward);
    std::array<rtcp::ReportBlock, Producer::kReportBlocksMax> blocks;
    REQUIRE(scene.room.producer->make_reports(at(2s), blocks) == 1);
    CHECK(blocks[0].ssrc == kNewSsrc);
    CHECK(blocks[0].cumulative_lost == 0);
    CHECK(uint16_t(blocks[0].highest_sequence) == 40004);
  }
}

TEST_CASE("takeover: the new sender is asked for a key frame") {
  Scene scene(Announced::mid_alone);
  scene.media(at(0ms), kVideoSsrc, 100, 9000);
  const Spec delta{.ssrc = kNewSsrc, .seq = 7, .payload = vp8(false)};
  CHECK(scene.receive(at(2s), delta) == ReceiveResult::forward);
  std::array<uint8_t, 1292> buffer;
  const size_t bytes = scene.room.producer->poll_feedback(at(2s), buffer);
  uint32_t asked = 0;
  rtcp::for_each_message(Bytes(buffer).first(bytes), [&](const rtcp::Message& message) {
    asked = std::get<rtcp::PictureLoss>(message).media_ssrc;
  });
  CHECK(asked == kNewSsrc);
}

TEST_CASE("takeover: not while both send, however long") {
  Scene scene(Announced::mid_alone);
  for (int i = 0; i < 500; ++i) {
    const auto number = static_cast<uint16_t>(i);
    CHECK(scene.media(at(i * 40ms), kVideoSsrc, number, 3600 * number) == ReceiveResult::forward);
    CHECK(scene.media(at(i * 40ms), kNewSsrc, number, 3600 * number) ==
          ReceiveResult::unknown_stream);
  }
  CHECK(scene.sent == 500);
}

TEST_CASE("takeover: at once after a BYE, unless the former one goes on all the same") {
  Scene scene(Announced::mid_alone);
  scene.media(at(0ms), kVideoSsrc, 100, 9000);
  scene.room.producer->handle_bye(at(10ms), 0x12345678);  // Somebody else's.
  CHECK(scene.media(at(11ms), kNewSsrc, 7, 0) == ReceiveResult::unknown_stream);
  scene.room.producer->handle_bye(at(20ms), kVideoSsrc);
  scene.media(at(30ms), kVideoSsrc, 101, 9000);  // Was on its way.
  CHECK(scene.media(at(40ms), kNewSsrc, 8, 0) == ReceiveResult::forward);

  Scene other(Announced::mid_alone);
  other.media(at(0ms), kVideoSsrc, 100, 9000);
  other.room.producer->handle_bye(at(20ms), kVideoSsrc);
  other.media(at(900ms), kVideoSsrc, 101, 9000);
  CHECK(other.media(at(1s), kNewSsrc, 8, 0) == ReceiveResult::unknown_stream);
}

TEST_CASE("takeover: the new sender's RTX stream comes along, after its media") {
  for (const bool rtx_first : {false, true}) {
    CAPTURE(rtx_first);
    Scene scene(Announced::rid);
    const auto repair = [&](Instant now, uint32_t ssrc, uint16_t seq, uint16_t rtx_seq) {
      Spec spec = as_rtx({.seq = seq, .payload = vp8(false)}, rtx_seq);
      spec.ssrc = ssrc;
      return scene.receive(now, spec);
    };
    scene.media(at(0ms), kVideoSsrc, 100, 0);
    scene.media(at(1ms), kVideoSsrc, 102, 0);
    CHECK(repair(at(2ms), kVideoRtxSsrc, 101, 1) == ReceiveResult::repaired);
    CHECK(repair(at(3ms), kNewRtxSsrc, 101, 1) == ReceiveResult::unknown_stream);
    if (rtx_first) {  // Read as the former sender's, its number would be anything.
      CHECK(repair(at(2s), kNewRtxSsrc, 500, 1) == ReceiveResult::unknown_stream);
    }
    CHECK(scene.media(at(2s), kNewSsrc, 500, 0) == ReceiveResult::forward);
    CHECK(scene.media(at(2s), kNewSsrc, 502, 0) == ReceiveResult::forward);
    CHECK(repair(at(2s), kVideoRtxSsrc, 501, 2) == ReceiveResult::unknown_stream);
    CHECK(repair(at(2001ms), kNewRtxSsrc, 501, 2) == ReceiveResult::repaired);
    CHECK(scene.room.producer->stream(0)->params().rtx_ssrc == kNewRtxSsrc);
  }
}

TEST_CASE("takeover: numbers and timestamps of consumers go on through many of them") {
  Scene scene(Announced::mid_alone);
  SeededRandom random(11);
  Instant now = at(0ms);
  for (uint32_t sender = 1; sender <= 50; ++sender) {
    auto seq = static_cast<uint16_t>(random.next());
    auto timestamp = static_cast<uint32_t>(random.next());
    for (int i = 0; i < 30; ++i, now += 40ms, timestamp += 3600) {
      REQUIRE(scene.media(now, sender, ++seq, timestamp) == ReceiveResult::forward);
    }
    now += 1500ms;
  }
  CHECK(scene.sent == 50 * 30);
}
