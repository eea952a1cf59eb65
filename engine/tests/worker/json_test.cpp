#include "worker/json/json.h"

#include <doctest/doctest.h>

#include "worker/json/json_rtp.h"

namespace sluice::worker {
namespace {

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// The error of reading RTP parameters from `text`; empty for none.
std::string parameters_error(std::string_view text) {
  JsonRequest request;
  if (auto parsed = request.parse(bytes_of(text)); !parsed) return parsed.error().text;
  FieldErrors errors;
  read_rtp_parameters(request.fields(errors).object("rtpParameters"));
  return errors.any() ? errors.error().text : "";
}

constexpr std::string_view kGood =
    R"({"rtpParameters":{"mid":"0","codecs":[{"mimeType":"video/VP8","payloadType":101,)"
    R"("clockRate":90000,"parameters":{"x-google-start-bitrate":1500,"a":true,"b":"c","d":0.5},)"
    R"("rtcpFeedback":[{"type":"nack","parameter":"pli"}]}],"headerExtensions":[{"uri":)"
    R"("urn:ietf:params:rtp-hdrext:sdes:mid","id":1,"encrypt":false,"parameters":{}}],)"
    R"("encodings":[{"ssrc":1111,"codecPayloadType":101,"rtx":{"ssrc":1112},"dtx":false}],)"
    R"("rtcp":{"cname":"abc","reducedSize":true}}})";

TEST_CASE("a request without bytes is an empty object, and anything but an object is refused") {
  JsonRequest empty;
  CHECK(empty.parse({}).ok());
  for (const char* bad : {"[]", "1", "\"x\"", "null", "{", "{\"a\":}", "{} x", "\xff\xfe"}) {
    JsonRequest request;
    const auto parsed = request.parse(bytes_of(bad));
    INFO(bad);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().kind == ErrorKind::invalid);
  }
}

TEST_CASE("deep nesting costs heap, not stack") {
  std::string deep(1'000'000, '[');
  JsonRequest request;
  CHECK_FALSE(request.parse(bytes_of(deep)).ok());
}

TEST_CASE("RTP parameters come out as they went in") {
  JsonRequest request;
  REQUIRE(request.parse(bytes_of(kGood)).ok());
  FieldErrors errors;
  const auto parameters = read_rtp_parameters(request.fields(errors).object("rtpParameters"));
  REQUIRE_FALSE(errors.any());
  CHECK(parameters.codecs[0].codec == rtp::Codec::vp8);
  CHECK(parameters.header_extensions[0].kind == rtp::ExtensionKind::mid);
  CHECK(parameters.encodings[0].rtx_ssrc == 1112);

  JsonWriter out;
  out.begin_object();
  out.key("rtpParameters");
  write_rtp_parameters(out, parameters);
  out.end_object();
  CHECK(out.text() == kGood);

  // The codec that packets will have is written even where the request left it open.
  auto open = parameters;
  open.encodings[0].codec_payload_type.reset();
  JsonWriter filled;
  filled.begin_object();
  filled.key("rtpParameters");
  write_rtp_parameters(filled, open);
  filled.end_object();
  CHECK(filled.text() == kGood);
}

TEST_CASE("a wrong field is named with its path") {
  struct Row {
    const char* from;
    const char* to;
    const char* error;
  };
  const Row rows[] = {
      {"\"payloadType\":101", "\"payloadType\":128",
       "rtpParameters.codecs[0].payloadType must be from 0 to 127"},
      {"\"payloadType\":101", "\"payloadType\":-1",
       "rtpParameters.codecs[0].payloadType must be a non-negative integer"},
      {"\"payloadType\":101", "\"payloadType\":1.5",
       "rtpParameters.codecs[0].payloadType must be a non-negative integer"},
      {"\"clockRate\":90000", "\"clockRate\":\"9\"",
       "rtpParameters.codecs[0].clockRate must be a non-negative integer"},
      {"\"clockRate\":90000", "\"clockRat\":90000", "rtpParameters.codecs[0].clockRate is missing"},
      {"\"mimeType\":\"video/VP8\"", "\"mimeType\":7",
       "rtpParameters.codecs[0].mimeType must be a string"},
      {"\"id\":1", "\"id\":0", "rtpParameters.headerExtensions[0].id must be from 1 to 255"},
      {"\"encodings\":[{", "\"encodings\":[7,{", "rtpParameters.encodings[0] must be an object"},
      {"\"codecs\":[{", "\"codecs\":{\"a\":[{", "rtpParameters"},
      {"\"dtx\":false", "\"dtx\":0", "rtpParameters.encodings[0].dtx must be a boolean"},
      {"\"codecPayloadType\":101", "\"codecPayloadType\":99", "rtpParameters.encodings have"},
      {"\"payloadType\":101", "\"payloadType\":64",
       "rtpParameters.codecs[0].payloadType must not be from 64 to 95"},
      {"\"payloadType\":101", "\"payloadType\":95",
       "rtpParameters.codecs[0].payloadType must not be from 64 to 95"},
  };
  CHECK(parameters_error(kGood) == "");
  for (const Row& row : rows) {
    std::string text(kGood);
    text.replace(text.find(row.from), std::string_view(row.from).size(), row.to);
    INFO(row.to);
    if (std::string_view(row.error) == "rtpParameters") {
      CHECK(parameters_error(text) != "");
    } else {
      CHECK(parameters_error(text).starts_with(row.error));
    }
  }
  CHECK(parameters_error("{}") == "rtpParameters is missing");
}

}  // namespace
}  // namespace sluice::worker
