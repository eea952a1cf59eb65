// Grouping: what may share a GSO message and what may not.
#include "net/send_batch.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::net;

namespace {

const Address kA = *parse_ip("192.0.2.1", 1000);
const Address kB = *parse_ip("192.0.2.2", 1000);
constexpr SendSocket kSocket{3, false};

void add(SendBatch& batch, size_t size, const Address& to, SendSocket socket = kSocket) {
  const MutableBytes slot = batch.reserve(size);
  REQUIRE(slot.size() == size);
  std::fill(slot.begin(), slot.end(), static_cast<uint8_t>(batch.datagrams()));
  batch.commit(size, to, socket);
}

// "A6x1200+700": destination, datagrams, size, and the last one's when shorter.
std::string shape(const SendBatch& batch) {
  std::string text;
  for (const auto& group : batch.groups()) {
    const size_t last = group.bytes - size_t{group.segment_bytes} * (group.segments - 1u);
    text += group.destination == kA ? " A" : " B";
    text += std::to_string(group.segments) + "x" + std::to_string(group.segment_bytes);
    if (last != group.segment_bytes) text += "+" + std::to_string(last);
  }
  return text;
}

}  // namespace

TEST_CASE("send batch: consecutive datagrams of one size and destination are one group") {
  SendBatch batch;
  for (int i = 0; i < 5; ++i) add(batch, 1200, kA);
  CHECK(shape(batch) == " A5x1200");
  CHECK(batch.datagrams() == 5);
  CHECK(batch.used() == 6000);
}

TEST_CASE("send batch: a shorter datagram is a group's last, a longer one begins another") {
  SendBatch batch;
  for (const size_t size : {1200, 1200, 700, 1200, 1200, 1300, 700, 700}) add(batch, size, kA);
  CHECK(shape(batch) == " A3x1200+700 A2x1200 A2x1300+700 A1x700");
}

TEST_CASE("send batch: destinations and sockets are never mixed") {
  SendBatch batch;
  add(batch, 100, kA);
  add(batch, 100, kB);
  add(batch, 100, kA);
  add(batch, 100, kA, {4, false});
  add(batch, 100, kA, {4, true});
  Address port = kA;
  port.port = 1001;
  add(batch, 100, port);
  CHECK(batch.groups().size() == 6);
}

TEST_CASE("send batch: a group ends at the kernel's limits") {
  SendBatch small;
  for (size_t i = 0; i < SendBatch::kMaxSegments + 1; ++i) add(small, 100, kA);
  CHECK(shape(small) == " A64x100 A1x100");

  SendBatch large(2 * SendBatch::kMaxGroupBytes);
  for (int i = 0; i < 55; ++i) add(large, 1200, kA);
  CHECK(shape(large) == " A54x1200 A1x1200");
  CHECK(large.groups()[0].bytes <= SendBatch::kMaxGroupBytes);

  SendBatch huge;
  add(huge, SendBatch::kMaxGroupBytes, kA);
  add(huge, 1, kA);
  CHECK(huge.groups().size() == 2);
}

TEST_CASE("send batch: the bytes of a group stand in a row, in order") {
  SendBatch batch;
  add(batch, 3, kA);
  add(batch, 3, kA);
  add(batch, 2, kA);
  add(batch, 4, kB);
  const std::vector<uint8_t> first = {0, 0, 0, 1, 1, 1, 2, 2}, second = {3, 3, 3, 3};
  CHECK(std::ranges::equal(batch.bytes(batch.groups()[0]), first));
  CHECK(std::ranges::equal(batch.bytes(batch.groups()[1]), second));
}

TEST_CASE("send batch: a slot may be used in part or not at all") {
  SendBatch batch;
  uint8_t* const start = batch.reserve(2000).data();
  CHECK(batch.reserve(1500).data() == start);
  batch.commit(100, kA, kSocket);
  CHECK(batch.reserve(1500).data() == start + 100);
  batch.commit(0, kA, kSocket);
  CHECK(batch.datagrams() == 1);
}

TEST_CASE("send batch: a full batch gives no slot until it is cleared, and keeps its memory") {
  SendBatch batch(1000);
  add(batch, 600, kA);
  CHECK(batch.reserve(401).empty());
  uint8_t* const end = batch.reserve(400).data();
  batch.commit(400, kA, kSocket);
  CHECK(batch.reserve(1).empty());
  batch.clear();
  CHECK(batch.empty());
  CHECK(batch.used() == 0);
  CHECK(batch.reserve(1000).data() == end - 600);
}
