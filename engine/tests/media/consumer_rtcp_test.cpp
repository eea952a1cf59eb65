// What a consumer's peer says of it: key-frame requests and receiver reports.
#include <doctest/doctest.h>

#include "media/consumer.h"
#include "tests/media/support.h"

using namespace sluice;
using namespace sluice::media;
using namespace sluice::media::support;

TEST_CASE("consumer: PLI and FIR reach the producer and are counted") {
  Room room;
  Consumer& consumer = room.add(at(0ms));
  room.pass(at(0ms), {.seq = 1, .payload = vp8(true)});
  CHECK(room.producer->next_timeout() > at(0ms));
  consumer.handle_key_frame_request(at(5ms), kConsumerSsrc, false);
  CHECK(room.producer->next_timeout() <= at(5ms));
  consumer.handle_key_frame_request(at(5ms), kConsumerSsrc, true);
  consumer.handle_key_frame_request(at(5ms), 1234, true);  // Not its SSRC.
  CHECK(consumer.stats(at(5ms)).at(0).stats.pli_count == 1);
  CHECK(consumer.stats(at(5ms)).at(0).stats.fir_count == 1);
}

TEST_CASE("consumer: receiver reports give loss, round trip and score") {
  Room room;
  Consumer& consumer = room.add(at(0ms));
  for (uint16_t seq = 1; seq <= 100; ++seq)
    room.pass(at(0ms), {.seq = seq, .payload = vp8(seq == 1)});
  consumer.handle_receiver_report(at(1s), {0x0000B710, 0x80000000},
                                  {kConsumerSsrc, 128, 50, 100, 7, 0xB7108000, 0});
  auto stats = consumer.stats(at(1s)).at(0).stats;
  CHECK(stats.packets_lost == 50);
  CHECK(int{stats.fraction_lost} == 128);
  CHECK(stats.jitter == 7);
  CHECK(stats.score == 1);
  CHECK(consumer.take_score_change());
  CHECK(consumer.score().score == 1);
  consumer.handle_receiver_report(at(2s), {0x0000B711, 0x80000000},
                                  {kConsumerSsrc, 0, 50, 100, 7, 0xB7110000, 0x4000});
  CHECK(consumer.stats(at(2s)).at(0).stats.round_trip_time_ms == doctest::Approx(250));
}

TEST_CASE("consumer: a flood of reports makes few samples of its score") {
  Room room;
  Consumer& consumer = room.add(at(0ms));
  room.pass(at(0ms), {.seq = 1, .payload = vp8(true)});
  int changes = 0;
  for (int i = 0; i < 1000; ++i) {
    room.pass(at(i * 1ms), {.seq = uint16_t(2 + i)});
    const int32_t lost = i % 2 == 0 ? 0 : 1000;  // All, then nothing, then all again.
    consumer.handle_receiver_report(at(i * 1ms), {1, 0}, {kConsumerSsrc, 0, lost, 0, 0, 0, 0});
    changes += consumer.take_score_change();
  }
  CHECK(changes <= 10);
}

TEST_CASE("consumer: an Opus sender with in-band FEC hears of its receivers' loss") {
  Room room(audio_producer());
  Consumer& consumer = room.add(at(0ms), audio_consumer());
  room.pass(at(0ms), {.ssrc = 0x66666666, .seq = 1, .payload_type = kOpus});
  room.pass(at(0ms), {.ssrc = 0x66666666, .seq = 2, .payload_type = kOpus});
  consumer.handle_receiver_report(at(1s), {1, 0}, {0x88888888, 20, 1, 2, 0, 0, 0});
  std::array<rtcp::ReportBlock, Producer::kReportBlocksMax> blocks;
  REQUIRE(room.producer->make_reports(at(1s), blocks) == 1);
  CHECK(int{blocks[0].fraction_lost} == 20);
  CHECK(blocks[0].cumulative_lost == 0);
  REQUIRE(room.producer->make_reports(at(12s), blocks) == 1);
  CHECK(int{blocks[0].fraction_lost} == 0);  // That was long ago.
}

TEST_CASE("consumer: one listener's loss costs the others nothing") {
  struct Row {
    size_t listeners;
    size_t losing;
    uint8_t loss;
    int told;
  };
  const Row rows[] = {
      {1, 1, 255, 25},  {1, 1, 10, 10}, {9, 1, 20, 20},   {20, 2, 255, 0},
      {20, 3, 255, 25}, {20, 3, 5, 5},  {100, 10, 99, 0}, {100, 11, 12, 12},
  };
  for (const Row& row : rows) {
    CAPTURE(row.listeners);
    CAPTURE(row.losing);
    Room room(audio_producer());
    room.receive(at(0ms), {.ssrc = 0x66666666, .seq = 1, .payload_type = kOpus});
    for (size_t i = 0; i < row.listeners; ++i) {
      Consumer& consumer = room.add(at(0ms), audio_consumer());
      const uint8_t loss = i < row.losing ? row.loss : uint8_t{0};
      consumer.handle_receiver_report(at(1s), {1, 0}, {0x88888888, loss, 1, 2, 0, 0, 0});
    }
    std::array<rtcp::ReportBlock, Producer::kReportBlocksMax> blocks;
    int32_t lost = 0;
    for (int report = 0; report < 3; ++report) {
      REQUIRE(room.producer->make_reports(at(1s), blocks) == 1);
      CHECK(int{blocks[0].fraction_lost} == row.told);
      lost = std::max(lost, blocks[0].cumulative_lost);
    }
    CHECK(lost == 0);
  }
}

TEST_CASE("producer: duplicates count as received in its reports (RFC 3550, A.3)") {
  Room room;
  std::array<rtcp::ReportBlock, Producer::kReportBlocksMax> blocks;
  const auto report = [&] {
    REQUIRE(room.producer->make_reports(at(1s), blocks) >= 1);
    return blocks[0];
  };
  for (const uint16_t seq : {1, 2, 4, 4, 4}) {
    room.receive(at(0ms), {.seq = seq, .payload = vp8(true)});
    room.producer->clear_batch();
  }
  CHECK(report().cumulative_lost == -1);  // Four expected, five came.
  CHECK(int{blocks[0].fraction_lost} == 0);
  CHECK(room.producer->stats(at(1s)).at(0).stats.packets_lost == 0);
  room.receive(at(1s), {.seq = 8});
  CHECK(report().cumulative_lost == 2);
  CHECK(int{blocks[0].fraction_lost} == 192);
}
