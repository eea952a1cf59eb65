// The table of methods, through a real worker: each method takes a target of its own kind alone,
// and a number without a row is an error. tests/ffi/abi_test.ts compares the rows with sluice.h.
#include "worker/commands/command_table.h"

#include <map>

#include "tests/worker/test_worker.h"

namespace sluice::worker {
namespace {

// One object of each kind, and one transport of each type.
struct Scene {
  TestWorker worker;
  std::map<ObjectKind, ObjectId> objects;
  std::map<TransportType, ObjectId> transports;

  Scene() {
    const char* udp = R"({"listenInfos":[{"protocol":"udp","ip":"127.0.0.1"}]})";
    const char* plain = R"({"listenInfo":{"protocol":"udp","ip":"127.0.0.1"},"comedia":true})";
    const ObjectId router = worker.create(SLUICE_WORKER_CREATE_ROUTER, 0);
    const auto on_router = [&](sluice_method method, const char* request) {
      return worker.create(method, router, request);
    };
    transports[TransportType::webrtc] = on_router(SLUICE_ROUTER_CREATE_WEBRTC_TRANSPORT, udp);
    transports[TransportType::plain] = on_router(SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT, plain);
    transports[TransportType::pipe] = on_router(SLUICE_ROUTER_CREATE_PIPE_TRANSPORT, "{}");
    const ObjectId direct = on_router(SLUICE_ROUTER_CREATE_DIRECT_TRANSPORT, "{}");
    transports[TransportType::direct] = direct;
    objects[ObjectKind::webrtc_server] = worker.create(SLUICE_WORKER_CREATE_WEBRTC_SERVER, 0, udp);
    objects[ObjectKind::router] = router;
    objects[ObjectKind::transport] = direct;
    objects[ObjectKind::rtp_observer] = on_router(SLUICE_ROUTER_CREATE_AUDIO_LEVEL_OBSERVER, "{}");
    produce(direct);
  }

  void produce(ObjectId direct) {
    const std::string media =
        R"("kind":"audio","rtpParameters":{"codecs":[{"mimeType":"audio/opus","payloadType":100,)"
        R"("clockRate":48000,"channels":2}],"encodings":[{"ssrc":7}],"headerExtensions":[],)"
        R"("rtcp":{"cname":"a"}})";
    const ObjectId producer = worker.create(
        SLUICE_TRANSPORT_PRODUCE, direct,
        "{" + media + R"(,"rtpMapping":{"codecs":[{"payloadType":100,"mappedPayloadType":100}],)" +
            R"("encodings":[{"ssrc":7,"mappedSsrc":5}]}})");
    objects[ObjectKind::producer] = producer;
    objects[ObjectKind::consumer] =
        worker.create(SLUICE_TRANSPORT_CONSUME, direct,
                      "{" + media + R"(,"type":"simple","consumableRtpEncodings":[{"ssrc":5}],)" +
                          R"("producerId":)" + std::to_string(producer) + "}");
    const ObjectId data = worker.create(SLUICE_TRANSPORT_PRODUCE_DATA, direct);
    objects[ObjectKind::data_producer] = data;
    objects[ObjectKind::data_consumer] =
        worker.create(SLUICE_TRANSPORT_CONSUME_DATA, direct,
                      R"({"dataProducerId":)" + std::to_string(data) + "}");
  }

  // The ids of all objects.
  std::string dump() { return worker.call(SLUICE_ROUTER_DUMP, objects[ObjectKind::router]); }
};

}  // namespace

TEST_CASE("commands: a method refuses a target of another kind, and none at all") {
  Scene scene;
  const std::string before = scene.dump();
  for (const Method& method : method_table()) {
    CAPTURE(method.number);
    if (!method.target) {
      for (const auto& [kind, id] : scene.objects) {
        CHECK(scene.worker.call(method.number, id) ==
              "error: target must be 0 for a method of the worker");
      }
      continue;
    }
    const std::string refused = "error: " + std::string(kind_name(*method.target)) + " not found";
    for (const auto& [kind, id] : scene.objects) {
      if (kind != *method.target) CHECK(scene.worker.call(method.number, id) == refused);
    }
    CHECK(scene.worker.call(method.number, kNoId) == refused);
    CHECK(scene.worker.call(method.number, UINT32_MAX) == refused);
  }
  CHECK(scene.dump() == before);  // No call did anything.
}

TEST_CASE("commands: a method of one type of transport refuses the others") {
  Scene scene;
  size_t checked = 0;
  for (const Method& method : method_table()) {
    if (!method.transport) continue;
    for (const auto& [type, id] : scene.transports) {
      if (type == *method.transport) continue;
      CAPTURE(method.number);
      CHECK(scene.worker.call(method.number, id) ==
            "error: only " + std::string(type_name(*method.transport)) + "s support this");
      ++checked;
    }
  }
  CHECK(checked == 4 * 3);  // restartIce, connectLink, produceData and consumeData.
}

TEST_CASE("commands: a number without a row is an error and changes nothing") {
  Scene scene;
  const std::string before = scene.dump();
  size_t unknown = 0;
  for (uint32_t number = 0; number <= 0x0AFF; ++number) {
    if (find_method(number)) continue;
    ++unknown;
    for (const auto& [kind, id] : scene.objects) {
      if (scene.worker.call(number, id) == "error: there is no method " + std::to_string(number)) {
        continue;
      }
      FAIL_CHECK(number);
    }
  }
  CHECK(unknown + method_table().size() == 0x0B00);
  CHECK(scene.dump() == before);
}

}  // namespace sluice::worker
