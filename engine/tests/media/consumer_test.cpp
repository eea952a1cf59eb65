#include "media/consumer.h"

#include <doctest/doctest.h>

#include "rtcp/message.h"
#include "rtp/extension_values.h"
#include "tests/media/support.h"

using namespace sluice;
using namespace sluice::media;
using namespace sluice::media::support;

namespace {

const RtpParameters kSent = video_consumer().rtp_parameters;

std::vector<uint16_t> sequences(const Room::Packets& packets) {
  std::vector<uint16_t> all;
  for (const auto& packet : packets) all.push_back(parse(packet, kSent).sequence());
  return all;
}

using Numbers = std::vector<uint16_t>;

}  // namespace

TEST_CASE("consumer: refuses options that make no sense, naming the field") {
  Room room;
  auto options = video_consumer();
  options.rtp_parameters.encodings[0].ssrc = 0;
  CHECK(Consumer::create(2, *room.producer, options, room.random).error().text.find("ssrc") !=
        std::string::npos);
  options = video_consumer();
  options.rtp_parameters.codecs.clear();
  CHECK(!Consumer::create(2, *room.producer, options, room.random).ok());
  options = video_consumer();
  options.type = ConsumerType::simulcast;
  CHECK(Consumer::create(2, *room.producer, options, room.random).error().kind ==
        ErrorKind::unsupported);
  CHECK(!Consumer::create(2, *room.producer, audio_consumer(), room.random).ok());
  CHECK(room.producer->consumers().empty());
}

TEST_CASE("consumer: writes its own header and points at the received payload") {
  Room room;
  Consumer& consumer = room.add(at(0ms));
  const uint8_t orientation = 0x02;
  const uint8_t their_wide[] = {9, 9}, their_time[] = {1, 2, 3};
  room.receive(
      at(5ms),
      {.seq = 700,
       .timestamp = 0x01020304,
       .marker = true,
       .payload = vp8(true, 42),
       .extensions = {
           {1, text_bytes("0")}, {2, their_time}, {3, their_wide}, {4, {&orientation, 1}}}});
  room.egress.abs_send_time = 0xABCDEF;
  std::vector<uint8_t> slot(2000);
  Bytes payload;
  const auto& received = room.producer->batch()[0];
  const size_t header = consumer.write(at(5ms), received, room.egress, slot, &payload);
  CHECK(payload.data() == received.view.payload().data());
  CHECK(payload.size() == received.view.payload().size());

  const uint16_t first = static_cast<uint16_t>(consumer.streams()[0].sequence().last_out());
  const std::vector<uint8_t> expected = {
      0x90,
      0x80 | kMappedVp8,
      static_cast<uint8_t>(first >> 8),
      static_cast<uint8_t>(first),
      0x01,
      0x02,
      0x03,
      0x04,  // The source's timestamp.
      0x44,
      0x44,
      0x44,
      0x44,
      0xBE,
      0xDE,
      0x00,
      0x03,
      0x10,
      '5',  // The consumer's MID,
      0x42,
      0xAB,
      0xCD,
      0xEF,  // the send time,
      0x51,
      0x00,
      0x01,  // the transport's first number,
      0x80,
      0x02,  // and the source's orientation under the consumer's id.
      0x00};
  CHECK(std::vector<uint8_t>(slot.begin(), slot.begin() + static_cast<ptrdiff_t>(header)) ==
        expected);
  CHECK(first >= 1000);
  CHECK(first <= 32767);
}

TEST_CASE("consumer: adds a packet id when the producer is to, and repeats it when it resends") {
  auto produced = video_producer();
  produced.enable_packet_id = true;
  Room room(produced);
  auto options = video_consumer();
  options.rtp_parameters.header_extensions.push_back(extension(rtp::ExtensionKind::packet_id, 12));
  Consumer& consumer = room.add(at(0ms), options);
  const auto sent = room.pass(at(0ms), {.seq = 10, .payload = vp8(true)});
  const auto next = room.pass(at(0ms), {.seq = 11});
  const auto id_of = [&](const std::vector<uint8_t>& packet) {
    const auto view = parse(packet, options.rtp_parameters);
    return rtp::parse_packet_id(view.extension(rtp::ExtensionKind::packet_id)).value();
  };
  CHECK(id_of(next.at(0)) == id_of(sent.at(0)) + 1);
  nack(consumer, at(50ms), {parse(sent[0], kSent).sequence()});
  CHECK(id_of(room.resends(at(50ms), consumer).at(0)) == id_of(sent[0]));
}

TEST_CASE("consumer: video starts with a key frame, which it asks for; audio at once") {
  Room room;
  room.receive(at(0ms), {.seq = 1});
  room.producer->clear_batch();
  std::array<uint8_t, 1292> buffer;
  while (room.producer->poll_feedback(at(0ms), buffer) != 0) {
  }
  room.receive(at(1ms), {.seq = 2, .payload = vp8(true)});
  room.producer->clear_batch();
  Consumer& consumer = room.add(at(500ms));
  CHECK(room.producer->next_timeout() <= at(500ms));  // A PLI is due.
  CHECK(room.pass(at(520ms), {.seq = 3}).empty());
  CHECK(consumer.drops().no_key_frame == 1);
  CHECK(room.pass(at(520ms), {.seq = 4, .payload = vp8(true)}).size() == 1);
  CHECK(room.pass(at(520ms), {.seq = 5}).size() == 1);

  Room audio(audio_producer());
  audio.add(at(0ms), audio_consumer());
  CHECK(audio.pass(at(0ms), {.ssrc = 0x66666666, .seq = 1, .payload_type = kOpus}).size() == 1);
}

TEST_CASE("consumer: asks again as long as packets come and no key frame does") {
  Room room;
  room.receive(at(0ms), {.seq = 1, .payload = vp8(true)});
  room.producer->clear_batch();
  room.add(at(0ms));
  size_t requests = 0;
  uint16_t seq = 2;
  for (Duration t = 0ms; t < 10s; t += 50ms) {
    CHECK(room.pass(at(t), {.seq = seq++}).empty());
    std::array<uint8_t, 1292> buffer;
    while (room.producer->poll_feedback(at(t), buffer) != 0) ++requests;
  }
  CHECK(requests >= 8);
  CHECK(requests <= 10);  // Two tries each two seconds.
  CHECK(room.pass(at(10s), {.seq = seq, .payload = vp8(true)}).size() == 1);
}

TEST_CASE("consumer: a key frame whose first packet was overtaken is not lost") {
  Room room;
  room.receive(at(0ms), {.seq = 9});
  Consumer& consumer = room.add(at(0ms));
  CHECK(room.serve(at(0ms), consumer).empty());
  room.producer->clear_batch();
  // 10 begins the key frame, 11 and 12 belong to it; 13 came as usual.
  CHECK(room.pass(at(1ms), {.seq = 12, .payload = vp8(false, 12, 40, false)}).empty());
  CHECK(room.pass(at(2ms), {.seq = 11, .payload = vp8(false, 11, 40, false)}).empty());
  const auto packets = room.pass(at(3ms), {.seq = 10, .payload = vp8(true, 10)});
  REQUIRE(packets.size() == 3);
  const auto numbers = sequences(packets);
  CHECK(numbers == Numbers{numbers[0], uint16_t(numbers[0] + 1), uint16_t(numbers[0] + 2)});
  CHECK(number_of(parse(packets[1], kSent).payload()) == 11);
  CHECK(number_of(parse(packets[2], kSent).payload()) == 12);
  CHECK(sequences(room.pass(at(4ms), {.seq = 13})) == Numbers{uint16_t(numbers[0] + 3)});
  CHECK(!consumer.has_resends());
}

TEST_CASE("consumer: padding leaves no hole, a lost packet does") {
  Room room;
  room.add(at(0ms));
  const uint16_t first = sequences(room.pass(at(0ms), {.seq = 65534, .payload = vp8(true)}))[0];
  CHECK(room.pass(at(1ms), {.seq = 65535, .payload = {}}).empty());
  CHECK(sequences(room.pass(at(2ms), {.seq = 0})) == Numbers{uint16_t(first + 1)});
  CHECK(sequences(room.pass(at(3ms), {.seq = 2})) == Numbers{uint16_t(first + 3)});
  CHECK(sequences(room.pass(at(4ms), as_rtx({.seq = 1}, 9))) == Numbers{uint16_t(first + 2)});
}

TEST_CASE("consumer: leaves out Opus silence if it is to, and other codecs always") {
  Room room(audio_producer());
  auto options = audio_consumer();
  options.ignore_dtx = true;
  Consumer& consumer = room.add(at(0ms), options);
  const auto opus = [](uint16_t seq, std::vector<uint8_t> payload) {
    return Spec{.ssrc = 0x66666666, .seq = seq, .payload_type = kOpus, .payload = payload};
  };
  CHECK(room.pass(at(0ms), opus(1, {0x08, 1, 2})).size() == 1);
  CHECK(room.pass(at(0ms), opus(2, {0x08})).empty());
  CHECK(consumer.drops().dtx == 1);
  const auto next = room.pass(at(0ms), opus(3, {0x08, 1, 2}));
  CHECK(next.size() == 1);
  CHECK(consumer.supported_payload_types() == std::vector<uint8_t>{kMappedOpus});
}

TEST_CASE("consumer: answers a NACK by RTX, in the slot, once a round trip") {
  Room room;
  Consumer& consumer = room.add(at(0ms));
  const uint16_t first = sequences(room.pass(at(0ms), {.seq = 10, .payload = vp8(true, 1)}))[0];
  room.pass(at(0ms), {.seq = 11, .timestamp = 900, .marker = true, .payload = vp8(false, 2)});
  nack(consumer, at(50ms), {uint16_t(first + 1)});
  CHECK(consumer.has_resends());

  room.egress.set_time(at(50ms));
  std::vector<uint8_t> slot(2400);
  Bytes payload;
  const size_t header = consumer.next_resend(at(50ms), room.egress, slot, &payload);
  REQUIRE(header != 0);
  CHECK(payload.data() == slot.data() + header);  // Encrypted in place.
  const auto packet = Room::join(slot, header, payload);
  const auto view = parse(packet, kSent);
  CHECK(view.ssrc() == kConsumerRtxSsrc);
  CHECK(view.payload_type() == kMappedVp8Rtx);
  CHECK(view.timestamp() == 900);
  CHECK(view.marker());
  CHECK(load_u16(view.payload(), 0) == uint16_t(first + 1));
  CHECK(number_of(view.payload().subspan(2)) == 2);
  CHECK(consumer.next_resend(at(50ms), room.egress, slot, &payload) == 0);
  CHECK(!consumer.has_resends());

  nack(consumer, at(120ms), {uint16_t(first + 1)});  // 70 ms later: may still be on its way.
  CHECK(room.resends(at(120ms), consumer).empty());
  nack(consumer, at(151ms), {uint16_t(first + 1)});
  const auto again = room.resends(at(151ms), consumer);
  REQUIRE(again.size() == 1);
  CHECK(parse(again[0], kSent).sequence() == uint16_t(view.sequence() + 1));

  const auto stats = consumer.stats(at(151ms)).at(0).stats;
  CHECK(stats.nack_count == 3);
  CHECK(stats.nack_packet_count == 3);
  CHECK(stats.packets_retransmitted == 2);
  CHECK(stats.packets_repaired == 1);
}

TEST_CASE("consumer: resends what was never sent or is gone: nothing") {
  Room room;
  Consumer& consumer = room.add(at(0ms));
  uint16_t first = sequences(room.pass(at(0ms), {.seq = 10, .payload = vp8(true)}))[0];
  nack(consumer, at(1ms), {uint16_t(first + 1), uint16_t(first + 1000)});
  CHECK(room.resends(at(1ms), consumer).empty());
  // Older than the history.
  for (uint16_t i = 0; i < 300; ++i) room.pass(at(10ms * i), {.seq = uint16_t(11 + i)});
  nack(consumer, at(3010ms), {first});
  CHECK(room.resends(at(3010ms), consumer).empty());
}

TEST_CASE("consumer: without RTX a resend is the same packet to the last bit") {
  Room room;
  Consumer& consumer = room.add(at(0ms), video_consumer(/*with_rtx=*/false));
  room.pass(at(0ms), {.seq = 10, .payload = vp8(true)});
  const auto sent = room.pass(at(7ms), {.seq = 11, .timestamp = 900, .payload = vp8(false, 2)});
  room.pass(at(9ms), {.seq = 12, .timestamp = 1800});
  nack(consumer, at(80ms), {parse(sent.at(0), kSent).sequence()});
  const auto resent = room.resends(at(80ms), consumer);
  REQUIRE(resent.size() == 1);
  CHECK(resent[0] == sent[0]);
}

TEST_CASE("consumer: a receiver that asks for everything is given a bounded share") {
  Room room;
  Consumer& consumer = room.add(at(0ms));
  uint16_t next = sequences(room.pass(at(0ms), {.seq = 1, .payload = vp8(true)}))[0];
  std::vector<uint16_t> all;
  for (uint16_t i = 0; i < 300; ++i) {
    all.push_back(next++);
    room.pass(at(1ms), {.seq = uint16_t(2 + i), .payload = vp8(false, i, 1100)});
  }
  size_t resent = 0;
  for (int round = 0; round < 20; ++round) {
    nack(consumer, at(10ms + round * 120ms), all);
    resent += room.resends(at(10ms + round * 120ms), consumer).size();
  }
  const double seconds = 2.4;
  CHECK(resent * 1100.0 * 8 / seconds < 2 * 300 * 1100 * 8 + 1'000'000);
  CHECK(consumer.streams()[0].resends_refused() > 0);
}

TEST_CASE("consumer: pause and resume go on without a hole and wait for a key frame") {
  Room room;
  Consumer& consumer = room.add(at(0ms));
  const uint16_t first = sequences(room.pass(at(0ms), {.seq = 10, .payload = vp8(true)}))[0];
  consumer.pause();
  CHECK(room.pass(at(1ms), {.seq = 11}).empty());
  CHECK(consumer.drops().inactive == 1);
  nack(consumer, at(2ms), {first});
  CHECK(!consumer.has_resends());
  consumer.resume(at(10s));
  CHECK(room.pass(at(10s), {.seq = 12}).empty());
  CHECK(sequences(room.pass(at(10s), {.seq = 13, .payload = vp8(true)})) ==
        Numbers{uint16_t(first + 1)});
  room.producer->pause(at(11s));
  CHECK(!consumer.is_active());
  room.producer->resume(at(12s));
  CHECK(consumer.is_active());
  CHECK(room.pass(at(12s), {.seq = 14}).empty());
  consumer.transport_disconnected();
  CHECK(room.pass(at(12s), {.seq = 15, .payload = vp8(true)}).empty());
}

TEST_CASE("consumer: when the source begins anew, numbers and time go on") {
  Room room;
  room.add(at(0ms));
  const auto before = room.pass(at(0ms), {.seq = 10, .timestamp = 5000, .payload = vp8(true)});
  room.pass(at(1990ms), {.seq = 40000, .timestamp = 77, .payload = vp8(true)});
  const auto after = room.pass(at(2000ms), {.seq = 40001, .timestamp = 90077});
  REQUIRE(after.size() == 1);
  const auto old_view = parse(before[0], kSent), new_view = parse(after[0], kSent);
  CHECK(new_view.sequence() == uint16_t(old_view.sequence() + 2));  // With a hole of one.
  CHECK(new_view.timestamp() == 5000 + 2 * 90000 + 1);
  const auto next = room.pass(at(2010ms), {.seq = 40002, .timestamp = 90977});
  CHECK(parse(next.at(0), kSent).timestamp() == new_view.timestamp() + 900);
}

TEST_CASE("consumer: a slot that is too small is refused and counted") {
  Room room;
  Consumer& consumer = room.add(at(0ms));
  room.receive(at(0ms), {.seq = 1, .payload = vp8(true, 0, 1000)});
  std::vector<uint8_t> slot(1000);
  Bytes payload;
  CHECK(consumer.write(at(0ms), room.producer->batch()[0], room.egress, slot, &payload) == 0);
  CHECK(consumer.drops().no_room == 1);
}

TEST_CASE("consumer: its memory with two seconds of video stays within its share of a transport") {
  Room room;
  Consumer& consumer = room.add(at(0ms));
  uint16_t seq = 0;
  for (Duration t = 0ms; t < 10s; t += 5555us) {
    room.pass(at(t), {.seq = seq, .payload = vp8(seq == 0)});
    ++seq;
  }
  CHECK(consumer.memory_bytes() < 12 * 1024);
  CHECK(consumer.streams()[0].memory_bytes() < 8 * 1024);
  CHECK(room.egress.transport_cc.memory_bytes() <= 8 * 1024);
}
