#include "rtp/rtp_view.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "rtp/extension_uri.h"

namespace sluice::rtp {
namespace {

using Wire = std::vector<uint8_t>;

ExtensionIds some_ids() {
  ExtensionIds ids;
  ids.set(ExtensionKind::mid, 1);
  ids.set(ExtensionKind::abs_send_time, 2);
  ids.set(ExtensionKind::transport_cc, 3);
  ids.set(ExtensionKind::audio_level, 14);
  ids.set(ExtensionKind::dependency_descriptor, 200);
  return ids;
}

Wire joined(Wire head, const Wire& tail) {
  head.insert(head.end(), tail.begin(), tail.end());
  return head;
}

// V=2 with the given flag bits, PT 96 and marker, seq 0x1234, timestamp and SSRC as shown.
Wire header(uint8_t flags) {
  return {static_cast<uint8_t>(0x80 | flags), 0xE0, 0x12, 0x34, 0xDE, 0xAD, 0xBE, 0xEF, 1, 2, 3, 4};
}

Wire text(Bytes bytes) {
  return {bytes.begin(), bytes.end()};
}

TEST_CASE("a plain packet gives its fields and its payload") {
  const Wire wire = joined(header(0), {9, 8, 7});
  const auto view = RtpView::parse(wire, {});
  REQUIRE(view);
  CHECK(view->marker());
  CHECK(view->payload_type() == 96);
  CHECK(view->sequence() == 0x1234);
  CHECK(view->timestamp() == 0xDEADBEEF);
  CHECK(view->ssrc() == 0x01020304);
  CHECK(text(view->payload()) == Wire{9, 8, 7});
  CHECK(view->padding_bytes() == 0);
  CHECK(view->csrcs().empty());
  CHECK(view->packet().size() == wire.size());
  CHECK_FALSE(view->is_padding_only());
  CHECK_FALSE(view->has(ExtensionKind::mid));
  CHECK(view->extension(ExtensionKind::mid).empty());
}

TEST_CASE("lengths that lie are refused, those beside them are not") {
  struct Row {
    const char* what;
    Wire wire;
    bool good;
  };
  const Row rows[] = {
      {"nothing", {}, false},
      {"eleven bytes", joined({0x80}, Wire(10, 0)), false},
      {"header alone", header(0), true},
      {"version 1", joined({0x40}, Wire(11, 0)), false},
      {"version 3", joined({0xC0}, Wire(11, 0)), false},
      {"two CSRCs", joined(header(2), Wire(8, 1)), true},
      {"two CSRCs, seven bytes", joined(header(2), Wire(7, 1)), false},
      {"fifteen CSRCs", joined(header(15), Wire(60, 1)), true},
      {"extension without its head", joined(header(0x10), {0xBE, 0xDE, 0}), false},
      {"empty extension block", joined(header(0x10), {0xBE, 0xDE, 0, 0}), true},
      {"block of a word", joined(header(0x10), {0xBE, 0xDE, 0, 1, 0, 0, 0, 0}), true},
      {"block longer than the packet", joined(header(0x10), {0xBE, 0xDE, 0, 2, 0, 0, 0, 0}), false},
      {"one-byte element fills it", joined(header(0x10), {0xBE, 0xDE, 0, 1, 0x22, 1, 2, 3}), true},
      {"one-byte element leaves it", joined(header(0x10), {0xBE, 0xDE, 0, 1, 0x23, 1, 2, 3}), true},
      {"two-byte element fills it", joined(header(0x10), {0x10, 0, 0, 1, 2, 2, 1, 2}), true},
      {"two-byte element leaves it", joined(header(0x10), {0x10, 0, 0, 1, 2, 3, 1, 2}), true},
      {"two-byte element without size", joined(header(0x10), {0x10, 0, 0, 1, 0, 0, 0, 2}), true},
      {"private profile, any bytes", joined(header(0x10), {0xAB, 0xCD, 0, 1, 2, 99, 1, 2}), true},
      {"padding of one", joined(header(0x20), {5, 1}), true},
      {"padding of zero", joined(header(0x20), {5, 0}), false},
      {"padding is all", joined(header(0x20), {0, 0, 3}), true},
      {"padding beyond the payload", joined(header(0x20), {0, 0, 4}), false},
      {"padding without a payload", header(0x20), false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(RtpView::parse(row.wire, some_ids()).has_value() == row.good);
  }
}

TEST_CASE("an extension that leaves its block costs what follows it, not the packet") {
  const Wire one_byte =
      joined(joined(header(0x10), {0xBE, 0xDE, 0, 2, 0x10, '7', 0x2F, 1, 1, 1, 1, 1}), {9, 8});
  const Wire two_byte =
      joined(joined(header(0x10), {0x10, 0, 0, 2, 1, 1, '7', 2, 90, 1, 1, 1}), {9, 8});
  ExtensionIds ids;
  ids.set(ExtensionKind::mid, 1);
  ids.set(ExtensionKind::abs_send_time, 2);
  for (const Wire& wire : {one_byte, two_byte}) {
    const auto view = RtpView::parse(wire, ids);
    REQUIRE(view.has_value());
    CHECK(view->extension(ExtensionKind::mid).size() == 1);
    CHECK_FALSE(view->has(ExtensionKind::abs_send_time));
    CHECK(view->payload().size() == 2);
    CHECK(view->payload()[0] == 9);
  }
}

TEST_CASE("padding is not payload, and a packet of padding carries nothing") {
  const Wire mixed = joined(header(0x20), {7, 7, 0, 0, 3});
  const auto view = RtpView::parse(mixed, {});
  REQUIRE(view);
  CHECK(text(view->payload()) == Wire{7, 7});
  CHECK(view->padding_bytes() == 3);
  CHECK_FALSE(view->is_padding_only());

  const Wire alone = joined(header(0x20), {0, 0, 0, 4});
  REQUIRE(RtpView::parse(alone, {}));
  CHECK(RtpView::parse(alone, {})->is_padding_only());
}

TEST_CASE("one-byte extensions are found by id, between padding") {
  const Wire wire = joined(header(0x11), {0xAA, 0xBB, 0xCC, 0xDD,        // CSRC.
                                          0xBE, 0xDE, 0,    4,           //
                                          0x12, 'v',  '0',  'x',         // id 1, 3 bytes.
                                          0,    0,    0x22, 1,    2, 3,  // padding, id 2.
                                          0x50, 0xFF,                    // id 5 is unknown.
                                          0xE0, 0x8A, 0,    0,           // id 14, 1 byte.
                                          42});
  const auto view = RtpView::parse(wire, some_ids());
  REQUIRE(view);
  CHECK(text(view->extension(ExtensionKind::mid)) == Wire{'v', '0', 'x'});
  CHECK(text(view->extension(ExtensionKind::abs_send_time)) == Wire{1, 2, 3});
  CHECK(text(view->extension(ExtensionKind::audio_level)) == Wire{0x8A});
  CHECK_FALSE(view->has(ExtensionKind::transport_cc));
  CHECK(text(view->csrcs()) == Wire{0xAA, 0xBB, 0xCC, 0xDD});
  CHECK(text(view->payload()) == Wire{42});
}

TEST_CASE("id 15, and id 0 with a length, end a one-byte block") {
  for (const uint8_t stop : {0xF0, 0x01}) {
    CAPTURE(int{stop});
    const Wire wire = joined(header(0x10), {0xBE, 0xDE, 0, 2, 0x10, 'a', stop, 0xFF,  //
                                            0x22, 1, 2, 3});
    const auto view = RtpView::parse(wire, some_ids());
    REQUIRE(view);
    CHECK(view->has(ExtensionKind::mid));
    CHECK_FALSE(view->has(ExtensionKind::abs_send_time));
  }
}

TEST_CASE("two-byte extensions take ids to 255, empty values and application bits") {
  const Wire wire = joined(header(0x10), {0x10, 0x0F, 0, 3,          //
                                          200, 3, 0xC0, 0x01, 0x02,  //
                                          0,                         // padding.
                                          1, 0,                      // an empty MID.
                                          3, 2, 0x12, 0x34});
  const auto view = RtpView::parse(wire, some_ids());
  REQUIRE(view);
  CHECK(text(view->extension(ExtensionKind::dependency_descriptor)) == Wire{0xC0, 1, 2});
  CHECK(view->has(ExtensionKind::mid));
  CHECK(view->extension(ExtensionKind::mid).empty());
  CHECK(text(view->extension(ExtensionKind::transport_cc)) == Wire{0x12, 0x34});
}

TEST_CASE("the first of two equal extensions counts") {
  const Wire wire = joined(header(0x10), {0xBE, 0xDE, 0, 1, 0x10, 'a', 0x10, 'b'});
  const auto view = RtpView::parse(wire, some_ids());
  REQUIRE(view);
  CHECK(text(view->extension(ExtensionKind::mid)) == Wire{'a'});
}

TEST_CASE("an id of zero negotiates nothing") {
  ExtensionIds ids;
  ids.set(ExtensionKind::mid, 0);
  CHECK(ids.id(ExtensionKind::mid) == 0);
  CHECK(ids.kind_of[0] == 0);
}

TEST_CASE("every extension kind has a URI of its own that leads back to it") {
  for (size_t i = 0; i < kExtensionKinds; ++i) {
    const auto kind = static_cast<ExtensionKind>(i);
    CAPTURE(extension_uri(kind));
    CHECK(extension_kind(extension_uri(kind)) == kind);
  }
  CHECK_FALSE(extension_kind("urn:ietf:params:rtp-hdrext:encrypt"));
  CHECK_FALSE(extension_kind(""));
}

}  // namespace
}  // namespace sluice::rtp
