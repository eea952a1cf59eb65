// Media flows inside of a session alone, and secrets need randomness.
#include <openssl/rand.h>

#include "tests/worker/plain_peer.h"
#include "tests/worker/web_rtc_peer.h"

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // OpenSSL's method of random numbers.

namespace sluice::worker {
namespace {

constexpr const char* kCodec =
    R"("codecs":[{"mimeType":"audio/opus","payloadType":100,"clockRate":48000,"channels":2}])";
constexpr const char* kMapping =
    R"("rtpMapping":{"codecs":[{"payloadType":100,"mappedPayloadType":100}],)"
    R"("encodings":[{"ssrc":7,"mappedSsrc":5}]})";

// Somebody who publishes over WebRTC, and somebody else who listens.
struct Call {
  TestWorker worker;
  uint32_t router = worker.create(SLUICE_WORKER_CREATE_ROUTER, 0);
  RemoteTransport sending = make_transport();
  RemoteTransport receiving = make_transport();
  WebRtcPeer speaker{sending};
  WebRtcPeer listener{receiving};

  Call() {
    for (const RemoteTransport* each : {&sending, &receiving}) {
      worker.call(SLUICE_TRANSPORT_CONNECT, each->id, WebRtcPeer::connect_request());
    }
    REQUIRE(speaker.connect());
    REQUIRE(listener.connect());
    const std::string parameters = std::string(R"("kind":"audio","rtpParameters":{)") + kCodec +
                                   R"(,"rtcp":{"cname":"a"},"encodings":[{"ssrc":)";
    const uint32_t producer = worker.create(SLUICE_TRANSPORT_PRODUCE, sending.id,
                                            "{" + parameters + "7}]}," + kMapping + "}");
    worker.create(SLUICE_TRANSPORT_CONSUME, receiving.id,
                  R"({"type":"simple","consumableRtpEncodings":[{"ssrc":5}],"producerId":)" +
                      std::to_string(producer) + "," + parameters + "9}]}}");
  }

  RemoteTransport make_transport() {
    return RemoteTransport::read(
        worker.call(SLUICE_ROUTER_CREATE_WEBRTC_TRANSPORT, router,
                    R"({"listenInfos":[{"protocol":"udp","ip":"127.0.0.1"}]})"));
  }
  // Sends a packet; returns when the worker has handled it.
  void speak(uint16_t sequence) {
    speaker.send_rtp(7, 100, sequence, sequence);
    REQUIRE(speaker.check() == 0);
  }
};

TEST_CASE("session: after the peer's close_notify nothing of it is taken") {
  Call call;
  call.speak(1);
  CHECK(call.worker.counter("packets_forwarded") == 1);
  CHECK_FALSE(call.listener.receive_rtp().empty());

  call.speaker.dtls.close(net::now());
  call.speaker.flush_dtls();
  call.speak(2);
  CHECK(call.worker.counter("packets_received") == 1);
  CHECK(call.worker.counter("packets_forwarded") == 1);
  CHECK(call.worker.counter("drop_no_keys") == 1);
}

TEST_CASE("session: after the peer's close_notify nothing is sent to it") {
  Call call;
  call.listener.dtls.close(net::now());
  call.listener.flush_dtls();
  REQUIRE(call.listener.check() == 0);
  call.speak(1);
  CHECK(call.worker.counter("packets_received") == 1);
  CHECK(call.worker.counter("packets_forwarded") == 0);
  CHECK(call.listener.receive_rtp(/*timeout_ms=*/20).empty());
}

TEST_CASE("secrets: what needs randomness fails with an error while the system has none") {
  static RAND_METHOD broken{};
  broken.bytes = [](unsigned char*, int) { return 0; };
  broken.pseudorand = broken.bytes;
  const RAND_METHOD* const good = RAND_get_rand_method();

  TestWorker worker;
  const uint32_t router = worker.create(SLUICE_WORKER_CREATE_ROUTER, 0);
  const std::string plain =
      R"({"listenInfo":{"protocol":"udp","ip":"127.0.0.1"},"enableSrtp":true})";
  const std::string web_rtc = R"({"listenInfos":[{"protocol":"udp","ip":"127.0.0.1"}]})";
  const uint32_t transport = worker.create(SLUICE_ROUTER_CREATE_WEBRTC_TRANSPORT, router, web_rtc);
  RAND_set_rand_method(&broken);
  int refused = 0;
  for (int i = 0; i < 20; ++i) {
    for (const std::string& answer :
         {worker.call(SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT, router, plain),
          worker.call(SLUICE_ROUTER_CREATE_WEBRTC_TRANSPORT, router, web_rtc),
          worker.call(SLUICE_TRANSPORT_RESTART_ICE, transport)}) {
      // What was drawn before may still do.
      CHECK(answer.find("aaaaaaaa") == std::string::npos);
      CHECK(answer.find("AAAAAAAA") == std::string::npos);
      refused += answer.starts_with("error: the system gives no random numbers");
    }
  }
  CHECK(refused >= 57);
  CHECK_FALSE(worker.call(SLUICE_TRANSPORT_DUMP, transport).starts_with("error"));
  RAND_set_rand_method(good);
  CHECK(worker.create(SLUICE_ROUTER_CREATE_WEBRTC_TRANSPORT, router, web_rtc) != 0);
}

}  // namespace
}  // namespace sluice::worker
