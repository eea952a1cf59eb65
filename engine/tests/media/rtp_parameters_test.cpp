#include "media/rtp_parameters.h"

#include <doctest/doctest.h>

#include "tests/media/support.h"

using namespace sluice;
using namespace sluice::media;

TEST_CASE("rtp parameters: scalability modes as mediasoup reads them") {
  struct Row {
    const char* text;
    int spatial, temporal;
    bool ksvc;
  };
  const Row rows[] = {
      {"", 1, 1, false},        {"L1T3", 1, 3, false},     {"S3T3", 3, 3, false},
      {"L3T2_KEY", 3, 2, true}, {"L12T10", 12, 10, false}, {"L0T1", 1, 1, false},
      {"L1", 1, 1, false},      {"X1T1", 1, 1, false},     {"L3T3_KEY_SHIFT", 3, 3, true},
      {"L3T3h", 3, 3, false},   {"l3t3", 1, 1, false},     {"L3T", 1, 1, false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto mode = parse_scalability_mode(row.text);
    CHECK(int{mode.spatial_layers} == row.spatial);
    CHECK(int{mode.temporal_layers} == row.temporal);
    CHECK(mode.ksvc == row.ksvc);
  }
}

TEST_CASE("rtp parameters: an encoding's codec and the RTX that goes with it") {
  auto parameters = support::video_producer().rtp_parameters;
  auto& encoding = parameters.encodings[0];
  CHECK(parameters.codec_for(encoding)->payload_type == support::kVp8);
  CHECK(parameters.rtx_for(*parameters.codec_for(encoding))->payload_type == support::kVp8Rtx);
  encoding.codec_payload_type = 55;
  CHECK(parameters.codec_for(encoding) == nullptr);
  encoding.codec_payload_type.reset();
  parameters.codecs[1].parameters[0].second = 96.0;  // JSON knows no integers.
  CHECK(parameters.rtx_for(parameters.codecs[0]) == &parameters.codecs[1]);
  parameters.codecs[1].parameters[0].second = int64_t{95};
  CHECK(parameters.rtx_for(parameters.codecs[0]) == nullptr);
}

TEST_CASE("rtp parameters: comfort noise and DTMF events are not the codec of an encoding") {
  RtpParameters parameters;
  parameters.codecs = {support::codec("audio/CN", 13, 8000),
                       support::codec("audio/telephone-event", 126, 8000),
                       support::codec("audio/PCMU", 0, 8000)};
  RtpEncodingParameters encoding;
  REQUIRE(parameters.codec_for(encoding));
  CHECK(parameters.codec_for(encoding)->mime_type == "audio/PCMU");
  encoding.codec_payload_type = 13;
  CHECK(parameters.codec_for(encoding) == nullptr);
  for (const char* mime : {"audio/red", "video/ulpfec", "video/flexfec", "VIDEO/RTX", "audio/Cn"}) {
    CAPTURE(mime);
    CHECK(!is_media_mime(mime));
  }
  CHECK(is_media_mime("video/VP8"));
  CHECK(is_media_mime("audio/G722"));
}

TEST_CASE("rtp parameters: the type of a producer follows its encodings") {
  RtpParameters parameters;
  parameters.encodings.resize(1);
  CHECK(producer_type(parameters) == ProducerType::simple);
  parameters.encodings[0].scalability_mode = "L1T3";
  CHECK(producer_type(parameters) == ProducerType::svc);
  parameters.encodings.resize(3);
  CHECK(producer_type(parameters) == ProducerType::simulcast);
}

TEST_CASE("rtp parameters: RTX by MIME type in any case") {
  CHECK(is_rtx_mime("video/rtx"));
  CHECK(is_rtx_mime("audio/RTX"));
  CHECK(!is_rtx_mime("video/VP8"));
  CHECK(has_key_frames(rtp::Codec::av1));
  CHECK(!has_key_frames(rtp::Codec::opus));
}
