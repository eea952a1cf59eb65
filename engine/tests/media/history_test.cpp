#include <doctest/doctest.h>

#include "media/packet_history.h"
#include "media/sent_history.h"
#include "tests/media/support.h"

using namespace sluice;
using namespace sluice::media;
using support::at;

namespace {

void insert(PacketHistory& history, PacketPool& pool, Instant now, uint64_t seq) {
  const PacketRef slot = support::make_packet(pool, {.seq = static_cast<uint16_t>(seq)});
  history.insert(now, seq, slot, slot->bytes(), false);
}

}  // namespace

TEST_CASE("packet history: finds what it holds and nothing else") {
  PacketPool pool(1024);
  PacketHistory history(2000ms);
  CHECK(!history.find(5));
  insert(history, pool, at(0ms), 5);
  insert(history, pool, at(1ms), 7);
  CHECK(history.find(5));
  CHECK(!history.find(6));
  CHECK(history.find(7));
  insert(history, pool, at(2ms), 6);  // Repaired.
  CHECK(history.find(6)->packet().size() == history.find(5)->packet().size());
  insert(history, pool, at(2ms), 4);  // Came before the first.
  CHECK(history.find(4));
}

TEST_CASE("packet history: grows to hold two seconds, and gives back what is older") {
  PacketPool pool(8192);
  PacketHistory history(2000ms);
  uint64_t seq = 100;
  for (Duration t = 0ms; t < 10s; t += 5ms) insert(history, pool, at(t), seq++);
  CHECK(history.size() <= 401);
  CHECK(history.size() >= 400);
  CHECK(history.capacity() == 512);
  CHECK(history.find(seq - 1));
  CHECK(history.find(seq - 400));
  CHECK(!history.find(seq - 403));
  CHECK(pool.in_use() == history.size());
}

TEST_CASE("packet history: never holds more than 2500 packets") {
  PacketPool pool(8192);
  PacketHistory history(2000ms);
  for (uint64_t seq = 0; seq < 10000; ++seq) insert(history, pool, at(0ms), seq);
  CHECK(history.size() == PacketHistory::kPacketsMax);
  CHECK(history.find(10000 - PacketHistory::kPacketsMax));
  CHECK(!history.find(10000 - PacketHistory::kPacketsMax - 1));
}

TEST_CASE("packet history: gives everything back when the stream has stopped") {
  PacketPool pool(1024);
  PacketHistory history(1000ms);
  for (uint64_t seq = 0; seq < 50; ++seq) insert(history, pool, at(0ms), seq);
  history.expire(at(999ms));
  CHECK(history.size() == 50);
  history.expire(at(1001ms));
  CHECK(history.size() == 0);
  CHECK(pool.in_use() == 0);
}

TEST_CASE("packet history: a jump of the numbers forgets what was before") {
  PacketPool pool(1024);
  PacketHistory history(2000ms);
  for (uint64_t seq = 0; seq < 100; ++seq) insert(history, pool, at(0ms), seq);
  insert(history, pool, at(1ms), 200000);
  CHECK(history.size() == 1);
  CHECK(history.find(200000));
  CHECK(!history.find(99));
  CHECK(pool.in_use() == 1);
}

TEST_CASE("sent history: two seconds of video cost less than 8 KB") {
  SentHistory history(2000ms, false);
  history.begin_segment({5000, 0, 0});
  uint64_t in = 5000;
  uint16_t out = 65000;
  for (Duration t = 0ms; t < 20s; t += 5555us) history.insert(at(t), in++, out++, false);
  CHECK(history.memory_bytes() < 8192);
  const uint16_t two_seconds_ago = static_cast<uint16_t>(out - 359);
  auto* entry = history.find(two_seconds_ago);
  REQUIRE(entry != nullptr);
  CHECK(history.extended_in(*entry) == in - 359);
}

TEST_CASE("sent history: extends the input's numbers across their wrap") {
  SentHistory history(2000ms, false);
  history.begin_segment({0x1FFFE, 77, 3});
  history.insert(at(0ms), 0x1FFFE, 10, false);
  history.insert(at(0ms), 0x20001, 13, true);
  history.insert(at(0ms), 0x1FFFF, 11, false);
  CHECK(history.extended_in(*history.find(10)) == 0x1FFFE);
  CHECK(history.extended_in(*history.find(11)) == 0x1FFFF);
  CHECK(history.extended_in(*history.find(13)) == 0x20001);
  CHECK(history.find(13)->marker());
  CHECK(!history.find(11)->marker());
  CHECK(history.segment_of(*history.find(11)).timestamp_offset == 77);
  CHECK(history.segment_of(*history.find(11)).encoding == 3);
  CHECK(!history.find(12));
}

TEST_CASE("sent history: an entry never outlives its segment") {
  SentHistory history(2000ms, false);
  history.begin_segment({1, 0, 0});
  history.insert(at(0ms), 1, 1, false);
  for (uint64_t i = 0; i < SentHistory::kSegments - 1; ++i) history.begin_segment({100 * i, 1, 1});
  CHECK(history.find(1));
  history.begin_segment({900, 1, 1});  // Takes the first one's place.
  CHECK(!history.find(1));
}

TEST_CASE("sent history: stamps are kept where a resend must repeat the packet") {
  SentHistory history(2000ms, true);
  history.begin_segment({0, 0, 0});
  for (uint16_t out = 0; out < 200; ++out) {
    history.insert(at(0ms), out, out, false);
    history.set_stamp(out, {out * 3u, out});
  }
  CHECK(history.stamp_of(150).abs_send_time == 450);
  CHECK(history.stamp_of(7).wide_seq == 7);  // Also of those that moved when it grew.
}

TEST_CASE("sent history: an entry means its own packet, however many numbers were left out since") {
  SentHistory history(2s, true);
  history.begin_segment({1000, 0, 0});
  history.insert(at(0s), 1000, 7, false);
  for (const uint64_t left_out : {uint64_t{65535}, uint64_t{1} << 20, (uint64_t{1} << 31)}) {
    SentHistory::Entry* entry = history.find(7);
    REQUIRE(entry);
    CHECK(history.extended_in(*entry) == 1000);
    history.insert(at(1ms), 1000 + left_out + 1, 8, false);
  }
  CHECK(history.extended_in(*history.find(7)) == 1000);
}

TEST_CASE("sent history: growing keeps every entry and stamp in its place") {
  SentHistory history(2s, true);
  history.begin_segment({1, 0, 0});
  for (uint32_t i = 0; i < 3000; ++i) {
    const auto out = static_cast<uint16_t>(64000 + i);
    history.insert(at(0s), i + 1, out, i % 3 == 0);
    history.set_stamp(out, {i, out});
  }
  for (uint32_t i = 0; i < 3000; ++i) {
    const auto out = static_cast<uint16_t>(64000 + i);
    SentHistory::Entry* entry = history.find(out);
    REQUIRE(entry);
    CHECK(history.extended_in(*entry) == i + 1);
    CHECK(entry->marker() == (i % 3 == 0));
    CHECK(history.stamp_of(out).wide_seq == out);
    CHECK(history.stamp_of(out).abs_send_time == i);
  }
}
