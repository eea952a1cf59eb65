// The rings of direct transports: order, bounds, what a damaged ring does, and two threads at full
// speed. The test plays the host.
#include "worker/host/direct_channel.h"

#include <doctest/doctest.h>

#include <cstring>
#include <thread>
#include <vector>

#include "sluice.h"
#include "tests/worker/direct_host.h"

using namespace sluice;
using namespace sluice::worker;

namespace {

constexpr uint32_t kBytes = 1 << 16;
struct Opened : DirectChannel {
  Opened() { REQUIRE(open(kBytes)); }
};

struct Scene {
  Opened channel;
  DirectHost host{channel};
};

std::vector<uint8_t> numbered(uint32_t number, size_t size) {
  std::vector<uint8_t> bytes(size, static_cast<uint8_t>(number));
  if (size >= sizeof(number)) memcpy(bytes.data(), &number, sizeof(number));
  return bytes;
}

}  // namespace

TEST_CASE("direct: a channel that is not open has no memory and nothing to tell") {
  DirectChannel channel;
  CHECK(!channel.is_open());
  CHECK(channel.to_engine() == nullptr);
  CHECK(channel.to_host() == nullptr);
  CHECK(channel.data_bytes() == 0);
  CHECK(!channel.take_written());
  CHECK(!channel.waits_for_host());
  REQUIRE(channel.open(kBytes));
  uint8_t* const memory = channel.to_engine();
  REQUIRE(channel.open(2 * kBytes));  // Once.
  CHECK(channel.to_engine() == memory);
  CHECK(channel.data_bytes() == kBytes);
}

TEST_CASE("direct: records of every size keep their bytes and their order, round and round") {
  Scene scene;
  DirectReader& reader = scene.channel.reader();
  DirectWriter& writer = scene.channel.writer();
  for (uint32_t i = 0; i < 2000; ++i) {
    const auto payload = numbered(i, i * 37 % 1501);
    REQUIRE(scene.host.write(1, i, ~i, payload));
    const auto record = reader.next();
    REQUIRE(record);
    CHECK(record->type == 1);
    CHECK(record->target == i);
    CHECK(record->extra == ~i);
    CHECK(
        std::equal(record->payload.begin(), record->payload.end(), payload.begin(), payload.end()));
    REQUIRE(writer.write(2, i, i, record->payload));
    reader.release();
    const auto back = scene.host.read();
    REQUIRE(back);
    CHECK(back->target == i);
    CHECK(back->payload == payload);
  }
  CHECK(!reader.next());
  CHECK(!scene.channel.waits_for_host());
  CHECK(scene.channel.take_written());
  CHECK(!scene.channel.take_written());
}

TEST_CASE("direct: a full ring takes nothing more until it was read, and loses nothing") {
  Scene scene;
  DirectWriter& writer = scene.channel.writer();
  const auto payload = numbered(7, 1000);
  uint32_t written = 0;
  while (writer.write(1, written, 0, payload)) ++written;
  CHECK(written == kBytes / direct_host::rounded(1000));
  CHECK(scene.channel.waits_for_host());
  CHECK(scene.host.read()->target == 0);
  CHECK(writer.write(1, written++, 0, payload));
  CHECK(!writer.write(1, written, 0, payload));
  for (uint32_t i = 1; i < written; ++i) CHECK(scene.host.read()->target == i);

  // A record takes a quarter of the ring at most.
  CHECK(writer.reserve(kBytes / 4 - SLUICE_RECORD_HEADER_BYTES).size() != 0);
  CHECK(writer.reserve(kBytes / 4).empty());
  // What was reserved may turn out shorter.
  const MutableBytes room = writer.reserve(1000);
  room[0] = 42;
  writer.commit(3, 4, 5, 1);
  CHECK(scene.host.read()->payload == std::vector<uint8_t>{42});
}

TEST_CASE("direct: a ring that contradicts itself costs its records, not the worker") {
  Scene scene;
  DirectReader& reader = scene.channel.reader();
  for (const uint32_t size : {UINT32_MAX, uint32_t{1} << 31, kBytes, 100u}) {
    REQUIRE(scene.host.write(1, 1, 0, numbered(1, 16)));
    uint8_t* at = scene.host.in + SLUICE_RING_CONTROL_BYTES +
                  ((scene.host.head - direct_host::rounded(16)) & scene.host.mask);
    memcpy(at, &size, sizeof(size));
    const uint64_t before = reader.damaged();
    CHECK(!reader.next());
    CHECK(reader.damaged() == before + 1);
    reader.release();
    CHECK(!reader.has_records());
  }
  REQUIRE(scene.host.write(1, 9, 0, {}));
  CHECK(reader.next()->target == 9);
}

TEST_CASE("direct: the worker sleeps only over an empty ring, and is woken once") {
  Scene scene;
  DirectReader& reader = scene.channel.reader();
  CHECK(!scene.host.must_wake());
  CHECK(!reader.announce_sleep());
  REQUIRE(scene.host.write(1, 1, 0, {}));
  CHECK(scene.host.must_wake());
  CHECK(!scene.host.must_wake());
  CHECK(reader.announce_sleep());  // There is something: it must not.
  CHECK(!scene.host.must_wake());
  CHECK(reader.next());
  CHECK(!reader.announce_sleep());
  reader.woke_up();
  CHECK(!scene.host.must_wake());
}

TEST_CASE("direct: two threads lose, tear and repeat nothing") {
  Scene scene;
  constexpr uint32_t kRecords = 200'000;
  std::thread worker([&] {
    DirectReader& reader = scene.channel.reader();
    for (uint32_t done = 0; done < kRecords;) {
      const auto record = reader.next();
      if (!record) {
        reader.release();
        std::this_thread::yield();
        continue;
      }
      while (!scene.channel.writer().write(record->type, record->target, record->extra,
                                           record->payload)) {
        std::this_thread::yield();
      }
      if (++done % 32 == 0) reader.release();
    }
    reader.release();
  });
  uint32_t sent = 0;
  uint32_t wrong = 0;
  for (uint32_t received = 0; received < kRecords;) {
    for (int i = 0; i < 16 && sent < kRecords; ++i) {
      if (!scene.host.write(1, sent, ~sent, numbered(sent, sent % 300))) break;
      ++sent;
    }
    const auto record = scene.host.read();
    if (!record) {
      std::this_thread::yield();
      continue;
    }
    const bool is_next = record->target == received && record->extra == ~received &&
                         record->payload == numbered(received, received % 300);
    if (!is_next) ++wrong;
    ++received;
  }
  worker.join();
  CHECK(wrong == 0);
}
