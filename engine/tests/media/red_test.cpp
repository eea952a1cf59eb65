// Redundant audio (RFC 2198) from one producer to consumers that take it, lack it, or resend it.
#include <doctest/doctest.h>

#include "tests/media/support.h"

using namespace sluice;
using namespace sluice::media;
using namespace sluice::media::support;

namespace {

constexpr uint8_t kRed = 63, kMappedRed = 103;
constexpr uint32_t kSsrc = 0x66666666;
using Wire = std::vector<uint8_t>;

ProducerOptions red_producer() {
  auto options = audio_producer();
  options.rtp_parameters.codecs.push_back(codec("audio/red", kRed, 48000));
  options.rtp_mapping.codecs.push_back({kRed, kMappedRed});
  return options;
}

ConsumerOptions red_consumer() {
  auto options = audio_consumer();
  options.rtp_parameters.codecs.push_back(codec("audio/red", kMappedRed, 48000));
  return options;
}

// The frame before, and the frame: each of two bytes.
Wire red_payload(uint8_t frame, uint8_t type = kOpus) {
  const auto before = static_cast<uint8_t>(frame - 1);
  return {static_cast<uint8_t>(0x80 | type), 0x0F, 0x00, 0x02, type, 0x78, before, 0x78, frame};
}

Spec packet(uint16_t seq, uint8_t type, Wire payload) {
  Spec spec;
  spec.ssrc = kSsrc;
  spec.seq = seq;
  spec.timestamp = 960u * seq;
  spec.payload_type = type;
  spec.payload = std::move(payload);
  return spec;
}

Wire payload_of(const rtp::RtpView& view) {
  return {view.payload().begin(), view.payload().end()};
}

}  // namespace

TEST_CASE("red: a consumer that has it gets the blocks under its own payload type") {
  Room room(red_producer());
  Consumer& consumer = room.add(at(0s), red_consumer());
  for (uint16_t seq = 10; seq < 13; ++seq) {
    const auto frame = static_cast<uint8_t>(seq);
    const auto sent = room.pass(at(20ms * seq), packet(seq, kRed, red_payload(frame)));
    REQUIRE(sent.size() == 1);
    const auto view = parse(sent[0], consumer.rtp_parameters());
    CHECK(view.payload_type() == kMappedRed);
    CHECK(payload_of(view) == red_payload(frame, kMappedOpus));
  }
}

TEST_CASE("red: nothing is copied when the payload types agree") {
  auto options = red_producer();
  options.rtp_mapping.codecs[0].mapped_payload_type = kOpus;
  Room room(options);
  auto wanted = red_consumer();
  wanted.rtp_parameters.codecs[0].payload_type = kOpus;
  Consumer& consumer = room.add(at(0s), wanted);
  room.receive(at(0s), packet(1, kRed, red_payload(1)));
  const Bytes received = room.producer->batch()[0].view.payload();
  Wire slot(2400);
  Bytes payload;
  REQUIRE(consumer.write(at(0s), room.producer->batch()[0], room.egress, slot, &payload) != 0);
  CHECK(payload.data() == received.data());
}

TEST_CASE("red: a consumer that lacks it gets the primary block as the codec in it") {
  Room room(red_producer());
  Consumer& consumer = room.add(at(0s), audio_consumer());
  std::vector<uint16_t> numbers;
  size_t octets = 0;
  // The sender may change between both forms: numbers and timestamps go on.
  for (uint16_t seq = 10; seq < 16; ++seq) {
    const auto frame = static_cast<uint8_t>(seq);
    const bool is_red = seq % 3 != 0;
    const auto spec =
        is_red ? packet(seq, kRed, red_payload(frame)) : packet(seq, kOpus, Wire{0x78, frame});
    const auto sent = room.pass(at(20ms * seq), spec);
    REQUIRE(sent.size() == 1);
    const auto view = parse(sent[0], consumer.rtp_parameters());
    CHECK(view.payload_type() == kMappedOpus);
    CHECK(payload_of(view) == Wire{0x78, frame});
    CHECK(view.timestamp() == 960u * seq);
    numbers.push_back(view.sequence());
    octets += view.payload().size();
  }
  for (size_t i = 1; i < numbers.size(); ++i) {
    CHECK(numbers[i] == static_cast<uint16_t>(numbers[0] + i));
  }
  const auto report = consumer.streams()[0].make_report(at(400ms), NtpTime{1, 1});
  REQUIRE(report);
  CHECK(report->octets == octets);
}

TEST_CASE("red: the first packet of a stream may be redundant") {
  Room room(red_producer());
  room.add(at(0s), audio_consumer());
  CHECK(room.receive(at(0s), packet(1, kRed, red_payload(1))) == ReceiveResult::forward);
}

TEST_CASE("red: a packet is resent as it was sent") {
  for (const bool has_red : {false, true}) {
    CAPTURE(has_red);
    Room room(red_producer());
    auto options = has_red ? red_consumer() : audio_consumer();
    options.rtp_parameters.codecs[0].rtcp_feedback = {{"nack", ""}};
    Consumer& consumer = room.add(at(0s), options);
    const auto sent = room.pass(at(0s), packet(1, kRed, red_payload(1)));
    REQUIRE(sent.size() == 1);
    const uint16_t seq = parse(sent[0], consumer.rtp_parameters()).sequence();
    nack(consumer, at(200ms), {seq});
    const auto resent = room.resends(at(200ms), consumer);
    REQUIRE(resent.size() == 1);
    CHECK(resent[0] == sent[0]);
  }
}

TEST_CASE("red: what cannot be opened is refused, and has arrived all the same") {
  Room room(red_producer());
  room.add(at(0s), audio_consumer());
  REQUIRE(room.pass(at(0s), packet(1, kRed, red_payload(1))).size() == 1);
  const Wire broken[] = {
      {0xEF, 0x0F, 0x03, 0xFF, 0x6F, 0x78, 1},  // A length beyond the end.
      {0x6F},                                   // No frame.
      red_payload(2, 8),                        // Not of the producer's codec.
  };
  uint16_t next = 2;
  for (const Wire& payload : broken) {
    CHECK(room.receive(at(20ms), packet(next++, kRed, payload)) == ReceiveResult::malformed_red);
  }
  CHECK(room.receive(at(20ms), packet(next, kRed, red_payload(2))) == ReceiveResult::forward);
  // Padding alone is no frame; it is dropped further on, without a hole.
  CHECK(room.receive(at(30ms), packet(uint16_t(next + 1), kRed, {})) == ReceiveResult::forward);
}

TEST_CASE("red: silence in the primary block is silence") {
  Room room(red_producer());
  auto options = audio_consumer();
  options.ignore_dtx = true;
  room.add(at(0s), options);
  CHECK(room.pass(at(0s), packet(1, kRed, red_payload(1))).size() == 1);
  const Wire silence = {0xEF, 0x0F, 0x00, 0x02, 0x6F, 0x78, 1, 0x78};
  CHECK(room.pass(at(20ms), packet(2, kRed, silence)).empty());
}

TEST_CASE("companions: comfort noise and tones reach who negotiated them, and may come first") {
  auto options = audio_producer();
  options.rtp_parameters.codecs.push_back(codec("audio/telephone-event", 110, 48000));
  options.rtp_mapping.codecs.push_back({110, 106});
  Room room(options);
  auto wanted = audio_consumer();
  wanted.rtp_parameters.codecs.push_back(codec("audio/telephone-event", 106, 48000));
  Consumer& with = room.add(at(0s), wanted);
  Consumer& without = room.add(at(0s), audio_consumer());
  REQUIRE(room.receive(at(0s), packet(1, 110, {1, 2, 3, 4})) == ReceiveResult::forward);
  const auto sent = room.serve(at(0s), with);
  REQUIRE(sent.size() == 1);
  CHECK(parse(sent[0], with.rtp_parameters()).payload_type() == 106);
  CHECK(room.serve(at(0s), without).empty());
  CHECK(without.drops().payload_type == 1);
}
