// A worker whose listener cannot accept: it must neither spin nor forget the connections that wait.
#include <sys/resource.h>
#include <time.h>

#include "tests/worker/web_rtc_peer.h"

namespace sluice::worker {
namespace {

Duration cpu_time() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

// Limits the process to the descriptors that it has, and `more`.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(size_t more) {
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before_) == 0);
    std::vector<net::Fd> next;
    for (size_t i = 0; i <= more; ++i) next.emplace_back(dup(0));
    const rlimit limit{static_cast<rlim_t>(next.back().get()), before_.rlim_max};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    // Holes below the limit would be taken first.
    next.clear();
  }
  void lift() { setrlimit(RLIMIT_NOFILE, &before_); }
  ~DescriptorLimit() { lift(); }

 private:
  rlimit before_{};
};

// The undefined behaviour sanitizer opens a pipe to look at a class that it meets for the first
// time, and takes it for no object when there is no descriptor left.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kNeedsDescriptors = true;  // Our preset has both sanitizers.
#else
constexpr bool kNeedsDescriptors = false;
#endif

}  // namespace

TEST_CASE("tcp listener: one that cannot accept is tried by a timer, and accepts when it can" *
          doctest::skip(kNeedsDescriptors)) {
  TestWorker worker;
  const uint32_t router = worker.create(SLUICE_WORKER_CREATE_ROUTER, 0);
  std::optional<DescriptorLimit> limit(1);  // For the listener: none is left for its spare.
  const auto remote = RemoteTransport::read(
      worker.call(SLUICE_ROUTER_CREATE_WEBRTC_TRANSPORT, router,
                  R"({"listenInfos":[{"protocol":"tcp","ip":"127.0.0.1"}],"enableTcp":true})"));
  limit.reset();
  worker.call(SLUICE_TRANSPORT_CONNECT, remote.id, WebRtcPeer::connect_request());

  limit.emplace(1);  // For the peer's own socket.
  WebRtcPeer peer(remote, Protocol::tcp);
  const Instant deadline = net::now() + 10s;
  while (worker.counter("tcp_accept_failed") == 0 && net::now() < deadline) {
  }
  const uint64_t turns = worker.counter("loop_turns");
  const uint64_t failed = worker.counter("tcp_accept_failed");
  const Duration used = cpu_time();
  const Instant start = net::now();
  uint64_t tries = 0;
  while (tries < 4 && net::now() < start + 10s) {
    poll(nullptr, 0, 100);
    tries = worker.counter("tcp_accept_failed") - failed;
  }
  const Duration took = net::now() - start;
  CHECK(tries >= 4);
  CHECK(took >= 500ms);
  CHECK(worker.counter("loop_turns") - turns < 200);
  CHECK(cpu_time() - used < took / 2);

  limit.reset();
  CHECK(peer.connect());  // Its connection has waited.
}

}  // namespace sluice::worker
