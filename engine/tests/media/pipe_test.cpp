// Pipe consumers, and producers whose packets come by a link.
#include <doctest/doctest.h>

#include "media/consumer.h"
#include "rtcp/compound_writer.h"
#include "rtcp/message.h"
#include "tests/media/support.h"
#include "tests/rtp/dependency_builder.h"

using namespace sluice;
using namespace sluice::media;
using namespace sluice::media::support;

namespace {

constexpr uint32_t kLowSsrc = 0x1001, kHighSsrc = 0x1002;          // Of the source.
constexpr uint32_t kPipeLowSsrc = 0x2001, kPipeHighSsrc = 0x2002;  // Of the pipe.
constexpr uint8_t kFarVp8 = 121;                                   // The other router's.

ProducerOptions two_layers() {
  ProducerOptions options = video_producer();
  auto& encodings = options.rtp_parameters.encodings;
  encodings.assign(2, {});
  encodings[0].ssrc = kLowSsrc;
  encodings[1].ssrc = kHighSsrc;
  options.rtp_mapping.encodings = {{kLowSsrc, "", "", 0x3001}, {kHighSsrc, "", "", 0x3002}};
  return options;
}

// As ortc makes it: each encoding under an SSRC of its own, neither MID nor NACK nor RTX.
ConsumerOptions pipe_consumer() {
  ConsumerOptions options;
  options.kind = MediaKind::video;
  options.type = ConsumerType::pipe;
  auto& parameters = options.rtp_parameters;
  parameters.codecs = {codec("video/VP8", kMappedVp8, 90000, {{"nack", "pli"}})};
  parameters.header_extensions = {extension(rtp::ExtensionKind::video_orientation, 8)};
  parameters.encodings.resize(2);
  parameters.encodings[0].ssrc = kPipeLowSsrc;
  parameters.encodings[1].ssrc = kPipeHighSsrc;
  return options;
}

// The pipe producer at the other end: the consumer's parameters, another router's payload types.
ProducerOptions pipe_producer() {
  ProducerOptions options;
  options.kind = MediaKind::video;
  options.rtp_parameters = pipe_consumer().rtp_parameters;
  options.rtp_mapping.codecs = {{kMappedVp8, kFarVp8}};
  options.rtp_mapping.encodings = {{kPipeLowSsrc, "", "", 0x4001}, {kPipeHighSsrc, "", "", 0x4002}};
  return options;
}

Spec spec_of(uint32_t ssrc, uint16_t seq, bool is_key = false) {
  return {.ssrc = ssrc, .seq = seq, .timestamp = 3000u * seq, .payload = vp8(is_key, seq)};
}

size_t key_frame_requests(Producer& producer, Instant now) {
  std::array<uint8_t, 1292> buffer;
  size_t requests = 0;
  while (producer.poll_feedback(now, buffer) != 0) ++requests;
  return requests;
}

}  // namespace

TEST_CASE("pipe: every stream goes through under its own SSRC, without waiting for a key frame") {
  Room room(two_layers());
  Consumer& pipe = room.add(at(0ms), pipe_consumer());
  for (uint16_t i = 0; i < 3; ++i) {
    room.receive(at(10ms * i), spec_of(kLowSsrc, 100 + i));
    room.receive(at(10ms * i), spec_of(kHighSsrc, 60000 + i));
  }
  const auto packets = room.serve(at(30ms), pipe);
  REQUIRE(packets.size() == 6);
  const auto parameters = pipe_consumer().rtp_parameters;
  for (size_t i = 0; i < packets.size(); ++i) {
    const auto view = parse(packets[i], parameters);
    CHECK(view.ssrc() == (i % 2 == 0 ? kPipeLowSsrc : kPipeHighSsrc));
    CHECK(view.payload_type() == kMappedVp8);
    CHECK(view.timestamp() == 3000u * ((i % 2 == 0 ? 100 : 60000) + i / 2));
    if (i >= 2) {
      CHECK(view.sequence() ==
            static_cast<uint16_t>(parse(packets[i - 2], parameters).sequence() + 1));
    }
  }
  CHECK(pipe.stats(at(30ms)).size() == 2);
  CHECK(pipe.score().score == 10);
}

TEST_CASE("pipe: asking for a key frame of one stream asks for that one alone") {
  Room room(two_layers());
  Consumer& pipe = room.add(at(0ms), pipe_consumer());
  room.receive(at(0ms), spec_of(kLowSsrc, 1, true));
  room.receive(at(0ms), spec_of(kHighSsrc, 1, true));
  room.producer->clear_batch();
  key_frame_requests(*room.producer, at(0ms));

  pipe.handle_key_frame_request(at(5s), kPipeHighSsrc, false);
  CHECK(room.producer->stream(0)->stats(at(5s)).pli_count == 0);
  CHECK(key_frame_requests(*room.producer, at(5s)) == 1);
  CHECK(room.producer->stream(1)->stats(at(5s)).pli_count == 1);
}

TEST_CASE("pipe: the number of encodings must be the producer's") {
  Room room(two_layers());
  auto options = pipe_consumer();
  options.rtp_parameters.encodings.pop_back();
  const auto created = Consumer::create(2, *room.producer, options, room.random);
  REQUIRE(!created.ok());
  CHECK(created.error().text.find("encodings must have 2 entries") != std::string::npos);
}

namespace {

// A room, and a room behind a link of which this thread is both ends.
struct LinkedRooms {
  Room near{two_layers()};
  Room far{pipe_producer()};

  explicit LinkedRooms() { near.add(at(0ms), pipe_consumer()); }
  Consumer& pipe() { return *near.consumers[0]; }

  void pass(Instant now) {
    for (const auto& packet : near.producer->batch()) {
      if (const uint32_t ssrc = pipe().pass(now, packet)) {
        far.producer->receive_linked(now, ssrc, packet, near.producer->wire_extension_ids().id_of);
      }
    }
    near.producer->clear_batch();
  }
  Consumer& add_far(Instant now) {
    auto options = video_consumer();
    options.rtp_parameters.codecs = vp8_codecs(kFarVp8, kFarVp8 + 1);
    return far.add(now, options);
  }
};

}  // namespace

TEST_CASE("link: a consumer behind it gets the packets as if its producer had received them") {
  LinkedRooms rooms;
  Consumer& consumer = rooms.add_far(at(0ms));
  const uint8_t orientation = 0x02;
  auto key = spec_of(kLowSsrc, 7, true);
  // The source's id differs from the consumer's and from the pipe's.
  key.extensions = {{4, Bytes(&orientation, 1)}};
  rooms.near.receive(at(0ms), key);
  rooms.near.receive(at(0ms), spec_of(kLowSsrc, 8));
  rooms.pass(at(0ms));

  const auto packets = rooms.far.serve(at(0ms), consumer);
  REQUIRE(packets.size() == 2);
  const auto view = parse(packets[0], video_consumer().rtp_parameters);
  CHECK(view.ssrc() == kConsumerSsrc);
  CHECK(view.payload_type() == kFarVp8);
  CHECK(view.extension(rtp::ExtensionKind::video_orientation)[0] == orientation);
  CHECK(number_of(view.payload()) == 7);
  CHECK(rooms.far.producer->take_orientation_change());
  const auto stats = rooms.far.producer->stats(at(0ms));
  REQUIRE(stats.size() == 1);
  CHECK(stats[0].params->ssrc == kPipeLowSsrc);
  CHECK(stats[0].stats.packet_count == 2);
  CHECK(rooms.pipe().stats(at(0ms))[0].stats.packet_count == 2);
}

TEST_CASE("link: what a receiver misses is resent from behind the link, RTX or not at the source") {
  LinkedRooms rooms;
  Consumer& consumer = rooms.add_far(at(0ms));
  const uint8_t orientation = 0x03;
  auto key = spec_of(kLowSsrc, 7, true);
  key.extensions = {{4, Bytes(&orientation, 1)}};
  rooms.near.receive(at(0ms), key);
  rooms.pass(at(0ms));
  const auto sent = rooms.far.serve(at(0ms), consumer);
  REQUIRE(sent.size() == 1);
  rooms.far.producer->clear_batch();

  std::array<uint8_t, 64> buffer;
  rtcp::CompoundWriter writer(buffer);
  const auto parameters = video_consumer().rtp_parameters;
  rtcp::Nack::write(writer, 1, kConsumerSsrc, std::array{parse(sent[0], parameters).sequence()});
  rtcp::for_each_message(writer.bytes(), [&](const rtcp::Message& message) {
    consumer.handle_nack(at(50ms), std::get<rtcp::Nack>(message));
  });
  const auto resent = rooms.far.resends(at(50ms), consumer);
  REQUIRE(resent.size() == 1);
  const auto view = parse(resent[0], parameters);
  CHECK(view.ssrc() == kConsumerRtxSsrc);
  CHECK(view.extension(rtp::ExtensionKind::video_orientation)[0] == orientation);
  CHECK(number_of(view.payload().subspan(2)) == 7);
}

TEST_CASE("link: a source that starts anew is followed, and a paused pipe passes nothing") {
  LinkedRooms rooms;
  Consumer& consumer = rooms.add_far(at(0ms));
  rooms.near.receive(at(0ms), spec_of(kLowSsrc, 7, true));
  rooms.pass(at(0ms));
  const auto before = rooms.far.serve(at(0ms), consumer);
  rooms.far.producer->clear_batch();

  // A jump that the second packet confirms.
  rooms.near.receive(at(100ms), spec_of(kLowSsrc, 30000, true));
  rooms.near.receive(at(100ms), spec_of(kLowSsrc, 30001, true));
  rooms.pass(at(100ms));
  const auto after = rooms.far.serve(at(100ms), consumer);
  rooms.far.producer->clear_batch();
  REQUIRE(!after.empty());
  const auto parameters = video_consumer().rtp_parameters;
  const auto jump = static_cast<uint16_t>(parse(after[0], parameters).sequence() -
                                          parse(before[0], parameters).sequence());
  CHECK(jump <= 2);

  rooms.pipe().pause();
  rooms.near.receive(at(200ms), spec_of(kLowSsrc, 30002));
  rooms.pass(at(200ms));
  CHECK(rooms.far.producer->batch().empty());
}

TEST_CASE("link: a dependency structure comes along with the key frame that attaches it") {
  namespace dd = rtp::testing;
  constexpr uint8_t kId = 12;
  const auto with_descriptor = [](RtpParameters& parameters, uint8_t payload_type) {
    parameters.codecs = {codec("video/AV1", payload_type, 90000)};
    parameters.header_extensions = {extension(rtp::ExtensionKind::dependency_descriptor, kId)};
  };
  auto source = two_layers();
  with_descriptor(source.rtp_parameters, kVp8);
  auto piped = pipe_consumer();
  with_descriptor(piped.rtp_parameters, kMappedVp8);
  auto target = pipe_producer();
  target.rtp_parameters = piped.rtp_parameters;
  Room near(source), far(target);
  Consumer& pipe = near.add(at(0ms), piped);

  const auto key = dd::key_descriptor(dd::l1t3(), 1);
  const auto delta = dd::delta_descriptor(dd::l1t3(), 2, 1);
  for (uint16_t seq = 1; seq <= 2; ++seq) {
    auto spec = spec_of(kLowSsrc, seq);
    spec.extensions = {{kId, seq == 1 ? key : delta}};
    near.receive(at(0ms), spec);
  }
  REQUIRE(near.producer->batch().size() == 2);
  for (const auto& packet : near.producer->batch()) {
    const auto structure = near.producer->attached_structure(packet);
    CHECK((structure != nullptr) == (packet.seq == near.producer->batch()[0].seq));
    far.producer->receive_linked(at(0ms), pipe.pass(at(0ms), packet), packet,
                                 near.producer->wire_extension_ids().id_of, structure);
  }
  const auto* near_reader = near.producer->stream(0)->dependency();
  const auto* far_reader = far.producer->stream(0)->dependency();
  REQUIRE(far_reader != nullptr);
  CHECK(far_reader->shared_structure() == near_reader->shared_structure());
  CHECK(far_reader->structure().temporal_layers == 3);
  // The next link carries it on.
  CHECK(far.producer->attached_structure(far.producer->batch()[0]) ==
        near_reader->shared_structure());
}

TEST_CASE("link: an SSRC or payload type that the pipe producer does not have goes no further") {
  LinkedRooms rooms;
  rooms.near.receive(at(0ms), spec_of(kLowSsrc, 7, true));
  const auto packet = rooms.near.producer->batch()[0];
  const auto& ids = rooms.near.producer->wire_extension_ids().id_of;
  CHECK(rooms.far.producer->receive_linked(at(0ms), 99, packet, ids) ==
        ReceiveResult::unknown_stream);
  auto other = packet;
  other.payload_type = 77;
  CHECK(rooms.far.producer->receive_linked(at(0ms), kPipeLowSsrc, other, ids) ==
        ReceiveResult::unknown_payload_type);
  REQUIRE(rooms.far.producer->batch().size() == 1);  // Its number has to be left out.
  CHECK(rooms.far.producer->batch()[0].payload_type == kNoPayloadType);
}
