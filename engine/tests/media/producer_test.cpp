#include "media/producer.h"

#include <doctest/doctest.h>

#include "rtcp/message.h"
#include "tests/media/support.h"

using namespace sluice;
using namespace sluice::media;
using namespace sluice::media::support;

namespace {

std::vector<rtcp::Message> feedback(Producer& producer, Instant now) {
  static std::array<std::array<uint8_t, 1292>, 8> buffers;  // What the messages point into.
  std::vector<rtcp::Message> messages;
  for (auto& buffer : buffers) {
    const size_t bytes = producer.poll_feedback(now, buffer);
    if (bytes == 0) break;
    rtcp::for_each_message(Bytes(buffer).first(bytes),
                           [&](const rtcp::Message& message) { messages.push_back(message); });
  }
  return messages;
}

std::vector<uint16_t> lost(const std::vector<rtcp::Message>& messages) {
  std::vector<uint16_t> all;
  for (const auto& message : messages) {
    if (const auto* nack = std::get_if<rtcp::Nack>(&message)) {
      nack->for_each([&](uint16_t seq) { all.push_back(seq); });
    }
  }
  return all;
}

size_t plis(const std::vector<rtcp::Message>& messages) {
  size_t count = 0;
  for (const auto& message : messages) count += std::holds_alternative<rtcp::PictureLoss>(message);
  return count;
}

rtcp::ReportBlock report(Producer& producer, Instant now) {
  std::array<rtcp::ReportBlock, Producer::kReportBlocksMax> blocks;
  REQUIRE(producer.make_reports(now, blocks) >= 1);
  return blocks[0];
}

}  // namespace

TEST_CASE("producer: refuses options that make no sense, naming the field") {
  auto options = video_producer();
  options.rtp_parameters.encodings.clear();
  CHECK(Producer::create(1, options).error().text.find("encodings") != std::string::npos);
  options = video_producer();
  options.rtp_mapping.encodings.clear();
  CHECK(!Producer::create(1, options).ok());
  options = video_producer();
  options.rtp_parameters.encodings[0].ssrc = 0;
  options.rtp_parameters.mid.clear();
  CHECK(Producer::create(1, options).error().text.find("ssrc or a rid") != std::string::npos);
  options = video_producer();
  options.rtp_parameters.encodings[0].codec_payload_type = 10;
  CHECK(!Producer::create(1, options).ok());
}

TEST_CASE("payload types that look like RTCP beside the marker bit are refused") {
  for (const uint8_t type : {63, 64, 72, 76, 95, 96, 127, 128}) {
    const bool is_good = type == 63 || type == 96 || type == 127;
    INFO(int{type});
    CHECK(is_rtp_payload_type(type) == is_good);
    auto options = video_producer();
    options.rtp_parameters.codecs[0].payload_type = type;
    CHECK(Producer::create(1, options).ok() == is_good);
    options = video_producer();
    options.rtp_mapping.codecs[0].mapped_payload_type = type;
    CHECK(Producer::create(1, options).ok() == is_good);
    Room room;
    auto consuming = video_consumer();
    consuming.rtp_parameters.codecs[0].payload_type = type;
    CHECK(Consumer::create(2, *room.producer, consuming, room.random).ok() == is_good);
  }
}

TEST_CASE("producer: says what became of each packet") {
  Room room;
  CHECK(room.receive(at(0ms), {.seq = 10, .payload = vp8(true)}) == ReceiveResult::forward);
  CHECK(room.receive(at(0ms), {.seq = 10}) == ReceiveResult::duplicate);
  CHECK(room.receive(at(0ms), {.seq = 30000}) == ReceiveResult::bad_sequence);
  CHECK(room.receive(at(0ms), {.ssrc = 5, .seq = 1}) == ReceiveResult::unknown_stream);
  CHECK(room.receive(at(0ms), {.seq = 11, .payload_type = 120}) ==
        ReceiveResult::unknown_payload_type);
  CHECK(room.receive(at(0ms), as_rtx({.seq = 9}, 500)) == ReceiveResult::repaired);
  CHECK(room.receive(at(0ms), as_rtx({.seq = 9}, 501)) == ReceiveResult::duplicate);
  CHECK(room.receive(at(0ms),
                     {.ssrc = kVideoRtxSsrc, .seq = 502, .payload_type = kVp8Rtx, .payload = {}}) ==
        ReceiveResult::rtx_padding);
  CHECK(room.producer->batch().size() == 3);
  CHECK(room.producer->batch()[0].payload_type == kMappedVp8);
  CHECK(room.producer->batch()[1].payload_type == kNoPayloadType);  // For its number alone.
  CHECK(room.producer->batch()[2].payload_type == kMappedVp8);
  CHECK(room.producer->batch()[2].came_by_rtx);
}

TEST_CASE("producer: finds its stream by RID, and the RTX stream by the repaired RID") {
  auto options = video_producer();
  auto& encodings = options.rtp_parameters.encodings;
  encodings.resize(2);
  encodings[0] = {};
  encodings[0].rid = "lo";
  encodings[1] = {};
  encodings[1].rid = "hi";
  options.rtp_mapping.encodings = {{0, "lo", "", 1}, {0, "hi", "", 2}};
  Room room(options);
  const std::vector<rtp::ExtensionItem> hi = {{10, text_bytes("hi")}};
  const std::vector<rtp::ExtensionItem> hi_rtx = {{11, text_bytes("hi")}};
  const std::vector<rtp::ExtensionItem> odd = {{10, text_bytes("odd")}};

  CHECK(room.receive(at(0ms), {.ssrc = 1, .seq = 1, .extensions = odd}) ==
        ReceiveResult::unknown_stream);
  CHECK(room.receive(at(0ms), {.ssrc = 1, .seq = 1}) == ReceiveResult::unknown_stream);
  // RTX before its media: refused.
  CHECK(
      room.receive(at(0ms), {.ssrc = 9, .seq = 1, .payload_type = kVp8Rtx, .extensions = hi_rtx}) ==
      ReceiveResult::unknown_stream);
  CHECK(room.receive(at(0ms), {.ssrc = 1, .seq = 1, .extensions = hi}) == ReceiveResult::forward);
  CHECK(room.receive(at(0ms), {.ssrc = 1, .seq = 2}) == ReceiveResult::forward);  // Known now.
  CHECK(room.receive(at(0ms), {.ssrc = 2, .seq = 2, .extensions = hi}) ==
        ReceiveResult::unknown_stream);  // The RID is taken.
  auto rtx = as_rtx({.seq = 3}, 70);
  rtx.extensions = hi_rtx;
  CHECK(room.receive(at(0ms), rtx) == ReceiveResult::repaired);
  CHECK(room.producer->batch()[0].encoding == 1);
  CHECK(room.producer->stream(1)->params().rtx_ssrc == kVideoRtxSsrc);
  CHECK(room.producer->stream(0) == nullptr);
}

TEST_CASE("producer: the only encoding takes what the MID brought") {
  auto options = video_producer();
  options.rtp_parameters.encodings[0] = {};
  Room room(options);
  CHECK(room.receive(at(0ms), {.ssrc = 777, .seq = 1}) == ReceiveResult::forward);
  CHECK(room.receive(at(0ms), {.ssrc = 778, .seq = 1}) == ReceiveResult::unknown_stream);
  auto rtx = as_rtx({.seq = 2}, 70);
  CHECK(room.receive(at(0ms), rtx) == ReceiveResult::repaired);
}

TEST_CASE("producer: asks for what is missing, and RTX brings it") {
  Room room;
  room.receive(at(0ms), {.seq = 65534, .payload = vp8(true)});
  room.receive(at(0ms), {.seq = 1});
  CHECK(room.producer->next_timeout() == at(10ms));
  CHECK(feedback(*room.producer, at(5ms)).empty());
  CHECK(lost(feedback(*room.producer, at(10ms))) == std::vector<uint16_t>{65535, 0});
  CHECK(room.receive(at(20ms), as_rtx({.seq = 65535}, 1)) == ReceiveResult::repaired);
  CHECK(room.receive(at(20ms), as_rtx({.seq = 0}, 2)) == ReceiveResult::repaired);
  CHECK(feedback(*room.producer, at(500ms)).empty());
  CHECK(room.producer->batch()[1].seq < room.producer->batch()[2].seq + 3);
  const auto stats = room.producer->stats(at(500ms)).at(0).stats;
  CHECK(stats.nack_count == 1);
  CHECK(stats.nack_packet_count == 2);
  CHECK(stats.packets_repaired == 2);
  CHECK(stats.packets_retransmitted == 2);
  CHECK(stats.packet_count == 4);
}

TEST_CASE("producer: a stream that does not begin with a key frame asks for one") {
  Room room;
  room.receive(at(0ms), {.seq = 1});
  CHECK(room.producer->next_timeout() <= at(0ms));
  CHECK(plis(feedback(*room.producer, at(0ms))) == 1);
  CHECK(plis(feedback(*room.producer, at(500ms))) == 0);
  CHECK(plis(feedback(*room.producer, at(1000ms))) == 1);  // One retry.
  CHECK(plis(feedback(*room.producer, at(2000ms))) == 0);

  Room other;
  other.receive(at(0ms), {.seq = 1, .payload = vp8(true)});
  CHECK(feedback(*other.producer, at(0ms)).empty());
}

TEST_CASE("producer: falls back to FIR, with a number of its own each time") {
  auto options = video_producer();
  options.rtp_parameters.codecs[0].rtcp_feedback = {{"ccm", "fir"}};
  Room room(options);
  room.receive(at(0ms), {.seq = 1});
  const auto first = feedback(*room.producer, at(0ms));
  REQUIRE(std::holds_alternative<rtcp::FullIntraRequest>(first.at(0)));
  CHECK(std::get<rtcp::FullIntraRequest>(first[0])[0].sequence == 1);
  const auto second = feedback(*room.producer, at(1000ms));
  CHECK(std::get<rtcp::FullIntraRequest>(second.at(0))[0].sequence == 2);
}

TEST_CASE("producer: a paused one counts its packets and forwards none") {
  Room room;
  room.receive(at(0ms), {.seq = 1, .payload = vp8(true)});
  room.producer->clear_batch();
  room.producer->pause(at(0ms));
  CHECK(room.receive(at(0ms), {.seq = 2}) == ReceiveResult::paused);
  room.receive(at(0ms), {.seq = 5});
  CHECK(room.producer->batch().empty());
  CHECK(room.producer->next_timeout() == kNever);
  CHECK(room.producer->stats(at(0ms)).at(0).stats.packet_count == 3);
  room.producer->resume(at(10ms));
  CHECK(room.receive(at(20ms), {.seq = 6}) == ReceiveResult::forward);
  CHECK(lost(feedback(*room.producer, at(100ms))).empty());
}

TEST_CASE("producer: reports loss, fraction, jitter and the last sender report") {
  Room room;
  for (uint16_t seq = 0; seq < 100; ++seq) {
    if (seq % 10 != 5) room.receive(at(seq * 10ms), {.seq = seq, .timestamp = seq * 900u});
  }
  room.producer->handle_sender_report(at(1000ms), {},
                                      {kVideoSsrc, {100, 0x80000000}, 90000, 90, 1, {}});
  const auto block = report(*room.producer, at(1500ms));
  CHECK(block.ssrc == kVideoSsrc);
  CHECK(block.cumulative_lost == 10);
  CHECK(int{block.fraction_lost} == 26);  // 10 of 100, of 256.
  CHECK(block.highest_sequence == 99);
  CHECK(block.jitter == 0);
  CHECK(block.last_sr == 0x00648000);
  CHECK(block.delay_since_last_sr == 0x8000);
  const auto next = report(*room.producer, at(2000ms));
  CHECK(next.cumulative_lost == 10);
  CHECK(next.fraction_lost == 0);
}

TEST_CASE("producer: jitter as RFC 3550, A.8 has it") {
  Room room;
  room.receive(at(0ms), {.seq = 1, .timestamp = 0});
  room.receive(at(26ms), {.seq = 2, .timestamp = 1440});  // 10 ms late: 900 ticks.
  CHECK(report(*room.producer, at(30ms)).jitter == 56);   // 900 / 16.
}

TEST_CASE("producer: its score falls with loss and its consumers hear of it") {
  Room room;
  Consumer& consumer = room.add(at(0ms));
  room.receive(at(0ms), {.seq = 1, .payload = vp8(true)});
  CHECK(room.producer->take_score_change());  // A new stream.
  CHECK(consumer.take_score_change());
  for (uint16_t seq = 2; seq < 100; seq += 2) room.receive(at(1ms), {.seq = seq});
  room.producer->handle_sender_report(at(1s), {}, {kVideoSsrc, {1, 0}, 0, 0, 0, {}});
  CHECK(room.producer->take_score_change());
  CHECK(!room.producer->take_score_change());
  CHECK(consumer.take_score_change());
  CHECK(room.producer->scores().at(0).score < 3);
  CHECK(consumer.score().producer_score == room.producer->scores().at(0).score);
}

TEST_CASE("producer: a change of the video's orientation is told once") {
  Room room;
  const uint8_t turned = 0x01;  // 90 degrees.
  const std::vector<rtp::ExtensionItem> extensions = {{4, {&turned, 1}}};
  room.receive(at(0ms), {.seq = 1, .extensions = extensions});
  const auto change = room.producer->take_orientation_change();
  REQUIRE(change.has_value());
  CHECK(change->rotation == 90);
  room.receive(at(0ms), {.seq = 2, .extensions = extensions});
  CHECK(!room.producer->take_orientation_change());
}

TEST_CASE("producer: a sender that begins anew is taken up again") {
  Room room;
  room.receive(at(0ms), {.seq = 100, .payload = vp8(true)});
  CHECK(room.receive(at(1ms), {.seq = 40000}) == ReceiveResult::bad_sequence);
  CHECK(room.receive(at(2ms), {.seq = 40001}) == ReceiveResult::forward);
  const auto& batch = room.producer->batch();
  CHECK(batch[1].epoch != batch[0].epoch);
  CHECK(batch[1].seq > batch[0].seq);
  CHECK(report(*room.producer, at(3ms)).highest_sequence == 40001);
}

TEST_CASE("producer: an encoding that falls silent among several scores nothing") {
  auto options = video_producer();
  auto& encodings = options.rtp_parameters.encodings;
  encodings.resize(2);
  encodings[1] = {};
  encodings[1].ssrc = 0x99;
  options.rtp_mapping.encodings.push_back({0x99, "", "", 2});
  Room room(options);
  room.receive(at(0ms), {.seq = 1, .payload = vp8(true)});
  room.producer->take_score_change();
  CHECK(room.producer->next_timeout() == at(1500ms));
  feedback(*room.producer, at(1500ms));
  CHECK(room.producer->take_score_change());
  CHECK(room.producer->scores().at(0).score == 0);
  room.receive(at(1600ms), {.seq = 2});
  CHECK(room.producer->scores().at(0).score == 10);
}

TEST_CASE("producer: traces what it is told to trace") {
  Room room;
  room.producer->traces().set_types(trace_bit(TraceType::keyframe) | trace_bit(TraceType::sr));
  room.receive(at(0ms), {.seq = 1, .payload = vp8(true)});
  room.receive(at(0ms), {.seq = 2});
  room.producer->handle_sender_report(at(1s), {}, {kVideoSsrc, {1, 2}, 3, 4, 5, {}});
  const auto traces = room.producer->traces().take();
  REQUIRE(traces.size() == 2);
  CHECK(traces[0].type == TraceType::keyframe);
  CHECK(traces[0].sequence == 1);
  CHECK(traces[1].type == TraceType::sr);
  CHECK(traces[1].octets == 5);
}

TEST_CASE("producer: without RTX a packet that was only reordered is no repair") {
  auto options = video_producer();
  options.rtp_parameters.codecs.pop_back();
  options.rtp_parameters.encodings[0].rtx_ssrc = 0;
  Room room(options);
  room.receive(at(0ms), {.seq = 1, .payload = vp8(true)});
  room.receive(at(1ms), {.seq = 3});
  CHECK(room.receive(at(2ms), {.seq = 2}) == ReceiveResult::forward);
  room.receive(at(3ms), {.seq = 5});
  CHECK(lost(feedback(*room.producer, at(20ms))) == std::vector<uint16_t>{4});
  CHECK(room.receive(at(60ms), {.seq = 4}) == ReceiveResult::repaired);
  const auto stats = room.producer->stats(at(60ms)).at(0).stats;
  CHECK(stats.packets_repaired == 1);
  CHECK(stats.packets_retransmitted == 1);
}

TEST_CASE("producer: the only encoding takes a stream that carries a RID nobody announced") {
  auto options = video_producer();
  options.rtp_parameters.encodings[0] = {};
  Room room(options);
  CHECK(room.receive(at(0ms), {.ssrc = 777, .seq = 1, .extensions = {{10, text_bytes("q")}}}) ==
        ReceiveResult::forward);
}

TEST_CASE("producer: reads payloads of the stream's own codec alone") {
  auto options = audio_producer();
  options.rtp_parameters.codecs.push_back(codec("audio/CN", 13, 48000));
  options.rtp_mapping.codecs.push_back({13, 13});
  Room room(options);
  const auto send = [&](uint16_t seq, uint8_t type) {
    room.receive(at(0ms),
                 {.ssrc = 0x66666666, .seq = seq, .payload_type = type, .payload = {0x08}});
    return room.producer->batch().back().facts.is_dtx;
  };
  CHECK(send(1, kOpus));     // A table of contents alone: Opus silence.
  CHECK_FALSE(send(2, 13));  // Comfort noise of one byte is not.
}

TEST_CASE("producer: a receiver that is paused has no say in the loss that is reported") {
  Room room(audio_producer());
  Consumer& consumer = room.add(at(0ms), audio_consumer());
  room.pass(at(0ms), {.ssrc = 0x66666666, .seq = 1, .payload_type = kOpus});
  consumer.handle_receiver_report(at(1s), {1, 0}, {0x88888888, 64, 1, 2, 0, 0, 0});
  CHECK(int{room.producer->remote_loss(at(0ms))} == 25);
  consumer.pause();
  CHECK(int{room.producer->remote_loss(at(0ms))} == 0);
}
