// Messages of direct transports: whom they name, and what becomes of them when the host sleeps.
#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "sluice.h"
#include "worker/host/direct_channel.h"
#include "worker/objects/data_message.h"

using namespace sluice;
using namespace sluice::worker;

namespace {

constexpr uint32_t kBytes = 1 << 16;

std::atomic_ref<uint32_t> word(const DirectChannel& channel, uint32_t at) {
  return std::atomic_ref(*reinterpret_cast<uint32_t*>(channel.to_host() + at));
}

// The first word of each record that waits for the host, which then has read it.
std::vector<uint32_t> read_all(const DirectChannel& channel) {
  std::vector<uint32_t> numbers;
  uint32_t tail = word(channel, 64).load();
  while (tail != word(channel, 0).load()) {
    const uint8_t* record =
        channel.to_host() + SLUICE_RING_CONTROL_BYTES + (tail & (channel.data_bytes() - 1));
    uint32_t header[5];
    memcpy(header, record, sizeof(header));
    numbers.push_back(header[4]);
    tail += (SLUICE_RECORD_HEADER_BYTES + header[0] + 7) & ~7u;
  }
  word(channel, 64).store(tail);
  return numbers;
}

struct Receiver {
  void note_delivered(size_t bytes) { delivered += bytes; }
  size_t delivered = 0;
};

std::vector<uint8_t> numbered(uint32_t number, size_t size) {
  std::vector<uint8_t> bytes(size);
  memcpy(bytes.data(), &number, sizeof(number));
  return bytes;
}

}  // namespace

TEST_CASE("direct messages: an address is read as it was written, or refused whole") {
  struct Row {
    const char* name;
    std::vector<uint8_t> payload;
    bool is_right;
    size_t subchannels;
    std::optional<uint16_t> required, ignored;
    size_t message_bytes;
  };
  const Row rows[] = {
      {"nothing", {}, false, 0, {}, {}, 0},
      {"cut head", {0, 0, 0, 0, 0, 0, 0}, false, 0, {}, {}, 0},
      {"for everybody", {0, 0, 0, 0, 0, 0, 0, 0, 'x'}, true, 0, {}, {}, 1},
      {"empty message", {0, 0, 0, 0, 0, 0, 0, 0}, true, 0, {}, {}, 0},
      {"one, padded", {1, 0, 0, 0, 0, 0, 0, 0, 7, 1, 0, 0, 'x', 'y'}, true, 1, {}, {}, 2},
      {"one, cut", {1, 0, 0, 0, 0, 0, 0, 0, 7, 1}, false, 0, {}, {}, 0},
      {"many, not there", {255, 255, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}, false, 0, {}, {}, 0},
      {"required", {0, 0, 1, 0, 2, 1, 9, 9, 'x'}, true, 0, uint16_t{258}, {}, 1},
      {"ignored", {0, 0, 2, 0, 9, 9, 255, 255}, true, 0, {}, uint16_t{65535}, 0},
      {"both", {0, 0, 3, 0, 1, 0, 2, 0}, true, 0, uint16_t{1}, uint16_t{2}, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto message = DataMessage::parse_addressed(51, row.payload, row.payload);
    REQUIRE(message.has_value() == row.is_right);
    if (!message) continue;
    CHECK(message->ppid == 51);
    CHECK(message->subchannels.size() == 2 * row.subchannels);
    CHECK(message->required_subchannel == row.required);
    CHECK(message->ignored_subchannel == row.ignored);
    CHECK(message->bytes.size() == row.message_bytes);
  }
}

TEST_CASE("direct messages: what finds no room waits, in order, and later ones behind it") {
  DirectChannel channel;
  REQUIRE(channel.open(kBytes));
  using Sent = DirectChannel::Sent;
  uint32_t sent = 0;
  while (channel.send_message(1, 51, numbered(sent, 1000)) == Sent::written) ++sent;
  CHECK(channel.keeps_messages());
  const uint32_t in_ring = sent++;
  // A small one would find room, but its turn has not come.
  CHECK(channel.send_message(2, 51, numbered(sent++, 4)) == Sent::kept);
  CHECK(channel.send_message(1, 51, numbered(sent++, 1000)) == Sent::kept);

  Receiver receiver;
  const auto only_1 = [&](uint32_t target) { return target == 1 ? &receiver : nullptr; };
  channel.flush_backlog(only_1);  // Still no room.
  CHECK(receiver.delivered == 0);
  CHECK(channel.keeps_messages());
  std::vector<uint32_t> numbers = read_all(channel);
  CHECK(numbers.size() == in_ring);

  // The one of the data consumer that is gone is forgotten.
  channel.flush_backlog(only_1);
  CHECK(receiver.delivered == 2000);
  CHECK(!channel.keeps_messages());
  CHECK(read_all(channel) == std::vector<uint32_t>{in_ring, in_ring + 2});
  CHECK(channel.send_message(1, 51, numbered(9, 8)) == Sent::written);
}

TEST_CASE("direct messages: what waits has a limit") {
  DirectChannel channel;
  REQUIRE(channel.open(kBytes));
  using Sent = DirectChannel::Sent;
  const std::vector<uint8_t> message(10'000);
  size_t kept = 0;
  Sent last = Sent::written;
  while (last != Sent::dropped) {
    last = channel.send_message(1, 51, message);
    if (last == Sent::kept) kept += message.size();
  }
  CHECK(kept < DirectChannel::kBacklogBytesMax);
  CHECK(kept > DirectChannel::kBacklogBytesMax * 9 / 10);
  while (channel.keeps_messages()) {
    read_all(channel);
    channel.flush_backlog([](uint32_t) { return static_cast<Receiver*>(nullptr); });
  }
  CHECK(channel.send_message(1, 51, message) == Sent::written);
}
