// Where a key frame of H.264 and H.265 starts when its first packets are lost or late.
#include <doctest/doctest.h>

#include "tests/media/support.h"

using namespace sluice;
using namespace sluice::media;
using namespace sluice::media::support;

namespace {

using Wire = std::vector<uint8_t>;

const Wire kSps = {0x67, 0x42, 0xE0}, kPps = {0x68, 0xCE}, kAud = {0x09, 0xF0};
const Wire kIdr = {0x7C, 0x85, 0x88, 1, 2}, kIdrRest = {0x7C, 0x05, 1, 2, 3};
const Wire kSlice = {0x41, 0x9A, 1, 2};

ProducerOptions producer_of(const char* mime) {
  auto options = video_producer();
  auto& codec = options.rtp_parameters.codecs[0];
  codec.mime_type = mime;
  codec.codec = rtp::codec_from_mime(mime);
  return options;
}

// The sequence numbers, of those given, at which a receiver could start.
struct Stream {
  Room room;
  std::vector<uint16_t> starts;

  explicit Stream(const char* mime = "video/H264") : room(producer_of(mime)) {}

  void send(uint16_t seq, uint32_t timestamp, const Wire& payload) {
    room.receive(at(0ms), {.seq = seq, .timestamp = timestamp, .payload = payload});
    for (const auto& packet : room.producer->batch()) {
      if (packet.facts.is_key_frame) starts.push_back(packet.view.sequence());
    }
    room.producer->clear_batch();
  }
};

using Numbers = std::vector<uint16_t>;

}  // namespace

TEST_CASE("key frame start: at the parameter sets, once a frame") {
  Stream stream;
  stream.send(1, 0, kSps);
  stream.send(2, 0, kPps);
  stream.send(3, 0, kIdr);
  stream.send(4, 0, kIdrRest);
  stream.send(5, 3000, kSlice);
  stream.send(6, 6000, kSps);
  stream.send(7, 6000, kIdr);
  CHECK(stream.starts == Numbers{1, 6});
}

TEST_CASE("key frame start: not at an IDR picture whose parameter sets got lost or are late") {
  Stream stream;
  stream.send(1, 0, kSps);
  stream.send(2, 0, kPps);
  stream.send(3, 0, kIdr);
  stream.send(4, 3000, kSlice);
  // 5 is missing: it has the parameter sets of the next key frame.
  stream.send(6, 6000, kIdr);
  CHECK(stream.starts == Numbers{1});
  stream.send(7, 6000, kIdrRest);
  stream.send(5, 6000, kSps);
  CHECK(stream.starts == Numbers{1, 5});
}

TEST_CASE("key frame start: at an IDR picture where the parameter sets came once, or never") {
  SUBCASE("once") {
    Stream stream;
    stream.send(1, 0, kSps);
    stream.send(2, 0, kIdr);
    stream.send(3, 3000, kSlice);
    stream.send(4, 6000, kIdr);
    stream.send(5, 9000, kAud);
    stream.send(6, 9000, kIdr);
    stream.send(7, 9000, kIdrRest);
    CHECK(stream.starts == Numbers{1, 4, 6});
  }
  SUBCASE("never: they are in the SDP") {
    Stream stream;
    stream.send(1, 0, kSlice);
    stream.send(3, 3000, kIdr);
    stream.send(4, 6000, kSlice);
    stream.send(6, 9000, kIdr);
    CHECK(stream.starts == Numbers{3, 6});
  }
}

TEST_CASE("key frame start: H.265 begins with the VPS, and with an SPS alone when no VPS is lost") {
  const Wire vps = {0x40, 0x01, 0x0C}, sps = {0x42, 0x01, 0x01};
  const Wire idr = {0x26, 0x01, 0xAF}, trail = {0x02, 0x01, 0xD0};
  Stream stream("video/H265");
  stream.send(1, 0, vps);
  stream.send(2, 0, sps);
  stream.send(3, 0, idr);
  stream.send(4, 3000, trail);
  stream.send(6, 6000, sps);  // 5, the VPS, is missing.
  stream.send(7, 6000, idr);
  CHECK(stream.starts == Numbers{1});
  stream.send(8, 9000, sps);
  stream.send(9, 9000, idr);
  CHECK(stream.starts == Numbers{1, 8});
}

TEST_CASE("key frame start: a consumer gets late parameter sets first and the picture after") {
  Stream stream;
  auto options = video_consumer();
  options.rtp_parameters.codecs[0].mime_type = "video/H264";
  options.rtp_parameters.codecs[0].codec = rtp::Codec::h264;
  stream.send(1, 0, kSps);
  stream.send(2, 0, kIdr);
  stream.send(3, 3000, kSlice);
  stream.room.add(at(0ms), options);
  const auto pass = [&](uint16_t seq, const Wire& payload) {
    return stream.room.pass(at(1ms), {.seq = seq, .timestamp = 6000, .payload = payload});
  };
  CHECK(pass(5, kIdr).empty());
  CHECK(pass(6, kIdrRest).empty());
  const auto sent = pass(4, kSps);
  REQUIRE(sent.size() == 3);
  const Wire expected[] = {kSps, kIdr, kIdrRest};
  const uint16_t first = parse(sent[0], options.rtp_parameters).sequence();
  for (size_t i = 0; i < 3; ++i) {
    const auto view = parse(sent[i], options.rtp_parameters);
    CHECK(view.sequence() == first + i);
    CHECK(Wire(view.payload().begin(), view.payload().end()) == expected[i]);
  }
}
