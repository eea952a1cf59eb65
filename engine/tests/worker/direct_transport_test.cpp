// A whole worker with direct transports: the test is the application.
#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "tests/capi/ring_reader.h"
#include "tests/worker/direct_host.h"
#include "tests/worker/test_worker.h"

using namespace sluice;
using namespace sluice::worker;

namespace {

constexpr uint32_t kSsrc = 5, kOutSsrc = 1000;

constexpr std::string_view kProduce =
    R"({"kind":"audio","rtpParameters":{"codecs":[{"mimeType":"audio/opus","payloadType":100,)"
    R"("clockRate":48000,"channels":2,"rtcpFeedback":[{"type":"nack","parameter":""}]}],)"
    R"("encodings":[{"ssrc":5}],"rtcp":{"cname":"a"}},"rtpMapping":{"codecs":[{"payloadType":100,)"
    R"("mappedPayloadType":100}],"encodings":[{"ssrc":5,"mappedSsrc":6}]}})";

std::string consume(uint32_t producer) {
  return R"({"producerId":)" + std::to_string(producer) +
         R"(,"kind":"audio","type":"simple","rtpParameters":{"codecs":[{"mimeType":"audio/opus",)"
         R"("payloadType":100,"clockRate":48000,"channels":2,"rtcpFeedback":[{"type":"nack",)"
         R"("parameter":""}]}],"encodings":[{"ssrc":1000}],"rtcp":{"cname":"a"}},)"
         R"("consumableRtpEncodings":[{"ssrc":6}]})";
}

std::vector<uint8_t> packet(uint32_t number, size_t bytes) {
  std::vector<uint8_t> packet(bytes, static_cast<uint8_t>(number));
  packet[0] = 0x80;
  packet[1] = 100;
  store_u16(packet, 2, static_cast<uint16_t>(number));
  store_u32(packet, 4, 960 * number);
  store_u32(packet, 8, kSsrc);
  store_u32(packet, 12, number);
  return packet;
}

struct Scene {
  TestWorker worker;
  uint32_t router = worker.create(SLUICE_WORKER_CREATE_ROUTER, 0);
  uint32_t near = worker.create(SLUICE_ROUTER_CREATE_DIRECT_TRANSPORT, router);
  uint32_t far = worker.create(SLUICE_ROUTER_CREATE_DIRECT_TRANSPORT, router);
  uint32_t producer = worker.create(SLUICE_TRANSPORT_PRODUCE, near, kProduce);
  uint32_t consumer = worker.create(SLUICE_TRANSPORT_CONSUME, far, consume(producer));
  uint32_t data_producer = worker.create(SLUICE_TRANSPORT_PRODUCE_DATA, near);
  uint32_t data_consumer =
      worker.create(SLUICE_TRANSPORT_CONSUME_DATA, far,
                    R"({"dataProducerId":)" + std::to_string(data_producer) + "}");
  DirectHost host{worker.thread().events().direct()};

  void settle() { worker.call(SLUICE_WORKER_PING, 0); }
  void write(uint32_t type, uint32_t target, const std::vector<uint8_t>& payload) {
    if (!host.write(type, target, 53, payload)) {
      settle();
      REQUIRE(host.write(type, target, 53, payload));
    }
    if (host.must_wake()) worker.thread().wake();
  }
  // The next record that is no report; the worker is armed when there is none.
  std::optional<DirectHost::Record> read() {
    while (auto record = host.read()) {
      if (record->type != SLUICE_DIRECT_RTCP) return record;
    }
    return std::nullopt;
  }
};

}  // namespace

TEST_CASE("direct transport: a packet comes out as the consumer's, and again when asked for") {
  Scene scene;
  for (uint32_t i = 1; i <= 3; ++i) scene.write(SLUICE_DIRECT_RTP, scene.producer, packet(i, 100));
  scene.settle();
  std::vector<DirectHost::Record> records;
  while (auto record = scene.read()) records.push_back(*record);
  REQUIRE(records.size() == 3);
  for (uint32_t i = 0; i < 3; ++i) {
    CHECK(records[i].type == SLUICE_DIRECT_RTP);
    CHECK(records[i].target == scene.consumer);
    CHECK(load_u32(records[i].payload, 8) == kOutSsrc);
    CHECK(load_u32(records[i].payload, 12) == i + 1);
  }
  // RFC 4585, 6.2.1: the second is missing.
  std::vector<uint8_t> nack = {0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};
  store_u32(nack, 8, kOutSsrc);
  store_u16(nack, 12, load_u16(records[1].payload, 2));
  scene.write(SLUICE_DIRECT_RTCP, scene.far, nack);
  scene.settle();
  const auto again = scene.read();
  REQUIRE(again);
  CHECK(again->payload == records[1].payload);
  CHECK(scene.worker.counter("packets_resent") == 1);
}

TEST_CASE("direct transport: a flood both ways loses nothing that is not counted") {
  Scene scene;
  constexpr uint32_t kTotal = 30'000;
  uint32_t packets = 0, messages = 0, wrong = 0, last_packet = 0, last_message = 0;
  const auto read_all = [&] {
    while (auto record = scene.read()) {
      const bool is_message = record->type == SLUICE_DIRECT_MESSAGE;
      uint32_t& last = is_message ? last_message : last_packet;
      const uint32_t number = load_u32(record->payload, 12);
      if (number <= last) ++wrong;
      if (record->target != (is_message ? scene.data_consumer : scene.consumer)) ++wrong;
      last = number;
      ++(is_message ? messages : packets);
    }
    scene.worker.thread().arm();
  };
  for (uint32_t i = 1; i <= kTotal; ++i) {
    scene.write(SLUICE_DIRECT_RTP, scene.producer, packet(i, 1200));
    scene.write(SLUICE_DIRECT_MESSAGE, scene.data_producer, packet(i, 200));
    if (i % 1000 < 500) read_all();  // And then it sleeps for a while.
  }
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (messages < kTotal && std::chrono::steady_clock::now() < give_up) read_all();
  scene.settle();
  read_all();
  CHECK(wrong == 0);
  CHECK(messages == kTotal);
  CHECK(packets + scene.worker.counter("drop_direct_packet_full") == kTotal);
  CHECK(scene.worker.counter("packets_received") == kTotal);
  CHECK(scene.worker.counter("messages_forwarded") == kTotal);
}

TEST_CASE("direct transport: what comes for what has closed is dropped and counted") {
  Scene scene;
  scene.write(SLUICE_DIRECT_RTP, scene.producer, packet(1, 100));
  scene.write(SLUICE_DIRECT_MESSAGE, scene.data_producer, packet(1, 100));
  scene.worker.call(SLUICE_TRANSPORT_CLOSE, scene.near);  // After both.
  scene.write(SLUICE_DIRECT_RTP, scene.producer, packet(2, 100));
  scene.write(SLUICE_DIRECT_MESSAGE, scene.data_producer, packet(2, 100));
  scene.write(SLUICE_DIRECT_MESSAGE_TO, scene.data_producer, {1, 2, 3});
  scene.write(SLUICE_DIRECT_RTCP, scene.near, packet(2, 100));
  scene.write(SLUICE_DIRECT_RTP, scene.router, packet(2, 100));  // Of another kind.
  scene.write(99, scene.producer, {});
  scene.settle();
  // Messages need not wait for the end of a turn, as packets do: either may be first.
  const auto one = scene.read(), other = scene.read();
  REQUIRE(other);
  CHECK(one->type + other->type == SLUICE_DIRECT_RTP + SLUICE_DIRECT_MESSAGE);
  CHECK(!scene.read());
  CHECK(scene.worker.counter("drop_direct_unknown") == 6);
  scene.worker.call(SLUICE_ROUTER_CLOSE, scene.router);
  CHECK(scene.worker.counter("packet_slots_in_use") == 0);
}

TEST_CASE("direct transport: a data consumer outlives its producer until its messages are out") {
  Scene scene;
  constexpr uint32_t kTotal = 6000;  // Of 1,000 bytes: more than the ring holds.
  for (uint32_t i = 1; i <= kTotal; ++i) {
    scene.write(SLUICE_DIRECT_MESSAGE, scene.data_producer, packet(i, 1000));
  }
  const bool consumer_goes_first = [] {
    SUBCASE("the consumer closes first") {
      return true;
    }
    SUBCASE("its last message goes first") {
      return false;
    }
    return false;
  }();
  scene.worker.call(SLUICE_TRANSPORT_CLOSE, scene.near);
  const auto dump = [&] {
    return scene.worker.call(SLUICE_DATA_CONSUMER_DUMP, scene.data_consumer);
  };
  CHECK(scene.worker.counter("messages_forwarded") == kTotal);
  CHECK(TestWorker::number(dump(), "bufferedAmount") > 1'000'000);
  CHECK(TestWorker::number(dump(), "dataProducerId") == scene.data_producer);
  CHECK(scene.worker.call(SLUICE_ROUTER_DUMP, scene.router).find("error") == std::string::npos);
  if (consumer_goes_first) scene.worker.call(SLUICE_DATA_CONSUMER_CLOSE, scene.data_consumer);

  EventRing& ring = scene.worker.thread().events();
  test::RingReader events(ring.memory(), ring.data_bytes());
  test::Record event;  // That the data producer closed: with it unread nobody can go to sleep.
  uint32_t messages = 0;
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (dump().find("not found") == std::string::npos || scene.worker.thread().arm()) {
    while (scene.read()) ++messages;
    while (events.read(event)) continue;
    REQUIRE(std::chrono::steady_clock::now() < give_up);
  }
  CHECK(dump().find("not found") != std::string::npos);
  while (scene.read()) ++messages;
  CHECK((messages == kTotal) == !consumer_goes_first);
}

TEST_CASE("direct transport: packets that cannot be packets are dropped and counted") {
  Scene scene;
  const size_t sizes[] = {0, 1, 11, 2025, 4000, 1'000'000};
  for (const size_t size : sizes) {
    scene.write(SLUICE_DIRECT_RTP, scene.producer, std::vector<uint8_t>(size));
    scene.write(SLUICE_DIRECT_RTCP, scene.far, std::vector<uint8_t>(size));
  }
  scene.settle();
  CHECK(scene.worker.counter("drop_rtp_malformed") == std::size(sizes));
  CHECK(!scene.read());
}
