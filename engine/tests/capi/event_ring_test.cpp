#include "worker/host/event_ring.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "net/clock.h"
#include "tests/capi/ring_reader.h"

namespace sluice::worker {
namespace {

using test::Record;
using test::RingReader;

constexpr uint32_t kBytes = EventRing::kMinBytes;
constexpr Instant kStart{1h};

std::unique_ptr<EventRing> make_ring(uint32_t bytes = kBytes) {
  auto ring = EventRing::create(bytes);
  REQUIRE(ring.ok());
  return std::move(*ring);
}

std::vector<Record> read_all(RingReader& reader) {
  std::vector<Record> records;
  for (Record record; reader.read(record);) records.push_back(record);
  return records;
}

size_t fill(EventRing& ring) {
  size_t count = 0;
  while (ring.write(SLUICE_EVENT_LOG, 0, std::string(100, 'x'))) ++count;
  return count;
}

// Counts its rings, and lets a thread wait for one.
struct Bell {
  std::mutex mutex;
  std::condition_variable rang;
  uint64_t rings = 0;

  static void ring(void* context) {
    auto* bell = static_cast<Bell*>(context);
    const std::lock_guard lock(bell->mutex);
    ++bell->rings;
    bell->rang.notify_one();
  }
};

TEST_CASE("event ring: sizes that are not a power of two in range are refused") {
  for (const uint32_t bytes : {0u, 1u, 4096u, kBytes + 1, kBytes * 3, EventRing::kMaxBytes * 2}) {
    CAPTURE(bytes);
    CHECK_FALSE(EventRing::create(bytes).ok());
  }
  CHECK(EventRing::create(kBytes * 2).ok());
}

TEST_CASE("event ring: records come out as they went in, across the end of the memory") {
  auto ring = make_ring();
  RingReader reader(ring->memory(), ring->data_bytes());
  uint32_t sent = 0;
  // Payload sizes that do not divide the ring, for several rounds of it.
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::string> payloads;
    for (size_t size : {0, 1, 7, 8, 9, 333, 1201}) {
      payloads.emplace_back(size, static_cast<char>('a' + round % 26));
      REQUIRE(ring->write(SLUICE_EVENT_LOG, ++sent, payloads.back()));
    }
    uint32_t target = sent - static_cast<uint32_t>(payloads.size());
    const auto records = read_all(reader);
    REQUIRE(records.size() == payloads.size());
    for (size_t i = 0; i < records.size(); ++i) {
      CHECK(records[i].type == SLUICE_EVENT_LOG);
      CHECK(records[i].target == ++target);
      CHECK(records[i].payload == payloads[i]);
    }
  }
}

TEST_CASE("event ring: a full ring drops and counts logs, and takes them again after reading") {
  auto ring = make_ring();
  RingReader reader(ring->memory(), ring->data_bytes());
  const size_t written = fill(*ring);
  CHECK(ring->counts().dropped == 1);
  CHECK(read_all(reader).size() == written);
  CHECK(ring->write(SLUICE_EVENT_LOG, 0, "{}"));
}

TEST_CASE("event ring: states wait for room, the newest of each object wins and comes last") {
  auto ring = make_ring();
  RingReader reader(ring->memory(), ring->data_bytes());
  const size_t filled = fill(*ring);
  for (int i = 0; i < 10000; ++i) {
    ring->write_state(SLUICE_EVENT_CONSUMER_SCORE, 1 + i % 3, std::to_string(i));
  }
  ring->write_state(SLUICE_EVENT_CONSUMER_PRODUCER_PAUSE, 1, "{}");
  ring->write_state(SLUICE_EVENT_CONSUMER_PRODUCER_RESUME, 1, "{}");
  ring->write_state(SLUICE_EVENT_CONSUMER_PRODUCER_PAUSE, 1, "{}");
  // Some states still fit into the rest of the ring, behind the logs.
  CHECK(ring->arm() == EventRing::Armed::look_again);
  auto records = read_all(reader);
  CHECK(records.size() >= filled);
  CHECK(ring->arm() == EventRing::Armed::wake_worker);

  ring->end_of_batch(kStart);
  records = read_all(reader);
  REQUIRE(records.size() == 5);
  CHECK(records[0].payload == "9997");
  CHECK(records[1].payload == "9998");
  CHECK(records[2].payload == "9999");
  CHECK(records[3].type == SLUICE_EVENT_CONSUMER_PRODUCER_RESUME);
  CHECK(records[4].type == SLUICE_EVENT_CONSUMER_PRODUCER_PAUSE);
  CHECK(ring->counts().coalesced > 9000);
  CHECK(ring->arm() == EventRing::Armed::armed);
}

TEST_CASE("event ring: logs do not overtake states that wait") {
  auto ring = make_ring();
  RingReader reader(ring->memory(), ring->data_bytes());
  fill(*ring);
  while (ring->write(SLUICE_EVENT_LOG, 0, "")) continue;
  ring->write_state(SLUICE_EVENT_ICE_STATE, 7, R"({"iceState":"connected"})");
  CHECK_FALSE(ring->write(SLUICE_EVENT_LOG, 0, ""));
  read_all(reader);
  CHECK(ring->write(SLUICE_EVENT_LOG, 8, ""));
  const auto records = read_all(reader);
  REQUIRE(records.size() == 2);
  CHECK(records[0].target == 7);
  CHECK(records[1].target == 8);
}

TEST_CASE("event ring: what waits for an object that is gone is dropped") {
  auto ring = make_ring();
  RingReader reader(ring->memory(), ring->data_bytes());
  fill(*ring);
  while (ring->write(SLUICE_EVENT_LOG, 0, "")) continue;
  ring->write_state(SLUICE_EVENT_CONSUMER_SCORE, 5, "{}");
  ring->write_state(SLUICE_EVENT_CONSUMER_LAYERS, 5, "{}");
  ring->write_state(SLUICE_EVENT_CONSUMER_SCORE, 6, "{}");
  ring->forget(5);
  read_all(reader);
  ring->end_of_batch(kStart);
  const auto records = read_all(reader);
  REQUIRE(records.size() == 1);
  CHECK(records[0].target == 6);
}

TEST_CASE("event ring: closing an object does not look at what waits for others") {
  constexpr uint32_t kObjects = 20000;
  const auto ring = make_ring();
  fill(*ring);
  while (ring->write(SLUICE_EVENT_LOG, 0, "")) continue;
  for (uint32_t id = 1; id <= kObjects; ++id) {
    ring->write_state(SLUICE_EVENT_CONSUMER_PRODUCER_PAUSE, id, "{}");
    ring->write_state(SLUICE_EVENT_CONSUMER_PRODUCER_RESUME, id, "{}");
    ring->write_state(SLUICE_EVENT_CONSUMER_PRODUCER_PAUSE, id, "{}");
  }
  CHECK(ring->counts().coalesced == kObjects);
  for (uint32_t id = 1; id <= kObjects; ++id) {
    ring->forget(id);
    ring->write_state(SLUICE_EVENT_CONSUMER_PRODUCER_CLOSE, id, "{}");
  }
  CHECK(ring->counts().compared <= 8 * kObjects);

  // The newest of each is what arrives, and nothing of before.
  RingReader reader(ring->memory(), ring->data_bytes());
  uint32_t expected = 1;
  for (uint32_t turns = 0; expected <= kObjects && turns < kObjects; ++turns) {
    for (const Record& record : read_all(reader)) {
      if (record.type == SLUICE_EVENT_LOG) continue;
      REQUIRE(record.type == SLUICE_EVENT_CONSUMER_PRODUCER_CLOSE);
      REQUIRE(record.target == expected);
      ++expected;
    }
    ring->end_of_batch(kStart);
  }
  CHECK(expected == kObjects + 1);
}

TEST_CASE("event ring: a full ring has room for the last record") {
  auto ring = make_ring();
  RingReader reader(ring->memory(), ring->data_bytes());
  fill(*ring);
  while (ring->write(SLUICE_EVENT_LOG, 0, "")) continue;
  ring->write_last(SLUICE_EVENT_WORKER_DIED, R"({"reason":"test"})");
  CHECK(read_all(reader).back().type == SLUICE_EVENT_WORKER_DIED);
}

TEST_CASE("event ring: records larger than a quarter of the ring are refused and counted") {
  auto ring = make_ring();
  CHECK_FALSE(ring->write(SLUICE_EVENT_LOG, 0, std::string(kBytes / 4 + 1, 'x')));
  ring->write_state(SLUICE_EVENT_ICE_STATE, 1, std::string(kBytes, 'x'));
  CHECK(ring->counts().oversized == 2);
  CHECK(ring->write(SLUICE_EVENT_LOG, 0, std::string(kBytes / 4, 'x')));
}

TEST_CASE("event ring: the doorbell rings for an armed reader only, once a batch") {
  auto ring = make_ring();
  Bell bell;
  ring->doorbell().attach(Bell::ring, &bell);
  RingReader reader(ring->memory(), ring->data_bytes());

  ring->write_state(SLUICE_EVENT_ICE_STATE, 1, "{}");
  ring->end_of_batch(kStart);
  CHECK(bell.rings == 0);  // Not armed.
  CHECK(ring->arm() == EventRing::Armed::look_again);
  read_all(reader);
  CHECK(ring->arm() == EventRing::Armed::armed);
  ring->end_of_batch(kStart);
  CHECK(bell.rings == 0);  // Nothing new.
  ring->write_state(SLUICE_EVENT_ICE_STATE, 1, "{}");
  ring->write_state(SLUICE_EVENT_ICE_STATE, 2, "{}");
  ring->end_of_batch(kStart);
  CHECK(bell.rings == 1);
  ring->write_state(SLUICE_EVENT_ICE_STATE, 3, "{}");
  ring->end_of_batch(kStart);
  CHECK(bell.rings == 1);  // The reader is on its way.
  ring->doorbell().detach(&bell);
}

TEST_CASE("event ring: logs ring at most once in 200 us, states at once") {
  auto ring = make_ring();
  Bell bell;
  ring->doorbell().attach(Bell::ring, &bell);
  RingReader reader(ring->memory(), ring->data_bytes());
  const auto log = [&](Instant now) {
    read_all(reader);
    REQUIRE(ring->arm() == EventRing::Armed::armed);
    ring->write(SLUICE_EVENT_LOG, 0, "{}");
    ring->end_of_batch(now);
  };
  log(kStart);
  CHECK(bell.rings == 1);
  CHECK(ring->next_timeout() == kNever);
  log(kStart + 50us);
  CHECK(bell.rings == 1);
  CHECK(ring->next_timeout() == kStart + 200us);
  ring->end_of_batch(kStart + 200us);
  CHECK(bell.rings == 2);
  CHECK(ring->next_timeout() == kNever);
  log(kStart + 250us);
  ring->write_state(SLUICE_EVENT_ICE_STATE, 1, "{}");
  ring->end_of_batch(kStart + 251us);
  CHECK(bell.rings == 3);
  CHECK(ring->next_timeout() == kNever);
  ring->doorbell().detach(&bell);
}

TEST_CASE("event ring: a reader that sleeps and a writer that does not wait lose no wake-up") {
  constexpr uint32_t kRecords = 200'000;
  auto ring = make_ring();
  Bell bell;
  ring->doorbell().attach(Bell::ring, &bell);
  std::thread writer([&] {
    for (uint32_t i = 1; i <= kRecords; ++i) {
      // Every state has a target of its own, so that none may be lost.
      ring->write_state(SLUICE_EVENT_ICE_STATE, i, std::to_string(i));
      if (i % 3 == 0) ring->end_of_batch(net::now());
      // Keep what waits small: the reader shares the machine with sanitizers.
      while (ring->counts().written + 1000 < i) ring->end_of_batch(net::now());
    }
    while (ring->counts().written < kRecords) ring->end_of_batch(net::now());
    ring->end_of_batch(net::now());
  });

  RingReader reader(ring->memory(), ring->data_bytes());
  uint32_t expected = 0;
  bool in_order = true;
  while (expected < kRecords) {
    for (Record record; reader.read(record);) {
      ++expected;
      in_order =
          in_order && record.target == expected && record.payload == std::to_string(expected);
    }
    if (expected == kRecords) break;
    uint64_t before;
    {
      const std::lock_guard lock(bell.mutex);
      before = bell.rings;
    }
    if (ring->arm() == EventRing::Armed::look_again) continue;
    std::unique_lock lock(bell.mutex);
    // The limit is there to fail instead of hanging when a wake-up was lost.
    REQUIRE(bell.rang.wait_for(lock, 20s, [&] { return bell.rings > before; }));
  }
  writer.join();
  CHECK(in_order);
  CHECK(bell.rings > 0);
  ring->doorbell().detach(&bell);
}

}  // namespace
}  // namespace sluice::worker
