// The parameters of streams, which both directions fill alike, and what they cost.
#include <doctest/doctest.h>

#include "rtp/codecs/dependency_descriptor.h"
#include "tests/media/support.h"

using namespace sluice;
using namespace sluice::media;
using namespace sluice::media::support;

TEST_CASE("stream params: a producer's and a consumer's say the same of the same RTP parameters") {
  Room room;
  ConsumerOptions options;
  options.kind = MediaKind::video;
  options.rtp_parameters = video_producer().rtp_parameters;
  Consumer& consumer = room.add(at(0ms), options);
  room.receive(at(0ms), {.seq = 1, .payload = vp8(true, 1)});
  const StreamParams& in = room.producer->stream(0)->params();
  const StreamParams& out = consumer.streams()[0].params();
  for (const StreamParams* params : {&in, &out}) {
    CHECK(params->ssrc == kVideoSsrc);
    CHECK(params->rtx_ssrc == kVideoRtxSsrc);
    CHECK(params->payload_type == kVp8);
    CHECK(params->rtx_payload_type == kVp8Rtx);
    CHECK(params->clock_rate == 90000);
    CHECK(params->use_nack);
    CHECK(params->use_pli);
    CHECK(params->use_fir);
    CHECK(!params->reads_descriptors);
    CHECK(params->names->mime_type == "video/VP8");
    CHECK(params->names->cname == "peer");
  }
}

TEST_CASE("stream params: only streams that negotiated descriptors have a reader of them") {
  constexpr uint8_t kId = 12;
  CHECK(sizeof(ReceiveStream) < sizeof(rtp::DependencyStructure));

  Room plain;
  plain.receive(at(0ms), {.seq = 1, .payload = vp8(true, 1)});
  CHECK(plain.producer->stream(0)->dependency() == nullptr);

  auto options = video_producer();
  options.rtp_parameters.codecs = {codec("video/AV1", kVp8, 90000)};
  options.rtp_parameters.header_extensions.push_back(
      extension(rtp::ExtensionKind::dependency_descriptor, kId));
  Room room(options);
  const std::vector<uint8_t> without_structure = {0xC0, 0, 1};
  const std::vector<uint8_t> cut = {0xC0, 0};
  Spec spec{.seq = 1, .payload = vp8(true, 1)};
  spec.extensions = {{kId, without_structure}};
  CHECK(room.receive(at(0ms), spec) == ReceiveResult::forward);
  spec.seq = 2;
  spec.extensions = {{kId, cut}};
  CHECK(room.receive(at(0ms), spec) == ReceiveResult::forward);
  const auto* reader = room.producer->stream(0)->dependency();
  REQUIRE(reader != nullptr);
  CHECK(reader->unresolved() == 1);
  CHECK(reader->malformed() == 1);
}
