// Workers that fail, through the C interface: alone, with a reason, and without taking the process
// along. The second half lets every single allocation of a worker's thread fail in turn.
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice.h"
#include "tests/capi/ring_reader.h"
#include "tests/replace_new.h"

namespace {

// Allocations of threads other than the test's own fail when the count reaches zero: one of them,
// or from there on all.
constexpr int64_t kNever = INT64_MAX;
std::atomic<int64_t> g_until_failure{kNever};
std::atomic<bool> g_all_fail{false};
const pthread_t g_test_thread = pthread_self();

bool this_one_fails() {
  if (g_until_failure.load(std::memory_order_relaxed) == kNever) return false;
  if (pthread_equal(pthread_self(), g_test_thread)) return false;
  const int64_t left = g_until_failure.fetch_sub(1);
  return left == 0 || (left < 0 && g_all_fail.load());
}

}  // namespace

void sluice::test::on_allocation() {
  if (this_one_fails()) throw std::bad_alloc();
}

namespace sluice::capi {
namespace {

const uint8_t* data_of(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

// While it stands, workers that are made may be asked to fail.
struct FaultsAllowed {
  FaultsAllowed() { setenv("SLUICE_TEST_FAULTS", "1", 1); }
  ~FaultsAllowed() { unsetenv("SLUICE_TEST_FAULTS"); }
};

class Host {
 public:
  Host() : answer_(64 * 1024) {
    constexpr std::string_view kOptions = R"({"ringBytes":65536})";
    const int32_t handle = sluice_worker_create(data_of(kOptions), kOptions.size(), answer_.data(),
                                                static_cast<uint32_t>(answer_.size()));
    REQUIRE(handle > 0);
    worker_ = static_cast<uint32_t>(handle);
    auto* memory = static_cast<uint8_t*>(sluice_ring_memory(worker_));
    reader_.emplace(memory, static_cast<uint32_t>(sluice_ring_bytes(worker_)));
  }
  ~Host() { CHECK(sluice_worker_free(worker_) == SLUICE_OK); }

  int32_t call(uint32_t method, uint32_t target = 0, std::string_view request = "") {
    const int32_t status = sluice_call(worker_, method, target, data_of(request),
                                       static_cast<uint32_t>(request.size()), answer_.data(),
                                       static_cast<uint32_t>(answer_.size()));
    lacked_memory_ |= status == SLUICE_ERR_LIMIT && answer() == "no memory";
    return status;
  }
  // Whether a request was refused because there was no memory to parse it.
  bool lacked_memory() const { return lacked_memory_; }
  std::string answer() const { return reinterpret_cast<const char*>(answer_.data()); }

  // The id that a command answers with; 0 when it failed.
  uint32_t create(uint32_t method, uint32_t target, std::string_view request = "") {
    const int32_t bytes = call(method, target, request);
    if (bytes <= 0) return 0;
    const std::string text(answer().substr(0, static_cast<size_t>(bytes)));
    const size_t at = text.find("\"id\":");
    return at == std::string::npos ? 0 : std::stoul(text.substr(at + 5));
  }

  // The records of a worker that ends: what it had to say.
  std::vector<test::Record> records() {
    REQUIRE(sluice_worker_close(worker_) == SLUICE_OK);
    std::vector<test::Record> records;
    for (test::Record record; reader_->read(record);) records.push_back(record);
    return records;
  }

 private:
  std::vector<uint8_t> answer_;
  uint32_t worker_ = 0;
  bool lacked_memory_ = false;
  std::optional<test::RingReader> reader_;
};

constexpr std::string_view kPlain =
    R"({"listenInfo":{"protocol":"udp","ip":"127.0.0.1"},"rtcpMux":true,"comedia":true})";
constexpr std::string_view kWebRtc =
    R"({"listenInfos":[{"protocol":"udp","ip":"127.0.0.1"},{"protocol":"tcp","ip":"127.0.0.1"}],)"
    R"("enableUdp":true,"enableTcp":true})";
constexpr std::string_view kProduce =
    R"({"kind":"audio","rtpParameters":{"mid":"a","codecs":[{"mimeType":"audio/opus",)"
    R"("payloadType":111,"clockRate":48000,"channels":2}],"encodings":[{"ssrc":11}],)"
    R"("rtcp":{"cname":"c"}},"rtpMapping":{"codecs":[{"payloadType":111,"mappedPayloadType":100}],)"
    R"("encodings":[{"ssrc":11,"mappedSsrc":22}]}})";

std::string consume_request(uint32_t producer) {
  return R"({"producerId":)" + std::to_string(producer) +
         R"(,"kind":"audio","type":"simple","rtpParameters":{"mid":"0","codecs":[{"mimeType":)"
         R"("audio/opus","payloadType":100,"clockRate":48000,"channels":2}],)"
         R"("encodings":[{"ssrc":33}],"rtcp":{"cname":"c"}},)"
         R"("consumableRtpEncodings":[{"ssrc":22}]})";
}

uint16_t port_of(const std::string& answer) {
  const size_t at = answer.find("\"localPort\":");
  REQUIRE(at != std::string::npos);
  return static_cast<uint16_t>(std::stoul(answer.substr(at + 12)));
}

bool can_bind(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  close(fd);
  return bound;
}

TEST_CASE("failure: is refused where the environment does not allow it") {
  Host host;
  CHECK(host.call(SLUICE_WORKER_FAIL, 0, R"({"as":"bad_alloc"})") == SLUICE_ERR_UNSUPPORTED);
  CHECK(host.call(SLUICE_WORKER_PING) == SLUICE_OK);
}

TEST_CASE("failure: wrong requests for one are refused") {
  const FaultsAllowed allowed;
  Host host;
  for (const char* request :
       {"{}", R"({"as":1})", R"({"as":"abort"})", R"({"as":"unknown","later":1})"}) {
    CAPTURE(request);
    CHECK(host.call(SLUICE_WORKER_FAIL, 0, request) == SLUICE_ERR_INVALID);
  }
  CHECK(host.call(SLUICE_WORKER_PING) == SLUICE_OK);
}

TEST_CASE("failure: stops the one worker, tells the reason and frees its ports") {
  const FaultsAllowed allowed;
  Host survivor;
  for (const auto& [as, reason] :
       {std::pair{"bad_alloc", "std::bad_alloc"}, std::pair{"logic_error", "a fault was asked for"},
        std::pair{"unknown", "unknown exception"}}) {
    for (const bool later : {false, true}) {
      CAPTURE(as);
      CAPTURE(later);
      Host host;
      const uint32_t router = host.create(SLUICE_WORKER_CREATE_ROUTER, 0);
      REQUIRE(host.create(SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT, router, kPlain) != 0);
      const uint16_t port = port_of(host.answer());
      REQUIRE_FALSE(can_bind(port));
      const std::string request =
          std::string(R"({"as":")") + as + R"(","later":)" + (later ? "true" : "false") + "}";
      const int32_t status = host.call(SLUICE_WORKER_FAIL, 0, request);
      CHECK(status == (later ? SLUICE_OK : SLUICE_ERR_CLOSED));
      const auto records = host.records();
      REQUIRE(records.size() == 1);
      const test::Record& last = records[0];
      CHECK(last.type == SLUICE_EVENT_WORKER_DIED);
      CHECK(last.target == 0);
      CHECK(last.payload == std::string(R"({"reason":")") + reason + "\"}");
      CHECK(can_bind(port));
      CHECK(host.call(SLUICE_WORKER_PING) == SLUICE_ERR_CLOSED);
      CHECK(survivor.call(SLUICE_WORKER_PING) == SLUICE_OK);
    }
  }
}

TEST_CASE("failure: what a dying worker tears down is no news") {
  const FaultsAllowed allowed;
  Host host;
  const uint32_t router = host.create(SLUICE_WORKER_CREATE_ROUTER, 0);
  const uint32_t ingress = host.create(SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT, router, kPlain);
  const uint32_t egress = host.create(SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT, router, kPlain);
  const uint32_t producer = host.create(SLUICE_TRANSPORT_PRODUCE, ingress, kProduce);
  REQUIRE(host.create(SLUICE_TRANSPORT_CONSUME, egress, consume_request(producer)) != 0);
  CHECK(host.call(SLUICE_WORKER_FAIL, 0, R"({"as":"unknown"})") == SLUICE_ERR_CLOSED);
  const auto records = host.records();
  REQUIRE(records.size() == 1);
  CHECK(records[0].type == SLUICE_EVENT_WORKER_DIED);
}

// A worker's life with every kind of object in it. Returns whether all commands worked.
bool live(Host& host) {
  const uint32_t router = host.create(SLUICE_WORKER_CREATE_ROUTER, 0);
  const uint32_t web = host.create(SLUICE_ROUTER_CREATE_WEBRTC_TRANSPORT, router, kWebRtc);
  const uint32_t plain = host.create(SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT, router, kPlain);
  const uint32_t producer = host.create(SLUICE_TRANSPORT_PRODUCE, plain, kProduce);
  const uint32_t consumer = host.create(SLUICE_TRANSPORT_CONSUME, web, consume_request(producer));
  const uint32_t levels = host.create(SLUICE_ROUTER_CREATE_AUDIO_LEVEL_OBSERVER, router);
  const uint32_t speaker = host.create(SLUICE_ROUTER_CREATE_ACTIVE_SPEAKER_OBSERVER, router);
  bool good = router && web && plain && producer && consumer && levels && speaker;
  const std::string observed = "{\"producerId\":" + std::to_string(producer) + "}";
  for (const uint32_t observer : {levels, speaker}) {
    good = host.call(SLUICE_RTP_OBSERVER_ADD_PRODUCER, observer, observed) >= 0 && good;
  }
  for (const auto& [method, target] :
       {std::pair{SLUICE_WORKER_DUMP, 0u}, std::pair{SLUICE_ROUTER_DUMP, router},
        std::pair{SLUICE_TRANSPORT_DUMP, web}, std::pair{SLUICE_TRANSPORT_STATS, web},
        std::pair{SLUICE_CONSUMER_DUMP, consumer}, std::pair{SLUICE_PRODUCER_PAUSE, producer},
        std::pair{SLUICE_PRODUCER_CLOSE, producer}, std::pair{SLUICE_ROUTER_CLOSE, router}}) {
    good = host.call(method, target) >= 0 && good;
  }
  return good;
}

TEST_CASE("failure: a request without memory for it is refused, and the worker goes on") {
  // Larger than the arena: text, names, nesting and numbers.
  std::string request = R"({"events":0,"text":")" + std::string(20'000, 'x') + R"(","deep":)" +
                        std::string(5000, '[') + std::string(5000, ']') + R"(,"numbers":[0)";
  for (int i = 0; i < 5000; ++i) request += ",1";
  request += R"(],"last":{"a":{}}})";
  Host host;
  REQUIRE(host.call(SLUICE_WORKER_PING, 0, request) == SLUICE_OK);
  for (const bool all : {false, true}) {
    int64_t refusals = 0;
    for (int64_t nth = 0;; ++nth) {
      CAPTURE(nth);
      g_all_fail = all;
      g_until_failure = nth;
      const int32_t status = host.call(SLUICE_WORKER_PING, 0, request);
      const bool failed = g_until_failure.exchange(kNever) < 0;
      if (!failed) {
        CHECK(status == SLUICE_OK);
        break;
      }
      REQUIRE(status == SLUICE_ERR_LIMIT);
      CHECK(host.answer() == "no memory");
      REQUIRE(host.call(SLUICE_WORKER_PING) == SLUICE_OK);
      ++refusals;
    }
    CHECK(refusals > 10);
  }
  CHECK(host.records().empty());
}

TEST_CASE("failure: without memory commands are refused, and nothing is half made") {
  Host host;
  const uint32_t router = host.create(SLUICE_WORKER_CREATE_ROUTER, 0);
  const uint32_t ingress = host.create(SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT, router, kPlain);
  const uint32_t egress = host.create(SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT, router, kPlain);
  const uint32_t producer = host.create(SLUICE_TRANSPORT_PRODUCE, ingress, kProduce);
  const std::string consume = consume_request(producer);
  const uint32_t consumer = host.create(SLUICE_TRANSPORT_CONSUME, egress, consume);
  REQUIRE(consumer != 0);
  host.call(SLUICE_ROUTER_DUMP, router);
  const std::string before = host.answer();

  const auto is_refused = [&](uint32_t method, uint32_t target, std::string_view request = "") {
    return host.call(method, target, request) == SLUICE_ERR_LIMIT && host.answer() == "no memory";
  };
  g_all_fail = true;
  g_until_failure = 0;
  CHECK(is_refused(SLUICE_WORKER_CREATE_ROUTER, 0));
  CHECK(is_refused(SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT, router, kPlain));
  CHECK(is_refused(SLUICE_TRANSPORT_CONSUME, egress, consume));
  CHECK(is_refused(SLUICE_PRODUCER_PAUSE, producer));
  CHECK(is_refused(SLUICE_ROUTER_DUMP, router));
  g_until_failure = kNever;
  host.call(SLUICE_ROUTER_DUMP, router);
  CHECK(host.answer() == before);

  CHECK(host.call(SLUICE_CONSUMER_CLOSE, consumer) >= 0);
  CHECK(host.call(SLUICE_CONSUMER_DUMP, consumer) == SLUICE_ERR_NOT_FOUND);
  CHECK(host.create(SLUICE_TRANSPORT_CONSUME, egress, consume) != 0);
}

TEST_CASE("failure: a dump that runs out of memory anywhere fails alone") {
  Host host;
  const uint32_t router = host.create(SLUICE_WORKER_CREATE_ROUTER, 0);
  const uint32_t ingress = host.create(SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT, router, kPlain);
  for (int i = 0; i < 200; ++i) host.create(SLUICE_WORKER_CREATE_ROUTER, 0);
  g_all_fail = false;
  int64_t refusals = 0;
  for (const auto& [method, target] :
       {std::pair{SLUICE_WORKER_DUMP, 0u}, std::pair{SLUICE_TRANSPORT_DUMP, ingress}}) {
    for (int64_t nth = 0;; ++nth) {
      g_until_failure = nth;
      const int32_t status = host.call(method, target);
      if (g_until_failure.exchange(kNever) >= 0) break;
      if (status == SLUICE_ERR_LIMIT) ++refusals;
      REQUIRE(host.call(SLUICE_WORKER_PING) == SLUICE_OK);
    }
  }
  CHECK(refusals > 2);
  CHECK(host.call(SLUICE_WORKER_DUMP) > 0);
}

TEST_CASE("failure: a request has a limit") {
  Host host;
  std::string request = R"({"events":0})";
  request.append(1'048'576 - request.size(), ' ');
  CHECK(host.call(SLUICE_WORKER_PING, 0, request) == SLUICE_OK);
  CHECK(host.call(SLUICE_WORKER_PING, 0, request + " ") == SLUICE_ERR_INVALID);
  CHECK(host.answer() == "request is larger than 1048576 bytes");
}

TEST_CASE("failure: an allocation that fails anywhere ends the worker, never the process") {
  for (const bool all : {false, true}) {
    int64_t deaths = 0;
    for (int64_t nth = 0;; ++nth) {
      Host host;
      g_all_fail = all;
      g_until_failure = nth;
      const bool good = live(host);
      const bool failed = g_until_failure.exchange(kNever) < 0;
      if (!failed) {
        CHECK(good);
        break;
      }
      CAPTURE(nth);
      if (host.call(SLUICE_WORKER_PING) == SLUICE_OK) {
        REQUIRE(host.lacked_memory());  // To parse a request: nothing had happened yet.
        continue;
      }
      const auto records = host.records();
      REQUIRE_FALSE(records.empty());
      CHECK(records.back().type == SLUICE_EVENT_WORKER_DIED);
      CHECK(host.call(SLUICE_WORKER_PING) == SLUICE_ERR_CLOSED);
      ++deaths;
    }
    MESSAGE(deaths, " places");
    CHECK(deaths > 50);
  }
}

TEST_CASE("engine: a thousand workers with sockets start and stop") {
  for (int i = 0; i < 1000; ++i) {
    Host host;
    if (i % 10 != 0) continue;
    CHECK(live(host));
    const uint32_t router = host.create(SLUICE_WORKER_CREATE_ROUTER, 0);
    CHECK(host.create(SLUICE_ROUTER_CREATE_WEBRTC_TRANSPORT, router, kWebRtc) != 0);
  }
}

}  // namespace
}  // namespace sluice::capi
