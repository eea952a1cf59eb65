#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "rtcp/message.h"

namespace sluice::rtcp {
namespace {

using Wire = std::vector<uint8_t>;

std::optional<Message> parse_one(Bytes wire) {
  CompoundReader reader(wire);
  const auto packet = reader.next();
  if (!packet) return std::nullopt;
  return parse_message(*packet);
}

template <typename T>
T parse_as(Bytes wire) {
  const auto message = parse_one(wire);
  REQUIRE(message);
  REQUIRE(std::holds_alternative<T>(*message));
  return std::get<T>(*message);
}

const Wire kSr = {0x81, 200,  0,    12,     //
                  1,    2,    3,    4,      // SSRC.
                  0xDD, 0x3A, 0xC1, 0xB4,   // NTP seconds.
                  0x76, 0x54, 0x15, 0x71,   // NTP fraction.
                  0x00, 0x08, 0xCF, 0x00,   // RTP timestamp.
                  0x00, 0x00, 0x0E, 0x18,   // Packets.
                  0x00, 0x08, 0xCF, 0x00,   // Octets.
                  5,    6,    7,    8,      // Block: SSRC.
                  0x40, 0xFF, 0xFF, 0xFE,   // A quarter lost; -2 in all.
                  0x00, 0x01, 0x9F, 0x08,   // Highest sequence.
                  0x00, 0x00, 0x02, 0x05,   // Jitter.
                  0xC1, 0xB4, 0x76, 0x54,   // LSR.
                  0x00, 0x01, 0x80, 0x00};  // DLSR 1.5 s.

TEST_CASE("a sender report is read and written to the byte") {
  const auto report = parse_as<SenderReport>(kSr);
  CHECK(report.ssrc == 0x01020304);
  CHECK(report.ntp.compact() == 0xC1B47654);
  CHECK(report.rtp_timestamp == 0x0008CF00);
  CHECK(report.packets == 0x0E18);
  CHECK(report.octets == 0x0008CF00);
  REQUIRE(report.blocks.size() == 1);
  const ReportBlock block = report.blocks[0];
  CHECK(block.ssrc == 0x05060708);
  CHECK(block.fraction_lost == 64);
  CHECK(block.cumulative_lost == -2);
  CHECK(block.highest_sequence == 0x19F08);
  CHECK(block.jitter == 0x205);
  CHECK(block.last_sr == 0xC1B47654);
  CHECK(block.delay_since_last_sr == 0x18000);

  Wire buffer(kCompoundBytesMax);
  CompoundWriter out(buffer);
  CHECK(report.write(out, std::span(&block, 1)));
  CHECK(Wire(out.bytes().begin(), out.bytes().end()) == kSr);
}

TEST_CASE("a report whose count is more than its body is refused, a profile's extension is not") {
  Wire longer = kSr;
  longer[0] = 0x82;
  CHECK_FALSE(parse_one(longer));
  Wire fewer = kSr;
  fewer[0] = 0x80;  // The block's bytes become an extension.
  CHECK(parse_as<SenderReport>(fewer).blocks.size() == 0);
  CHECK_FALSE(
      parse_one(Wire{0x80, 200, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
  CHECK_FALSE(parse_one(Wire{0x80, 201, 0, 0}));
  CHECK_FALSE(parse_one(Wire{0x81, 201, 0, 1, 0, 0, 0, 1}));
}

TEST_CASE("cumulative loss is clamped to its 24 bits") {
  struct Row {
    int32_t lost;
    int32_t expected;
  };
  const Row rows[] = {{0, 0},
                      {-1, -1},
                      {0x7FFFFF, 0x7FFFFF},
                      {0x800000, 0x7FFFFF},
                      {-0x800000, -0x800000},
                      {-0x800001, -0x800000}};
  for (const Row& row : rows) {
    Wire bytes(kReportBlockBytes);
    ReportBlock block;
    block.cumulative_lost = row.lost;
    store_report_block(bytes, block);
    CHECK(load_report_block(bytes).cumulative_lost == row.expected);
  }
}

TEST_CASE("a receiver report takes 31 blocks and no more") {
  std::vector<ReportBlock> blocks(32);
  for (size_t i = 0; i < blocks.size(); ++i) blocks[i].ssrc = static_cast<uint32_t>(i);
  Wire buffer(kCompoundBytesMax);
  CompoundWriter out(buffer);
  CHECK_FALSE(ReceiverReport{9, {}}.write(out, blocks));
  CHECK(out.empty());
  CHECK(ReceiverReport{9, {}}.write(out, std::span(blocks).first(31)));
  const auto report = parse_as<ReceiverReport>(out.bytes());
  CHECK(report.ssrc == 9);
  REQUIRE(report.blocks.size() == 31);
  CHECK(report.blocks[30].ssrc == 30);
}

TEST_CASE("CNAMEs are found among other items and chunks") {
  const Wire wire = {0x82, 202, 0,   6,                  //
                     0,    0,   0,   1,                  //
                     2,    1,   'x', 1, 2, 'a', 'b', 0,  // NAME, CNAME, end.
                     0,    0,   0,   2,                  //
                     0,    0,   0,   0};                 // No items.
  Wire sized = wire;
  sized[3] = static_cast<uint8_t>(sized.size() / 4 - 1);
  const auto description = parse_as<SourceDescription>(sized);
  std::vector<std::pair<uint32_t, std::string>> seen;
  description.for_each(
      [&](const SourceDescription::Chunk& chunk) { seen.emplace_back(chunk.ssrc, chunk.cname); });
  REQUIRE(seen.size() == 2);
  CHECK(seen[0] == std::pair<uint32_t, std::string>{1, "ab"});
  CHECK(seen[1] == std::pair<uint32_t, std::string>{2, ""});
}

TEST_CASE("source descriptions that leave their packet are refused") {
  struct Row {
    const char* what;
    Wire wire;
    bool good;
  };
  const Row rows[] = {
      {"no chunk", {0x80, 202, 0, 0}, true},
      {"a chunk that is not there", {0x81, 202, 0, 0}, false},
      {"a chunk without an end", {0x81, 202, 0, 1, 0, 0, 0, 1}, false},
      {"an item that fills the packet", {0x81, 202, 0, 2, 0, 0, 0, 1, 1, 2, 'a', 'b'}, false},
      {"an item that leaves it", {0x81, 202, 0, 2, 0, 0, 0, 1, 1, 3, 'a', 'b'}, false},
      {"an item without its length", {0x81, 202, 0, 2, 0, 0, 0, 1, 1, 1, 'a', 1}, false},
      {"one that ends", {0x81, 202, 0, 2, 0, 0, 0, 1, 1, 1, 'a', 0}, true},
      {"two chunks, one there", {0x82, 202, 0, 2, 0, 0, 0, 1, 1, 1, 'a', 0}, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(parse_one(row.wire).has_value() == row.good);
  }
}

TEST_CASE("a written CNAME ends with zeros to the word and is read back") {
  for (size_t size = 1; size <= 255; ++size) {
    const std::string cname(size, 'c');
    Wire buffer(512, 0xEE);
    CompoundWriter out(buffer);
    REQUIRE(SourceDescription::write(out, 77, cname));
    CHECK(out.size() % 4 == 0);
    CHECK((out.bytes()[0] & 0x20) == 0);
    size_t chunks = 0;
    parse_as<SourceDescription>(out.bytes()).for_each([&](const auto& chunk) {
      ++chunks;
      CHECK(chunk.ssrc == 77);
      CHECK(chunk.cname == cname);
    });
    CHECK(chunks == 1);
  }
  Wire buffer(512);
  CompoundWriter out(buffer);
  CHECK_FALSE(SourceDescription::write(out, 77, ""));
  CHECK_FALSE(SourceDescription::write(out, 77, std::string(256, 'c')));
}

TEST_CASE("a goodbye has its SSRCs and its reason") {
  Wire buffer(128);
  CompoundWriter out(buffer);
  const uint32_t ssrcs[] = {1, 0xFFFFFFFF};
  REQUIRE(Bye::write(out, ssrcs, "gone"));
  const auto bye = parse_as<Bye>(out.bytes());
  REQUIRE(bye.ssrcs.size() == 2);
  CHECK(bye.ssrcs[1] == 0xFFFFFFFF);
  CHECK(bye.reason == "gone");
  CHECK(parse_as<Bye>(Wire{0x80, 203, 0, 0}).ssrcs.size() == 0);
  CHECK_FALSE(parse_one(Wire{0x82, 203, 0, 1, 0, 0, 0, 1}));
  CHECK_FALSE(parse_one(Wire{0x80, 203, 0, 1, 4, 'a', 'b', 'c'}));
}

TEST_CASE("extended reports carry a reference time and DLRR, other blocks are skipped") {
  Wire buffer(256);
  CompoundWriter out(buffer);
  const DlrrBlock blocks[] = {{1, 2, 3}, {4, 5, 6}};
  REQUIRE(ExtendedReport::write(out, 42, NtpTime{7, 8}, blocks));
  const auto report = parse_as<ExtendedReport>(out.bytes());
  CHECK(report.ssrc == 42);
  CHECK(report.reference_time == NtpTime{7, 8});
  REQUIRE(report.dlrr.size() == 2);
  CHECK(report.dlrr[1].ssrc == 4);
  CHECK(report.dlrr[1].last_rr == 5);
  CHECK(report.dlrr[1].delay_since_last_rr == 6);

  // A statistics summary (6) of one word, then a DLRR of one.
  const Wire skipped = {0x80, 207, 0, 7, 0, 0, 0, 1, 6, 0, 0, 1, 9, 9, 9, 9,
                        5,    0,   0, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4};
  CHECK(parse_as<ExtendedReport>(skipped).dlrr.size() == 1);
  CHECK_FALSE(parse_as<ExtendedReport>(skipped).reference_time);
}

TEST_CASE("extended reports whose blocks lie are refused") {
  struct Row {
    const char* what;
    Wire wire;
    bool good;
  };
  const Row rows[] = {
      {"no SSRC", {0x80, 207, 0, 0}, false},
      {"no block", {0x80, 207, 0, 1, 0, 0, 0, 1}, true},
      {"a block longer than the packet", {0x80, 207, 0, 2, 0, 0, 0, 1, 6, 0, 0, 1}, false},
      {"a reference time of a word", {0x80, 207, 0, 3, 0, 0, 0, 1, 4, 0, 0, 1, 0, 0, 0, 0}, false},
      {"a DLRR of a word", {0x80, 207, 0, 3, 0, 0, 0, 1, 5, 0, 0, 1, 0, 0, 0, 0}, false},
      {"an empty DLRR", {0x80, 207, 0, 2, 0, 0, 0, 1, 5, 0, 0, 0}, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(parse_one(row.wire).has_value() == row.good);
  }
}

}  // namespace
}  // namespace sluice::rtcp
