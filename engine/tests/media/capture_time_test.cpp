// abs-capture-time: what a consumer's peer is told of the capturer's clock.
#include <doctest/doctest.h>

#include "rtcp/compound_writer.h"
#include "rtcp/message.h"
#include "rtp/extension_values.h"
#include "tests/media/support.h"

using namespace sluice;
using namespace sluice::media;
using namespace sluice::media::support;

namespace {

constexpr uint64_t kCapture = 0x11223344'55667788;
constexpr uint64_t kSecond = uint64_t{1} << 32;

struct Scene {
  Room room{producer_options()};
  ConsumerOptions options = consumer_options();
  Consumer* consumer = nullptr;
  uint16_t seq = 100;

  static ProducerOptions producer_options() {
    auto options = video_producer();
    options.rtp_parameters.header_extensions.push_back(
        extension(rtp::ExtensionKind::abs_capture_time, 7));
    return options;
  }
  static ConsumerOptions consumer_options() {
    auto options = video_consumer(/*with_rtx=*/false);
    options.rtp_parameters.header_extensions.push_back(
        extension(rtp::ExtensionKind::abs_capture_time, 9));
    return options;
  }
  Scene() {
    consumer = &room.add(at(0ms), options);
    room.pass(at(0ms), {.seq = 99, .payload = vp8(true)});  // Reports are about a known stream.
  }

  // Our wall clock is five seconds ahead of the sender's; the reports arrive at once.
  void report(int second) {
    const auto s = static_cast<uint32_t>(second);
    room.producer->handle_sender_report(at(std::chrono::seconds(second)), {1005 + s, 0},
                                        {kVideoSsrc, {1000 + s, 0}, s * 90000, 1, 1, {}});
  }
  std::vector<uint8_t> pass(std::optional<int64_t> offset, uint8_t id = 7) {
    std::array<uint8_t, 16> value;
    const size_t size = rtp::write_abs_capture_time(value, {kCapture, offset});
    auto sent = room.pass(
        at(0ms),
        {.seq = seq++, .payload = vp8(true), .extensions = {{id, Bytes(value).first(size)}}});
    REQUIRE(sent.size() == 1);
    return sent[0];
  }
  rtp::AbsCaptureTime time_of(const std::vector<uint8_t>& packet) const {
    const auto view = parse(packet, options.rtp_parameters);
    return rtp::parse_abs_capture_time(view.extension(rtp::ExtensionKind::abs_capture_time))
        .value();
  }
};

}  // namespace

TEST_CASE("capture time: the offset goes on from the sender's clock to ours") {
  Scene scene;
  for (int second = 1; second <= 3; ++second) scene.report(second);
  const auto time = scene.time_of(scene.pass(int64_t{kSecond}));
  CHECK(time.capture_ntp == kCapture);
  CHECK(time.clock_offset == int64_t{6 * kSecond});
  CHECK(scene.time_of(scene.pass(-int64_t{7 * kSecond})).clock_offset == -int64_t{2 * kSecond});
}

TEST_CASE("capture time: half the round trip is the way of the fastest report") {
  Scene scene;
  for (int second = 1; second <= 3; ++second) scene.report(second);
  // Reference time and answer 1 s apart, no delay at the sender: a round trip of a second.
  scene.room.producer->handle_dlrr({2001, 0}, {kVideoSsrc, NtpTime{2000, 0}.compact(), 0});
  CHECK(scene.time_of(scene.pass(0)).clock_offset == int64_t{4 * kSecond + kSecond / 2});
}

TEST_CASE("capture time: no offset as long as the sender's clock is not known, nor without one") {
  Scene scene;
  const auto early = scene.time_of(scene.pass(int64_t{kSecond}));
  CHECK(early.capture_ntp == kCapture);
  CHECK_FALSE(early.clock_offset);
  for (int second = 1; second <= 3; ++second) scene.report(second);
  CHECK_FALSE(scene.time_of(scene.pass(std::nullopt)).clock_offset);
}

TEST_CASE("capture time: both forms of an element become shorter without a trace") {
  for (const uint8_t id : {uint8_t{7}, uint8_t{200}}) {
    CAPTURE(id);
    std::array<uint8_t, 16> value;
    rtp::write_abs_capture_time(value, {kCapture, 1});
    const uint8_t last = 3;
    PacketPool pool(256);
    const PacketRef slot = make_packet(pool, {.extensions = {{id, value}, {5, {&last, 1}}}});
    rtp::ExtensionIds ids;
    ids.set(rtp::ExtensionKind::abs_capture_time, id);
    ids.set(rtp::ExtensionKind::video_orientation, 5);
    const auto before = rtp::RtpView::parse(slot->bytes(), ids).value();
    const Bytes found = before.extension(rtp::ExtensionKind::abs_capture_time);
    rtp::shorten_abs_capture_time({slot->data, slot->size},
                                  static_cast<size_t>(found.data() - slot->data));
    const auto after = rtp::RtpView::parse(slot->bytes(), ids).value();
    const Bytes short_one = after.extension(rtp::ExtensionKind::abs_capture_time);
    CHECK(short_one.size() == 8);
    CHECK(load_u64(short_one, 0) == kCapture);
    CHECK(after.extension(rtp::ExtensionKind::video_orientation)[0] == last);
    CHECK(after.payload().size() == before.payload().size());
  }
}

TEST_CASE("capture time: a resend says what the first sending said, whatever was learned since") {
  Scene scene;
  const auto early = scene.pass(int64_t{kSecond});
  for (int second = 1; second <= 3; ++second) scene.report(second);
  const auto late = scene.pass(int64_t{kSecond});
  scene.room.producer->handle_dlrr({2001, 0}, {kVideoSsrc, NtpTime{2000, 0}.compact(), 0});
  scene.report(4);

  std::array<uint8_t, 1292> buffer;
  rtcp::CompoundWriter writer(buffer);
  const std::vector<uint16_t> lost = {parse(early, scene.options.rtp_parameters).sequence(),
                                      parse(late, scene.options.rtp_parameters).sequence()};
  rtcp::Nack::write(writer, 1, kConsumerSsrc, lost);
  rtcp::for_each_message(writer.bytes(), [&](const rtcp::Message& message) {
    scene.consumer->handle_nack(at(100ms), std::get<rtcp::Nack>(message));
  });
  const auto resent = scene.room.resends(at(100ms), *scene.consumer);
  REQUIRE(resent.size() == 2);
  CHECK(resent[0] == early);
  CHECK(resent[1] == late);
}
