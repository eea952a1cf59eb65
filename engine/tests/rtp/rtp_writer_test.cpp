#include "rtp/rtp_writer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "rtp/rtx.h"

namespace sluice::rtp {
namespace {

using Wire = std::vector<uint8_t>;

const HeaderFields kFields = {.ssrc = 0x01020304,
                              .timestamp = 0xDEADBEEF,
                              .sequence = 0xFFFF,
                              .payload_type = 111,
                              .marker = true};

Wire text(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}
Wire text(std::string_view chars) {
  return {chars.begin(), chars.end()};
}

// A received packet with the given elements, all under their kind's number plus one.
struct Source {
  ExtensionIds ids;
  Wire wire = Wire(512);

  explicit Source(std::initializer_list<std::pair<ExtensionKind, Wire>> values) {
    std::vector<ExtensionItem> items;
    for (const auto& [kind, value] : values) {
      const auto id = static_cast<uint8_t>(static_cast<uint8_t>(kind) + 1);
      ids.set(kind, id);
      items.push_back({id, value});
    }
    const size_t size = write_header(wire, {}, items);
    REQUIRE(size > 0);
    wire.resize(size);
  }
  RtpView view() const { return *RtpView::parse(wire, ids); }
};

TEST_CASE("a header without extensions is twelve bytes") {
  Wire slot(64, 0xAA);
  REQUIRE(write_header(slot, kFields) == 12);
  CHECK(text(Bytes(slot).first(12)) ==
        Wire{0x80, 0xEF, 0xFF, 0xFF, 0xDE, 0xAD, 0xBE, 0xEF, 1, 2, 3, 4});
  CHECK(slot[12] == 0xAA);
}

TEST_CASE("the one-byte form is taken when all fits it") {
  Wire slot(64);
  const Wire mid = text("v0");
  const Wire level = {0x8A};
  const ExtensionItem items[] = {{1, mid}, {14, level}};
  REQUIRE(write_header(slot, kFields, items) == 24);
  CHECK(slot[0] == 0x90);
  CHECK(text(Bytes(slot).subspan(12, 12)) ==
        Wire{0xBE, 0xDE, 0, 2, 0x11, 'v', '0', 0xE0, 0x8A, 0, 0, 0});
}

TEST_CASE("a high id, an empty value or a long one takes the two-byte form") {
  struct Row {
    const char* what;
    uint8_t id;
    size_t value_bytes;
    bool two;
  };
  const Row rows[] = {
      {"id 14, one byte", 14, 1, false},
      {"id 14, sixteen bytes", 14, 16, false},
      {"id 15", 15, 1, true},
      {"id 255", 255, 1, true},
      {"seventeen bytes", 1, 17, true},
      {"255 bytes", 1, 255, true},
      {"no bytes", 1, 0, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Wire slot(512);
    const Wire value(row.value_bytes, 0x5A);
    const ExtensionItem items[] = {{row.id, value}};
    const size_t size = write_header(slot, kFields, items);
    REQUIRE(size > 0);
    CHECK(load_u16(slot, 12) == (row.two ? 0x1000 : 0xBEDE));

    ExtensionIds ids;
    ids.set(ExtensionKind::mid, row.id);
    const auto view = RtpView::parse(Bytes(slot).first(size), ids);
    REQUIRE(view);
    CHECK(view->has(ExtensionKind::mid));
    CHECK(text(view->extension(ExtensionKind::mid)) == value);
  }
}

TEST_CASE("items that cannot be written are left out") {
  Wire slot(512);
  const Wire too_long(256, 1);
  const Wire fine = {1};
  const ExtensionItem items[] = {{0, fine}, {1, too_long}};
  CHECK(write_header(slot, kFields, items) == 12);
}

TEST_CASE("a slot that is a byte too small gets nothing") {
  const Wire value = {1, 2, 3};
  const ExtensionItem items[] = {{1, value}};
  Wire fits(20);
  CHECK(write_header(fits, kFields, items) == 20);
  Wire small(19);
  CHECK(write_header(small, kFields, items) == 0);
  Wire smaller(11);
  CHECK(write_header(smaller, kFields) == 0);
}

TEST_CASE("CSRCs follow the fixed header, in whole words") {
  Wire slot(128);
  const Wire csrcs = {1, 1, 1, 1, 2, 2, 2, 2, 9, 9};
  HeaderFields fields = kFields;
  fields.csrcs = csrcs;
  REQUIRE(write_header(slot, fields) == 20);
  const auto view = RtpView::parse(Bytes(slot).first(20), {});
  REQUIRE(view);
  CHECK(text(view->csrcs()) == Wire{1, 1, 1, 1, 2, 2, 2, 2});
}

TEST_CASE("a plan copies what the packet has, adds its own and leaves room for stamps") {
  HeaderPlan plan;
  CHECK(plan.empty());
  CHECK(plan.stamp_abs_send_time(4));
  CHECK(plan.stamp_transport_cc(5));
  CHECK(plan.constant(1, text("7")));
  CHECK(plan.copy(ExtensionKind::audio_level, 10));
  CHECK(plan.copy(ExtensionKind::video_orientation, 11));
  CHECK_FALSE(plan.empty());

  const Source source({{ExtensionKind::mid, text("theirs")},
                       {ExtensionKind::audio_level, {0x85}},
                       {ExtensionKind::abs_send_time, {1, 2, 3}}});
  Wire slot(128);
  const WrittenHeader written = plan.write(slot, kFields, source.view());
  REQUIRE(written);
  write_abs_send_time(MutableBytes(slot).subspan(written.abs_send_time_at), 0x0A0B0C);
  write_transport_cc(MutableBytes(slot).subspan(written.transport_cc_at), 0x1234);

  ExtensionIds ids;
  ids.set(ExtensionKind::mid, 1);
  ids.set(ExtensionKind::abs_send_time, 4);
  ids.set(ExtensionKind::transport_cc, 5);
  ids.set(ExtensionKind::audio_level, 10);
  ids.set(ExtensionKind::video_orientation, 11);
  const auto view = RtpView::parse(Bytes(slot).first(written.bytes), ids);
  REQUIRE(view);
  CHECK(view->ssrc() == kFields.ssrc);
  CHECK(view->sequence() == kFields.sequence);
  CHECK(load_u16(slot, 12) == 0xBEDE);
  CHECK(text(view->extension(ExtensionKind::mid)) == text("7"));
  CHECK(text(view->extension(ExtensionKind::abs_send_time)) == Wire{0x0A, 0x0B, 0x0C});
  CHECK(text(view->extension(ExtensionKind::transport_cc)) == Wire{0x12, 0x34});
  CHECK(text(view->extension(ExtensionKind::audio_level)) == Wire{0x85});
  CHECK_FALSE(view->has(ExtensionKind::video_orientation));
}

TEST_CASE("one long copied value turns a whole header into the two-byte form, stamps included") {
  HeaderPlan plan;
  CHECK(plan.stamp_transport_cc(5));
  CHECK(plan.constant(1, text("7")));
  CHECK(plan.stamp_abs_send_time(4));
  CHECK(plan.copy(ExtensionKind::dependency_descriptor, 12));
  const Wire descriptor(40, 0x33);
  const Source source({{ExtensionKind::dependency_descriptor, descriptor}});

  Wire slot(128);
  const WrittenHeader written = plan.write(slot, kFields, source.view());
  REQUIRE(written);
  CHECK(load_u16(slot, 12) == 0x1000);
  write_transport_cc(MutableBytes(slot).subspan(written.transport_cc_at), 0xFEDC);
  write_abs_send_time(MutableBytes(slot).subspan(written.abs_send_time_at), 0x010203);

  ExtensionIds ids;
  ids.set(ExtensionKind::mid, 1);
  ids.set(ExtensionKind::abs_send_time, 4);
  ids.set(ExtensionKind::transport_cc, 5);
  ids.set(ExtensionKind::dependency_descriptor, 12);
  const auto view = RtpView::parse(Bytes(slot).first(written.bytes), ids);
  REQUIRE(view);
  CHECK(text(view->extension(ExtensionKind::dependency_descriptor)) == descriptor);
  CHECK(text(view->extension(ExtensionKind::transport_cc)) == Wire{0xFE, 0xDC});
  CHECK(text(view->extension(ExtensionKind::abs_send_time)) == Wire{1, 2, 3});
  CHECK(text(view->extension(ExtensionKind::mid)) == text("7"));
}

TEST_CASE("a plan with a high id always takes the two-byte form") {
  HeaderPlan plan;
  CHECK(plan.stamp_transport_cc(20));
  Wire slot(64);
  const WrittenHeader written = plan.write(slot, kFields);
  REQUIRE(written);
  CHECK(written.bytes == 20);
  CHECK(written.transport_cc_at == 18);
  CHECK(text(Bytes(slot).subspan(12, 8)) == Wire{0x10, 0, 0, 1, 20, 2, 0, 0});
}

TEST_CASE("values that differ from packet to packet come last") {
  HeaderPlan plan;
  CHECK(plan.constant(1, text("7")));
  const Wire time = {1, 2, 3, 4, 5, 6, 7, 8};
  const ExtensionItem extra[] = {{13, time}};
  Wire slot(64);
  const WrittenHeader written = plan.write(slot, kFields, extra);
  REQUIRE(written);
  CHECK(text(Bytes(slot).subspan(12, written.bytes - 12)) ==
        Wire{0xBE, 0xDE, 0, 3, 0x10, '7', 0xD7, 1, 2, 3, 4, 5, 6, 7, 8, 0});
}

TEST_CASE("a plan refuses what has no id, no value or no room") {
  HeaderPlan plan;
  CHECK_FALSE(plan.copy(ExtensionKind::mid, 0));
  CHECK_FALSE(plan.constant(0, text("x")));
  CHECK_FALSE(plan.constant(1, {}));
  CHECK_FALSE(plan.constant(1, Wire(HeaderPlan::kPrefixBytesMax, 1)));
  CHECK_FALSE(plan.stamp_transport_cc(0));
  CHECK(plan.empty());

  CHECK(plan.constant(1, Wire(HeaderPlan::kPrefixBytesMax - 2, 1)));
  CHECK_FALSE(plan.stamp_transport_cc(2));
}

TEST_CASE("a later copy of the same kind takes the place of the first") {
  HeaderPlan plan;
  CHECK(plan.copy(ExtensionKind::audio_level, 3));
  CHECK(plan.copy(ExtensionKind::audio_level, 4));
  const Source source({{ExtensionKind::audio_level, {0x11}}});
  Wire slot(64);
  const WrittenHeader written = plan.write(slot, kFields, source.view());
  REQUIRE(written.bytes == 20);
  CHECK(text(Bytes(slot).subspan(16, 4)) == Wire{0x40, 0x11, 0, 0});
}

TEST_CASE("padding ends with its own count") {
  Wire room(8, 0xFF);
  CHECK(write_padding(room, 4));
  CHECK(room == Wire{0, 0, 0, 4, 0xFF, 0xFF, 0xFF, 0xFF});
  CHECK_FALSE(write_padding(room, 0));
  CHECK_FALSE(write_padding(room, 9));
}

TEST_CASE("RTX carries the original sequence number before the payload") {
  Wire room(16);
  const Wire payload = {9, 8, 7};
  REQUIRE(pack_rtx(room, 0xABCD, payload) == 5);
  CHECK(text(Bytes(room).first(5)) == Wire{0xAB, 0xCD, 9, 8, 7});
  const auto content = unpack_rtx(Bytes(room).first(5));
  REQUIRE(content);
  CHECK(content->original_sequence == 0xABCD);
  CHECK(text(content->payload) == payload);

  Wire small(4);
  CHECK(pack_rtx(small, 1, payload) == 0);
  CHECK_FALSE(unpack_rtx({}));
  CHECK_FALSE(unpack_rtx(Bytes(room).first(1)));
  CHECK(unpack_rtx(Bytes(room).first(2))->payload.empty());
}

TEST_CASE("an unwrapped RTX packet looks like the original") {
  Wire wire(64);
  const Wire level = {0x7F};
  const ExtensionItem items[] = {{2, level}};
  size_t size = write_header(wire, kFields, items);
  size += pack_rtx(MutableBytes(wire).subspan(size), 77, Wire{5, 6});
  ExtensionIds ids;
  ids.set(ExtensionKind::audio_level, 2);
  const auto rtx = RtpView::parse(Bytes(wire).first(size), ids);
  REQUIRE(rtx);

  const auto original = unwrap_rtx(*rtx, 4444, 96);
  REQUIRE(original);
  CHECK(original->ssrc() == 4444);
  CHECK(original->payload_type() == 96);
  CHECK(original->sequence() == 77);
  CHECK(original->timestamp() == kFields.timestamp);
  CHECK(original->marker());
  CHECK(text(original->payload()) == Wire{5, 6});
  CHECK(text(original->extension(ExtensionKind::audio_level)) == level);
}

}  // namespace
}  // namespace sluice::rtp
