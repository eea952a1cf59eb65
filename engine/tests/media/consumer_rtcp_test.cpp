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

TEST_CASE("consumer: an Opus sender with in-band FEC hears of the worst receiver") {
  Room room(audio_producer());
  Consumer& consumer = room.add(at(0ms), audio_consumer());
  room.pass(at(0ms), {.ssrc = 0x66666666, .seq = 1, .payload_type = kOpus});
  room.pass(at(0ms), {.ssrc = 0x66666666, .seq = 2, .payload_type = kOpus});
  consumer.handle_receiver_report(at(1s), {1, 0}, {0x88888888, 64, 1, 2, 0, 0, 0});
  std::array<rtcp::ReportBlock, Producer::kReportBlocksMax> blocks;
  REQUIRE(room.producer->make_reports(at(1s), blocks) == 1);
  CHECK(int{blocks[0].fraction_lost} == 64);
}
