#include "rtp/codecs/payload_facts.h"

#include <doctest/doctest.h>

#include "dependency_builder.h"
#include "rtp/rtp_writer.h"

namespace sluice::rtp {
namespace {

using namespace testing;
using Wire = std::vector<uint8_t>;

TEST_CASE("codec names are found in MIME types, whatever the case") {
  CHECK(codec_from_mime("video/VP8") == Codec::vp8);
  CHECK(codec_from_mime("vp9") == Codec::vp9);
  CHECK(codec_from_mime("video/h264") == Codec::h264);
  CHECK(codec_from_mime("video/H265") == Codec::h265);
  CHECK(codec_from_mime("video/AV1") == Codec::av1);
  CHECK(codec_from_mime("audio/opus") == Codec::opus);
  CHECK(codec_from_mime("audio/PCMU") == Codec::other);
  CHECK(codec_from_mime("video/rtx") == Codec::other);
  CHECK(codec_from_mime("") == Codec::other);
}

TEST_CASE("opus silence is known by its TOC and its size") {
  struct Row {
    const char* what;
    Wire wire;
    bool dtx;
  };
  const Row rows[] = {
      {"code 0, TOC alone", {0x78}, true},     {"code 0, a frame", {0x78, 1}, false},
      {"code 1, TOC alone", {0x79}, true},     {"code 2, one length", {0x7A, 0}, true},
      {"code 2, frames", {0x7A, 1, 5}, false}, {"code 3", {0x7B, 1}, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(describe(Codec::opus, row.wire, false).is_dtx == row.dtx);
  }
  CHECK(parse_opus(Wire{0x7C})->configuration == 15);
  CHECK(parse_opus(Wire{0x7C})->stereo);
  CHECK(describe(Codec::opus, {}, false).is_malformed);
}

TEST_CASE("a codec without a parser starts and ends by the marker, and is never malformed") {
  const PayloadFacts facts = describe(Codec::other, {}, true);
  CHECK(facts.ends_frame);
  CHECK_FALSE(facts.is_malformed);
  CHECK_FALSE(facts.is_key_frame);
}

TEST_CASE("a malformed payload says so and nothing else") {
  for (const Codec codec : {Codec::vp8, Codec::vp9, Codec::h264, Codec::h265, Codec::av1}) {
    const PayloadFacts facts = describe(codec, {}, true);
    CHECK(facts.is_malformed);
    CHECK_FALSE(facts.is_key_frame);
  }
}

TEST_CASE("vp8 facts carry the descriptor for rewriting") {
  const PayloadFacts facts =
      describe(Codec::vp8, Wire{0xB0, 0xF0, 0x92, 0x34, 200, 0x60, 0x01}, true);
  CHECK(facts.starts_frame);
  CHECK(facts.ends_frame);
  CHECK(facts.has_layers);
  CHECK(facts.temporal == 1);
  CHECK(facts.can_switch_temporal);  // Y.
  CHECK(facts.is_discardable);
  const auto* vp8 = std::get_if<Vp8Descriptor>(&facts.detail);
  REQUIRE(vp8);
  CHECK(vp8->picture_id == 0x1234);
}

TEST_CASE("vp9 upper layers of a key picture are independent but no place to start") {
  const PayloadFacts facts = describe(Codec::vp9, Wire{0xA8, 1, 0x03, 9, 0xAA}, false);
  CHECK_FALSE(facts.is_key_frame);
  CHECK(facts.is_independent);
  CHECK(facts.can_switch_spatial);
  CHECK(facts.spatial == 1);
}

TEST_CASE("the dependency descriptor's word counts for AV1, H.264 and H.265") {
  const Wire av1_delta = {0x10, 0x30, 0x30};
  DependencyReader reader;
  const Wire key = key_descriptor(l3t3(), 1);
  PayloadFacts facts = describe(Codec::av1, av1_delta, false, key, &reader);
  CHECK(facts.is_key_frame);
  CHECK(facts.starts_frame);
  CHECK(facts.ends_frame);
  CHECK(facts.has_layers);
  CHECK(facts.can_switch_spatial);
  CHECK(facts.can_switch_temporal);

  facts = describe(Codec::av1, av1_delta, false, delta_descriptor(l3t3(), 2, 12), &reader);
  CHECK_FALSE(facts.is_key_frame);
  CHECK(facts.spatial == 2);
  CHECK(facts.temporal == 1);
  CHECK(facts.can_switch_temporal == false);  // Discardable at S2T1, a switch at S2T2.
  CHECK(facts.can_switch_spatial);
  CHECK_FALSE(facts.is_discardable);
  CHECK(std::holds_alternative<DependencyFacts>(facts.detail));

  facts = describe(Codec::av1, av1_delta, false, delta_descriptor(l3t3(), 3, 13), &reader);
  CHECK(facts.is_discardable);
}

TEST_CASE("an unresolved descriptor leaves what the payload says") {
  DependencyReader reader;
  const Wire key_payload = {0x28, 2, 0x08, 0x11, 0x30, 0x10};
  const PayloadFacts facts =
      describe(Codec::av1, key_payload, true, delta_descriptor(l1t3(), 2, 1), &reader);
  CHECK(facts.is_key_frame);
  CHECK(facts.ends_frame);
  CHECK(reader.unresolved() == 1);
}

TEST_CASE("a packet is described with its own descriptor and marker") {
  Wire wire(256);
  const Wire descriptor = key_descriptor(l1t1(), 1);
  const ExtensionItem items[] = {{11, descriptor}};
  size_t size = write_header(wire, {.payload_type = 45, .marker = true}, items);
  REQUIRE(size > 0);
  const Wire payload = {0x10, 0x30, 0x30};
  std::copy(payload.begin(), payload.end(), wire.begin() + static_cast<std::ptrdiff_t>(size));
  ExtensionIds ids;
  ids.set(ExtensionKind::dependency_descriptor, 11);
  const auto view = RtpView::parse(Bytes(wire).first(size + payload.size()), ids);
  REQUIRE(view);
  DependencyReader reader;
  CHECK(describe(Codec::av1, *view, &reader).is_key_frame);
  CHECK_FALSE(describe(Codec::av1, *view).is_key_frame);
}

}  // namespace
}  // namespace sluice::rtp
