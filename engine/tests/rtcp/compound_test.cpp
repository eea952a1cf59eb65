#include <doctest/doctest.h>

#include <vector>

#include "rtcp/message.h"

namespace sluice::rtcp {
namespace {

using Wire = std::vector<uint8_t>;

Wire joined(std::initializer_list<Wire> parts) {
  Wire whole;
  for (const Wire& part : parts) whole.insert(whole.end(), part.begin(), part.end());
  return whole;
}

const Wire kPli = {0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2};
const Wire kEmptyRr = {0x80, 201, 0, 1, 0, 0, 0, 7};
const Wire kApp = {0x80, 204, 0, 2, 0, 0, 0, 1, 'n', 'a', 'm', 'e'};

TEST_CASE("a compound is walked to its end, or to the first length that lies") {
  struct Row {
    const char* what;
    Wire wire;
    size_t packets;
    bool malformed;
  };
  const Row rows[] = {
      {"nothing", {}, 0, false},
      {"a PLI alone (reduced size)", kPli, 1, false},
      {"two packets", joined({kEmptyRr, kPli}), 2, false},
      {"three bytes", {0x80, 201, 0}, 0, true},
      {"three bytes after a packet", joined({kPli, {0x80, 201, 0}}), 1, true},
      {"version 1", {0x40, 201, 0, 0}, 0, true},
      {"a type that is RTP", {0x80, 96, 0, 0}, 0, true},
      {"type 191", {0x80, 191, 0, 0}, 0, true},
      {"type 192", {0x80, 192, 0, 0}, 1, false},
      {"type 224", {0x80, 224, 0, 0}, 0, true},
      {"a word too long", {0x80, 201, 0, 2, 0, 0, 0, 7}, 0, true},
      {"longest length", {0x80, 201, 0xFF, 0xFF, 0, 0, 0, 7}, 0, true},
      {"padding of four", {0xA0, 201, 0, 2, 0, 0, 0, 7, 0, 0, 0, 4}, 1, false},
      {"padding of one", {0xA0, 201, 0, 2, 0, 0, 0, 7, 0, 0, 0, 1}, 1, false},
      {"padding is the body", {0xA0, 201, 0, 1, 0, 0, 0, 4}, 1, false},
      {"padding beyond the body", {0xA0, 201, 0, 1, 0, 0, 0, 5}, 0, true},
      {"padding of zero", {0xA0, 201, 0, 1, 0, 0, 0, 0}, 0, true},
      {"padding without a body", {0xA0, 201, 0, 0}, 0, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CompoundReader reader(row.wire);
    size_t packets = 0;
    while (reader.next()) ++packets;
    CHECK(packets == row.packets);
    CHECK(reader.malformed() == row.malformed);
    CHECK_FALSE(reader.next());
  }
}

TEST_CASE("a packet's body has neither header nor padding") {
  const Wire wire = {0xA3, 201, 0, 2, 0, 0, 0, 7, 0, 0, 0, 4};
  CompoundReader reader(wire);
  const auto packet = reader.next();
  REQUIRE(packet);
  CHECK(packet->type == 201);
  CHECK(packet->count == 3);
  CHECK(packet->body.size() == 4);
  CHECK(packet->packet.size() == 12);
}

TEST_CASE("messages, ignored ones and malformed ones are told apart and counted") {
  const Wire short_pli = {0x81, 206, 0, 1, 0, 0, 0, 1};
  const Wire sli = {0x82, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0};
  const Wire rpsi = {0x83, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0};
  const Wire unknown = {0x80, 222, 0, 0};
  const Wire wire = joined({kEmptyRr, kApp, short_pli, sli, rpsi, kPli, unknown, {0x80}});
  size_t seen = 0;
  const CompoundCounts counts = for_each_message(wire, [&](const Message& message) {
    ++seen;
    if (seen == 1) CHECK(std::holds_alternative<ReceiverReport>(message));
    if (seen == 2) CHECK(std::get<PictureLoss>(message).media_ssrc == 2);
  });
  CHECK(seen == 2);
  CHECK(counts.messages == 2);
  CHECK(counts.ignored == 4);
  CHECK(counts.malformed == 2);  // The short PLI, and the byte at the end.
}

TEST_CASE("the writer adds whole packets until its limit and never beyond") {
  Wire buffer(64);
  CompoundWriter out(buffer, 30);
  CHECK(out.empty());
  CHECK(PictureLoss{1, 2}.write(out));
  CHECK(PictureLoss{3, 4}.write(out));
  CHECK_FALSE(PictureLoss{5, 6}.write(out));
  CHECK(out.size() == 24);
  CHECK(out.bytes_left() == 6);
  CHECK(Wire(buffer.begin(), buffer.begin() + 12) == kPli);
  for (size_t i = 24; i < buffer.size(); ++i) CHECK(buffer[i] == 0);
  out.clear();
  CHECK(out.empty());
  CHECK(PictureLoss{5, 6}.write(out));
}

TEST_CASE("a body that is no whole number of words gets padding") {
  Wire buffer(16, 0xEE);
  CompoundWriter out(buffer);
  const auto body = out.add(kTypeApp, 1, 5);
  REQUIRE(body);
  CHECK(body->size() == 5);
  std::fill(body->begin(), body->end(), uint8_t{9});
  CHECK(Wire(buffer.begin(), buffer.begin() + 12) == Wire{0xA1, 204, 0, 2, 9, 9, 9, 9, 9, 0, 0, 3});
  CHECK_FALSE(out.add(kTypeApp, 32, 0));
  CHECK(out.add(kTypeApp, 31, 0));
}

}  // namespace
}  // namespace sluice::rtcp
