// Under the keys of a transport no number of an SSRC may be used for two packets: GCM's nonce is
// made of both (RFC 7714, 8.1). So an SSRC has one sender, also after that one was closed.
#include "tests/worker/video_scene.h"

namespace sluice::worker {
namespace {

struct Scene : VideoScene {
  uint32_t producer = produce_video(worker, sender.transport(), {});
  uint16_t seq = 0;

  std::string consume(const std::string& encodings) {
    return worker.call(SLUICE_TRANSPORT_CONSUME, receiver.transport(),
                       R"({"producerId":)" + std::to_string(producer) +
                           R"(,"kind":"video","type":"simple","rtpParameters":{)" +
                           vp8_json(kMappedVp8, kMappedVp8Rtx) + R"(,"encodings":[)" + encodings +
                           R"(]},"consumableRtpEncodings":[{"ssrc":1113}]})");
  }
  void close(const std::string& consumer) {
    worker.call(SLUICE_CONSUMER_CLOSE, TestWorker::number(consumer, "id"));
  }
  // A packet goes through; the SSRC under which it comes out.
  uint32_t forward() {
    publisher.send({.seq = seq++, .is_key = true});
    while (const auto datagram = receiver.receive()) {
      if (!is_rtcp(datagram->wire) && !datagram->plain.empty()) return load_u32(datagram->plain, 8);
    }
    return 0;
  }
};

constexpr const char* kUsed =
    "error: rtpParameters.encodings: SSRC 71 is that of another stream "
    "of the transport";
constexpr const char* kSent =
    "error: rtpParameters.encodings: SSRC 71 was sent under the "
    "transport's SRTP keys before";

TEST_CASE("ssrc: what was sent under a transport's keys is never begun again") {
  Scene scene;
  const std::string first = scene.consume(R"({"ssrc":71})");
  REQUIRE(scene.forward() == 71);
  scene.close(first);
  CHECK(scene.consume(R"({"ssrc":71})") == kSent);
  CHECK(scene.consume(R"({"ssrc":72,"rtx":{"ssrc":71}})") == kSent);
  REQUIRE_FALSE(scene.consume(R"({"ssrc":72,"rtx":{"ssrc":73}})").starts_with("error"));
  CHECK(scene.forward() == 72);
}

TEST_CASE("ssrc: what was never sent may be taken again") {
  Scene scene;
  scene.close(scene.consume(R"({"ssrc":71,"rtx":{"ssrc":74}})"));
  scene.consume(R"({"ssrc":74,"rtx":{"ssrc":71}})");
  CHECK(scene.forward() == 74);
}

TEST_CASE("ssrc: two streams of a transport cannot have the same") {
  Scene scene;
  REQUIRE_FALSE(scene.consume(R"({"ssrc":71})").starts_with("error"));
  CHECK(scene.consume(R"({"ssrc":71})") == kUsed);
  CHECK(scene.consume(R"({"ssrc":72,"rtx":{"ssrc":71}})") == kUsed);
  Scene fresh;
  CHECK(fresh.consume(R"({"ssrc":71,"rtx":{"ssrc":71}})") == kUsed);
  CHECK(fresh.consume(R"({"ssrc":72},{"ssrc":71},{"ssrc":71})") == kUsed);
}

}  // namespace
}  // namespace sluice::worker
