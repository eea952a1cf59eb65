// A worker that did not run for longer than its peers' consent lasts (SIGSTOP, a paused virtual
// machine): their checks wait in its sockets, and must be read before anybody is judged. In virtual
// time, over real sockets of the loopback.
#include "net/epoll.h"
#include "tests/worker/web_rtc_peer.h"
#include "worker/host/command_queue.h"
#include "worker/host/event_ring.h"

namespace sluice::worker {
namespace {

// More than one wait of the loop reports.
constexpr int kPeers = 3 * static_cast<int>(net::Epoll::kMaxEvents) / 2;
constexpr const char* kListening =
    R"({"listenInfos":[{"protocol":"udp","ip":"127.0.0.1"}],"iceConsentTimeout":30})";

class FrozenWorker {
 public:
  FrozenWorker() {
    EngineOptions options;
    options.ring_bytes = EventRing::kMinBytes;
    events_ = std::move(*EventRing::create(options.ring_bytes));
    queue_ = std::move(*CommandQueue::create());
    engine_ = std::move(*Engine::create(options, *events_, *queue_));
    router_ = TestWorker::number(call(SLUICE_WORKER_CREATE_ROUTER, 0), "id");
    turn();
    for (int i = 0; i < kPeers; ++i) {
      const auto remote =
          RemoteTransport::read(call(SLUICE_ROUTER_CREATE_WEBRTC_TRANSPORT, router_, kListening));
      peers.push_back(std::make_unique<WebRtcPeer>(remote));
    }
  }

  std::string call(uint32_t method, uint32_t target, std::string_view request = "") {
    std::vector<uint8_t> buffer(64 * 1024);
    Answer answer{MutableBytes(buffer)};
    const Bytes bytes(reinterpret_cast<const uint8_t*>(request.data()), request.size());
    engine_->run_command(Command{method, target, bytes}, answer);
    REQUIRE_FALSE(answer.failed());
    return answer.spilled() ? answer.take_spilled()
                            : std::string(reinterpret_cast<char*>(buffer.data()), answer.size());
  }
  void turn() { engine_->turn(now); }
  void check_all() {
    for (auto& peer : peers) peer->link.send(peer->make_check(peer->remote().password));
  }
  int in_state(const std::string& state) {
    int count = 0;
    for (auto& peer : peers) {
      const std::string dump = call(SLUICE_TRANSPORT_DUMP, peer->remote().id);
      if (dump.find(R"("iceState":")" + state + "\"") != std::string::npos) ++count;
    }
    return count;
  }

  Instant now = net::now();
  std::vector<std::unique_ptr<WebRtcPeer>> peers;

 private:
  std::unique_ptr<EventRing> events_;
  std::unique_ptr<CommandQueue> queue_;
  std::unique_ptr<Engine> engine_;
  uint32_t router_ = 0;
};

}  // namespace

TEST_CASE("frozen worker: peers whose checks wait in the sockets are not disconnected") {
  FrozenWorker worker;
  worker.check_all();
  for (int i = 0; i < 4; ++i) worker.turn();
  REQUIRE(worker.in_state("completed") == kPeers);

  worker.check_all();
  worker.now += 40s;
  for (int i = 0; i < 4; ++i) worker.turn();
  CHECK(worker.in_state("completed") == kPeers);

  // Who has sent nothing meanwhile is gone, when a second look finds nothing to read.
  worker.now += 40s;
  for (int i = 0; i < 2; ++i) worker.turn();
  CHECK(worker.in_state("disconnected") == kPeers);
}

TEST_CASE("frozen worker: checks behind more datagrams than one turn reads are found, too") {
  FrozenWorker worker;
  worker.check_all();
  for (int i = 0; i < 4; ++i) worker.turn();
  REQUIRE(worker.in_state("completed") == kPeers);

  auto& peer = *worker.peers.front();
  for (int i = 0; i < 1000; ++i) peer.link.send(std::vector<uint8_t>{0xFF});
  worker.check_all();
  worker.now += 40s;
  for (int i = 0; i < 8; ++i) worker.turn();
  CHECK(worker.in_state("completed") == kPeers);
}

}  // namespace sluice::worker
