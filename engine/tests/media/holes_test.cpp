// What a consumer does not get on purpose leaves no hole in its numbers, and what a producer
// refuses for what it carries counts as received: nobody asks for either again.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "tests/media/support.h"

using namespace sluice;
using namespace sluice::media;
using namespace sluice::media::support;

namespace {

constexpr uint32_t kSsrc = 0x66666666;
constexpr uint8_t kEvent = 110, kMappedEvent = 105, kUndeclared = 77, kRed = 63, kMappedRed = 103;

// With DTMF events and redundant audio beside Opus, under one SSRC.
ProducerOptions rich_audio() {
  auto options = audio_producer();
  options.rtp_parameters.codecs.push_back(codec("audio/telephone-event", kEvent, 48000));
  options.rtp_parameters.codecs.push_back(codec("audio/red", kRed, 48000));
  options.rtp_mapping.codecs.push_back({kEvent, kMappedEvent});
  options.rtp_mapping.codecs.push_back({kRed, kMappedRed});
  return options;
}

ConsumerOptions audio_pipe() {
  auto options = audio_consumer();
  options.type = ConsumerType::pipe;
  return options;
}

// A packet of one of the kinds that audio consumers of these tests may or may not get.
Spec audio(uint16_t seq, uint8_t type = kOpus) {
  Spec spec{.ssrc = kSsrc, .seq = seq, .timestamp = 960u * seq, .payload_type = type};
  spec.payload = {0x78, 1, 2, 3};
  if (type == kRed)
    spec.payload = {0x80 | 50, 0, 0, 1, 50, 1};  // Not of the codec that was agreed.
  return spec;
}

uint64_t total(const Consumer::Drops& drops) {
  return drops.payload_type + drops.padding + drops.dtx + drops.layer;
}

size_t feedback(Producer& producer, Instant now) {
  std::array<uint8_t, 1292> buffer;
  size_t packets = 0;
  while (producer.poll_feedback(now, buffer) != 0) ++packets;
  return packets;
}

}  // namespace

TEST_CASE("holes: what a consumer lacks, or what nobody declared, leaves none") {
  for (const bool is_pipe : {false, true}) {
    for (const uint8_t refused : {kEvent, kUndeclared, kRed}) {
      for (const uint16_t first : {100, 65533}) {
        CAPTURE(is_pipe);
        CAPTURE(int{refused});
        CAPTURE(first);
        Room room(rich_audio());
        Consumer& consumer = room.add(at(0ms), is_pipe ? audio_pipe() : audio_consumer());
        std::vector<uint16_t> numbers;
        for (uint16_t i = 0; i < 12; ++i) {
          const uint8_t type = i % 3 == 1 ? refused : kOpus;
          for (const auto& packet : room.pass(at(20ms * i), audio(first + i, type))) {
            numbers.push_back(parse(packet, consumer.rtp_parameters()).sequence());
          }
        }
        REQUIRE(numbers.size() == 8);
        for (size_t i = 1; i < numbers.size(); ++i) {
          CHECK(numbers[i] == static_cast<uint16_t>(numbers[i - 1] + 1));
        }
        CHECK(total(consumer.drops()) == 4);

        // Everything has arrived.
        const auto stats = room.producer->stream(0)->stats(at(300ms));
        CHECK(stats.packet_count == 12);
        CHECK(stats.packets_lost == 0);
        CHECK(feedback(*room.producer, at(300ms)) == 0);
        std::array<rtcp::ReportBlock, Producer::kReportBlocksMax> blocks;
        REQUIRE(room.producer->make_reports(at(300ms), blocks) == 1);
        CHECK(blocks[0].cumulative_lost == 0);
        CHECK(blocks[0].highest_sequence % 65536 == static_cast<uint16_t>(first + 11));
      }
    }
  }
}

TEST_CASE("holes: what is refused and comes late goes out empty, under the number kept for it") {
  for (const bool is_pipe : {false, true}) {
    for (const uint8_t refused : {kEvent, kUndeclared}) {
      Room room(rich_audio());
      Consumer& consumer = room.add(at(0ms), is_pipe ? audio_pipe() : audio_consumer());
      const auto pass = [&](uint16_t seq, uint8_t type) {
        const auto packets = room.pass(at(0ms), audio(seq, type));
        REQUIRE(packets.size() == 1);
        const auto view = parse(packets[0], consumer.rtp_parameters());
        return std::pair(view.sequence(), view.payload().size());
      };
      const uint16_t first = pass(10, kOpus).first;
      CHECK(pass(12, kOpus) == std::pair(uint16_t(first + 2), size_t{4}));
      CHECK(pass(11, refused) == std::pair(uint16_t(first + 1), size_t{0}));
      CHECK(pass(13, kOpus).first == uint16_t(first + 3));
      // It is not kept: a receiver that missed it asks in vain, as for any padding.
      nack(consumer, at(10ms), {uint16_t(first + 1)});
      CHECK(room.resends(at(10ms), consumer).empty());
    }
  }
}

TEST_CASE("holes: numbers are whole and used once, whatever is refused, late or wrapped") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    SeededRandom random(seed);
    Room room(rich_audio());
    auto options = seed % 2 ? audio_consumer() : audio_pipe();
    Consumer& consumer = room.add(at(0ms), options);
    // In order at first, so that the output has begun; then each packet up to five places late.
    std::vector<std::pair<uint64_t, uint16_t>> order;
    for (uint16_t i = 0; i < 2000; ++i) {
      order.push_back({i < 10 ? i * 10 : i * 10 + random.between(0, 50), i});
    }
    std::stable_sort(order.begin(), order.end());
    std::map<uint16_t, int> used;
    uint16_t first = 0;
    for (const auto& [when, i] : order) {
      const uint8_t types[] = {kOpus, kOpus, kEvent, kUndeclared, kRed};
      const uint8_t type = i < 2 ? kOpus : types[random.between(0, 4)];
      const auto seq = static_cast<uint16_t>(64500 + i);
      for (const auto& packet : room.pass(at(std::chrono::milliseconds(when)), audio(seq, type))) {
        const uint16_t out = parse(packet, consumer.rtp_parameters()).sequence();
        if (used.empty()) first = out;
        ++used[out];
      }
    }
    for (const auto& [number, times] : used) CHECK(times == 1);
    for (size_t i = 0; i < used.size(); ++i) {
      CHECK(used.contains(static_cast<uint16_t>(first + i)));
    }
    CHECK(room.producer->stream(0)->stats(at(60s)).packets_lost == 0);
  }
}

TEST_CASE("holes: what a link's other end refuses leaves none there either") {
  Room near(rich_audio());
  Consumer& pipe = near.add(at(0ms), audio_pipe());
  ProducerOptions piped = audio_producer();
  piped.rtp_parameters = audio_pipe().rtp_parameters;
  piped.rtp_mapping.codecs = {{kMappedOpus, kMappedOpus}};
  piped.rtp_mapping.encodings = {{0x88888888, "", "", 0x99999999}};
  Room far(piped);
  auto options = audio_consumer();
  options.rtp_parameters.encodings[0].ssrc = 0x99990000;
  Consumer& consumer = far.add(at(0ms), options);
  std::vector<uint16_t> numbers;
  for (uint16_t i = 0; i < 12; ++i) {
    const uint8_t types[] = {kOpus, kEvent, kUndeclared};
    near.receive(at(20ms * i), audio(100 + i, types[i % 3]));
    for (const auto& packet : near.producer->batch()) {
      const uint32_t ssrc = pipe.pass(at(20ms * i), packet);
      REQUIRE(ssrc != 0);
      far.producer->receive_linked(at(20ms * i), ssrc, packet,
                                   near.producer->wire_extension_ids().id_of);
    }
    near.producer->clear_batch();
    for (const auto& packet : far.serve(at(20ms * i), consumer)) {
      numbers.push_back(parse(packet, consumer.rtp_parameters()).sequence());
    }
    far.producer->clear_batch();
  }
  REQUIRE(numbers.size() == 4);
  for (size_t i = 1; i < 4; ++i) CHECK(numbers[i] == uint16_t(numbers[i - 1] + 1));
  CHECK(far.producer->stream(0)->stats(at(1s)).packets_lost == 0);
}

TEST_CASE("holes: a refused packet before the first, or of a new run of the source, is no start") {
  Room room(rich_audio());
  Consumer& consumer = room.add(at(0ms), audio_consumer());
  CHECK(room.pass(at(0ms), audio(10, kEvent)).empty());
  const auto first = room.pass(at(0ms), audio(12));
  REQUIRE(first.size() == 1);
  CHECK(room.pass(at(0ms), audio(11, kEvent)).empty());  // From before the first.
  const auto second = room.pass(at(0ms), audio(13));
  CHECK(parse(second[0], consumer.rtp_parameters()).sequence() ==
        uint16_t(parse(first[0], consumer.rtp_parameters()).sequence() + 1));
}

TEST_CASE("consumer: a resend is never another packet, however many were left out in between") {
  Room room;
  Consumer& consumer = room.add(at(0ms), video_consumer(/*with_rtx=*/false));
  const auto sent = room.pass(at(0ms), {.seq = 1000, .payload = vp8(true, 1)});
  REQUIRE(sent.size() == 1);
  const uint16_t number = parse(sent[0], consumer.rtp_parameters()).sequence();
  for (uint32_t i = 1; i <= 65535; ++i) {
    REQUIRE(room.pass(at(1ms), {.seq = uint16_t(1000 + i), .payload = {}}).empty());
  }
  const auto next = room.pass(at(2ms), {.seq = 1000, .payload = vp8(false, 2)});
  REQUIRE(next.size() == 1);
  CHECK(parse(next[0], consumer.rtp_parameters()).sequence() == uint16_t(number + 1));
  nack(consumer, at(300ms), {number});
  for (const auto& packet : room.resends(at(300ms), consumer)) CHECK(packet == sent[0]);
}

TEST_CASE(
    "consumer: all streams of a transport share what resends may take beyond their own rate") {
  constexpr size_t kStreams = 30;
  std::vector<std::unique_ptr<Room>> rooms;  // One producer each; one transport for all.
  Egress egress;
  std::vector<std::vector<uint16_t>> sent(kStreams);
  for (size_t s = 0; s < kStreams; ++s) {
    Room& room = *rooms.emplace_back(std::make_unique<Room>());
    Consumer& consumer = room.add(at(0ms));
    for (uint16_t i = 0; i < 12; ++i) {  // 0.1 Mbit/s.
      const auto packets =
          room.pass(at(80ms * i), {.seq = uint16_t(1 + i), .payload = vp8(i == 0, i, 1000)});
      REQUIRE(packets.size() == 1);
      sent[s].push_back(parse(packets[0], consumer.rtp_parameters()).sequence());
    }
  }
  uint64_t bytes = 0;
  std::vector<uint8_t> slot(2400);
  for (int round = 0; round < 8; ++round) {
    const Instant now = at(960ms + 120ms * round);
    for (size_t s = 0; s < kStreams; ++s) {
      Consumer& consumer = *rooms[s]->consumers[0];
      nack(consumer, now, sent[s]);
      Bytes payload;
      while (const size_t header = consumer.next_resend(now, egress, slot, &payload)) {
        bytes += header + payload.size();
      }
    }
  }
  // A second: as much again as the media, and the transport's extra megabit.
  CHECK(bytes * 8 < kStreams * 100'000 * 1.2 + 1.2 * Egress::kExtraResendBitrate);
  CHECK(bytes * 8 > Egress::kExtraResendBitrate);
}
