// Observers through a real worker: commands, what they tell, and what is left when something
// closes.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "tests/capi/ring_reader.h"
#include "tests/worker/test_worker.h"

namespace sluice::worker {
namespace {

using test::Record;

struct Scene {
  TestWorker worker;
  test::RingReader ring{worker.thread().events().memory(), worker.thread().events().data_bytes()};
  uint32_t router = worker.create(SLUICE_WORKER_CREATE_ROUTER, 0);
  uint32_t transport = 0;
  uint16_t port = 0;

  Scene() {
    const std::string created =
        worker.call(SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT, router,
                    R"({"listenInfo":{"protocol":"udp","ip":"127.0.0.1"},"comedia":true})");
    transport = TestWorker::number(created, "id");
    const size_t at = created.find("\"localPort\":");
    port = static_cast<uint16_t>(std::stoi(created.substr(at + 12)));
  }

  ~Scene() { close(fd_); }

  uint32_t produce(uint32_t ssrc, bool audio = true) {
    const std::string codec =
        audio ? R"({"mimeType":"audio/opus","payloadType":100,"clockRate":48000,"channels":2})"
              : R"({"mimeType":"video/VP8","payloadType":100,"clockRate":90000})";
    return worker.create(
        SLUICE_TRANSPORT_PRODUCE, transport,
        std::string(R"({"kind":")") + (audio ? "audio" : "video") +
            R"(","rtpParameters":{"codecs":[)" + codec + R"(],"encodings":[{"ssrc":)" +
            std::to_string(ssrc) +
            R"(}],"headerExtensions":[{"uri":"urn:ietf:params:rtp-hdrext:ssrc-audio-level",)" +
            R"("id":1}],"rtcp":{"cname":"a"}},"rtpMapping":{"codecs":[{"payloadType":100,)" +
            R"("mappedPayloadType":100}],"encodings":[{"ssrc":)" + std::to_string(ssrc) +
            R"(,"mappedSsrc":5}]}})");
  }

  uint32_t observe_levels(std::string_view options = R"({"interval":250})") {
    return worker.create(SLUICE_ROUTER_CREATE_AUDIO_LEVEL_OBSERVER, router, options);
  }
  uint32_t observe_speaker(std::string_view options = R"({"interval":100})") {
    return worker.create(SLUICE_ROUTER_CREATE_ACTIVE_SPEAKER_OBSERVER, router, options);
  }
  std::string add(uint32_t observer, uint32_t producer) {
    return worker.call(SLUICE_RTP_OBSERVER_ADD_PRODUCER, observer, with(producer));
  }
  std::string remove(uint32_t observer, uint32_t producer) {
    return worker.call(SLUICE_RTP_OBSERVER_REMOVE_PRODUCER, observer, with(producer));
  }
  static std::string with(uint32_t producer) {
    return "{\"producerId\":" + std::to_string(producer) + "}";
  }
  std::string dump() { return worker.call(SLUICE_ROUTER_DUMP, router); }

  // A packet of that level, -dBov.
  void send(uint32_t ssrc, uint8_t level) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    // RFC 8285, 4.2: one element of one byte, two bytes of padding.
    uint8_t packet[24] = {0x90, 100};
    store_u16(packet, 2, ++sequence_);
    store_u32(packet, 8, ssrc);
    store_u32(packet, 12, 0xBEDE0001);
    store_u32(packet, 16, 0x10000000u | uint32_t{level} << 16);
    sendto(fd_, packet, sizeof(packet), 0, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  }

  // The next event of an observer, which must come; scores of producers are passed over. Meanwhile
  // each of these sends two hundred packets a second.
  using Senders = std::vector<std::pair<uint32_t, uint8_t>>;  // SSRC and level.
  Record next(const Senders& senders = {}) {
    Record record;
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    for (;;) {
      while (ring.read(record)) {
        if (record.type >= SLUICE_EVENT_RTP_OBSERVER_VOLUMES) return record;
      }
      REQUIRE(std::chrono::steady_clock::now() < deadline);
      for (const auto& [ssrc, level] : senders) send(ssrc, level);
      std::this_thread::sleep_for(5ms);
    }
  }

 private:
  const int fd_ = socket(AF_INET, SOCK_DGRAM, 0);
  uint16_t sequence_ = 0;
};

TEST_CASE("observers: options are checked, and mistakes named") {
  Scene scene;
  struct Case {
    uint32_t method;
    const char* request;
    const char* text;
  };
  constexpr auto kLevels = SLUICE_ROUTER_CREATE_AUDIO_LEVEL_OBSERVER;
  constexpr auto kSpeaker = SLUICE_ROUTER_CREATE_ACTIVE_SPEAKER_OBSERVER;
  for (const auto& [method, request, text] : {
           Case{kLevels, R"({"maxEntries":0})", "maxEntries"},
           Case{kLevels, R"({"maxEntries":65536})", "maxEntries"},
           Case{kLevels, R"({"threshold":1})", "threshold"},
           Case{kLevels, R"({"threshold":-128})", "threshold"},
           Case{kLevels, R"({"threshold":-0.5})", "threshold"},
           Case{kLevels, R"({"threshold":"-80"})", "threshold"},
           Case{kLevels, R"({"interval":-1})", "interval"},
           Case{kSpeaker, R"({"interval":"300"})", "interval"},
       }) {
    const std::string answer = scene.worker.call(method, scene.router, request);
    CHECK_MESSAGE(answer.starts_with(std::string("error: ") + text), answer);
  }
  CHECK(scene.worker.call(kLevels, 99) == "error: Router not found");
  CHECK(scene.dump().find("\"rtpObserverIds\":[]") != std::string::npos);
  scene.observe_levels(R"({"maxEntries":65535,"threshold":-127,"interval":4294967295})");
  scene.observe_levels("{}");
  scene.observe_speaker("{}");
}

TEST_CASE("observers: take audio producers of their router") {
  Scene scene;
  const uint32_t levels = scene.observe_levels();
  const uint32_t speaker = scene.observe_speaker();
  const uint32_t audio = scene.produce(1);
  const uint32_t video = scene.produce(2, false);
  for (const uint32_t observer : {levels, speaker}) {
    CHECK(scene.add(observer, video).starts_with("error: producerId must be"));
    CHECK(scene.add(observer, 77) == "error: Producer not found");
    CHECK(scene.add(observer, levels) == "error: Producer not found");
    CHECK(scene.remove(observer, 77) == "error: Producer not found");
    CHECK(scene.remove(observer, audio) == "");  // Was not there.
    CHECK(scene.worker.call(SLUICE_RTP_OBSERVER_ADD_PRODUCER, observer) ==
          "error: producerId is missing");
    CHECK(scene.add(observer, audio) == "");
  }
  CHECK(scene.add(levels, audio) == "");
  CHECK(scene.add(speaker, audio) == "error: the Producer is observed already");
  CHECK(scene.add(audio, audio) == "error: RtpObserver not found");

  const uint32_t other = scene.worker.create(SLUICE_WORKER_CREATE_ROUTER, 0);
  const uint32_t stranger =
      scene.worker.create(SLUICE_ROUTER_CREATE_ACTIVE_SPEAKER_OBSERVER, other);
  CHECK(scene.add(stranger, audio).starts_with("error: Producer not found"));

  const std::string id = std::to_string(audio);
  CHECK(scene.dump().find("\"rtpObserverIds\":[" + std::to_string(levels) + "," +
                          std::to_string(speaker) + "]") != std::string::npos);
  CHECK(scene.dump().find("\"mapProducerIdObserverIds\":[{\"key\":" + id + ",\"values\":[" +
                          std::to_string(levels) + "," + std::to_string(speaker) + "]}") !=
        std::string::npos);
  CHECK(scene.remove(speaker, audio) == "");
  CHECK(scene.worker.call(SLUICE_RTP_OBSERVER_CLOSE, levels) == "");
  CHECK(scene.worker.call(SLUICE_RTP_OBSERVER_CLOSE, levels) == "error: RtpObserver not found");
  CHECK(scene.dump().find("{\"key\":" + id + ",\"values\":[]},{\"key\":" + std::to_string(video) +
                          ",\"values\":[]}],\"mapData") != std::string::npos);
  CHECK(scene.dump().find("\"rtpObserverIds\":[" + std::to_string(speaker) + "]") !=
        std::string::npos);
}

TEST_CASE("observers: levels of packets become volumes, and the end of them silence") {
  Scene scene;
  const uint32_t quiet = scene.produce(1);
  const uint32_t loud = scene.produce(2);
  const uint32_t observer = scene.observe_levels(R"({"interval":250,"maxEntries":2})");
  scene.add(observer, quiet);
  scene.add(observer, loud);
  const Scene::Senders both = {{1, 70}, {2, 0x80 | 20}};
  Record volumes = scene.next(both);
  // A first period may have begun too late for ten packets of the one or the other.
  if (volumes.payload.size() < 60) volumes = scene.next(both);
  CHECK(volumes.type == SLUICE_EVENT_RTP_OBSERVER_VOLUMES);
  CHECK(volumes.target == observer);
  CHECK(volumes.payload == "{\"volumes\":[{\"producerId\":" + std::to_string(loud) +
                               ",\"volume\":-20},{\"producerId\":" + std::to_string(quiet) +
                               ",\"volume\":-70}]}");
  Record silence = scene.next();
  while (silence.type == SLUICE_EVENT_RTP_OBSERVER_VOLUMES) silence = scene.next();
  CHECK(silence.type == SLUICE_EVENT_RTP_OBSERVER_SILENCE);
  CHECK(silence.payload == "{}");

  // A paused observer says at once that it is silent.
  CHECK(scene.next({{2, 30}}).type == SLUICE_EVENT_RTP_OBSERVER_VOLUMES);
  CHECK(scene.worker.call(SLUICE_RTP_OBSERVER_PAUSE, observer) == "");
  CHECK(scene.next().type == SLUICE_EVENT_RTP_OBSERVER_SILENCE);
  CHECK(scene.worker.call(SLUICE_RTP_OBSERVER_RESUME, observer) == "");
  CHECK(scene.next({{1, 40}}).type == SLUICE_EVENT_RTP_OBSERVER_VOLUMES);
}

TEST_CASE("observers: the next one dominates when the dominant one goes, however it goes") {
  Scene scene;
  std::vector<uint32_t> producers;
  for (uint32_t ssrc = 1; ssrc <= 4; ++ssrc) producers.push_back(scene.produce(ssrc));
  const uint32_t observer = scene.observe_speaker();
  for (const uint32_t producer : producers) scene.add(observer, producer);
  const auto dominant = [&] {
    const Record record = scene.next();
    CHECK(record.type == SLUICE_EVENT_RTP_OBSERVER_DOMINANT_SPEAKER);
    CHECK(record.target == observer);
    return TestWorker::number(record.payload, "producerId");
  };
  CHECK(dominant() == producers[0]);
  scene.remove(observer, producers[0]);
  CHECK(dominant() == producers[1]);
  scene.worker.call(SLUICE_PRODUCER_CLOSE, producers[1]);
  CHECK(dominant() == producers[2]);
  // Paused ones are passed over.
  scene.worker.call(SLUICE_PRODUCER_PAUSE, producers[3]);
  scene.add(observer, producers[0]);
  scene.remove(observer, producers[2]);
  CHECK(dominant() == producers[0]);
  scene.worker.call(SLUICE_PRODUCER_RESUME, producers[3]);
  scene.remove(observer, producers[0]);
  CHECK(dominant() == producers[3]);
}

TEST_CASE("observers: close with their router, and tell nothing of it") {
  Scene scene;
  const uint32_t speaker = scene.observe_speaker();
  const uint32_t levels = scene.observe_levels();
  for (uint32_t ssrc = 1; ssrc <= 3; ++ssrc) {
    const uint32_t producer = scene.produce(ssrc);
    scene.add(speaker, producer);
    scene.add(levels, producer);
  }
  CHECK(scene.next().type == SLUICE_EVENT_RTP_OBSERVER_DOMINANT_SPEAKER);
  CHECK(scene.worker.call(SLUICE_ROUTER_CLOSE, scene.router) == "");
  CHECK(scene.worker.call(SLUICE_RTP_OBSERVER_PAUSE, speaker) == "error: RtpObserver not found");
  CHECK(scene.worker.call(SLUICE_RTP_OBSERVER_PAUSE, levels) == "error: RtpObserver not found");
  Record record;
  CHECK_FALSE(scene.ring.read(record));
}

TEST_CASE(
    "observers: a transport that closes takes its producers out, and a worker ends with all") {
  Scene scene;
  const uint32_t speaker = scene.observe_speaker();
  const uint32_t levels = scene.observe_levels();
  for (uint32_t ssrc = 1; ssrc <= 3; ++ssrc) {
    const uint32_t producer = scene.produce(ssrc);
    scene.add(speaker, producer);
    scene.add(levels, producer);
  }
  CHECK(scene.worker.call(SLUICE_TRANSPORT_CLOSE, scene.transport) == "");
  CHECK(scene.dump().find("\"mapProducerIdObserverIds\":[]") != std::string::npos);
  CHECK(scene.worker.call(SLUICE_RTP_OBSERVER_PAUSE, speaker) == "");
}

}  // namespace
}  // namespace sluice::worker
