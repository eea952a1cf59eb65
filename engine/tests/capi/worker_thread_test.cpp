#include "worker/loop/worker_thread.h"

#include <doctest/doctest.h>
#include <poll.h>

#include <stdexcept>
#include <thread>
#include <vector>

#include "sluice.h"
#include "tests/capi/ring_reader.h"

namespace sluice::worker {
namespace {

constexpr uint32_t kEcho = 1;
constexpr uint32_t kThrow = 2;
constexpr uint32_t kRefuse = 3;
constexpr uint32_t kLeave = 4;

// The smallest loop that a worker can have.
void serve(CommandQueue& commands) {
  bool leave = false;
  while (!commands.stop_requested() && !leave) {
    pollfd wake{commands.wake_fd(), POLLIN, 0};
    poll(&wake, 1, -1);
    commands.drain([&](const Command& command, Answer& answer) {
      if (command.method == kThrow) throw std::runtime_error("a \"test\"");
      if (command.method == kRefuse) return answer.fail(ErrorKind::invalid, "field is wrong");
      leave = command.method == kLeave;
      answer.append(
          {reinterpret_cast<const char*>(command.request.data()), command.request.size()});
    });
  }
}

std::shared_ptr<WorkerThread> start_worker() {
  auto worker = WorkerThread::start(
      EventRing::kMinBytes, [](EventRing&, CommandQueue& commands) -> Result<WorkerThread::Body> {
        return WorkerThread::Body([&commands] { serve(commands); });
      });
  REQUIRE(worker.ok());
  return std::move(*worker);
}

Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

struct Outcome {
  bool failed;
  ErrorKind kind;
  std::string text;
};

Outcome call(WorkerThread& worker, uint32_t method, std::string_view request = {},
             size_t capacity = 64) {
  std::vector<uint8_t> buffer(capacity);
  Answer answer{MutableBytes(buffer)};
  worker.call({method, 0, bytes_of(request)}, answer);
  if (answer.failed()) return {true, answer.error().kind, answer.error().text};
  if (answer.spilled()) return {false, {}, answer.take_spilled()};
  return {false, {}, std::string(buffer.begin(), buffer.begin() + answer.size())};
}

TEST_CASE("answer: text goes to the buffer, and to a string once that is full") {
  uint8_t buffer[4];
  Answer fits{MutableBytes(buffer)};
  fits.append("ab");
  fits.Put('c');
  fits.Put('d');
  CHECK(fits.size() == 4);
  CHECK_FALSE(fits.spilled());
  CHECK(std::string(buffer, buffer + 4) == "abcd");
  fits.Put('e');
  fits.append("fg");
  CHECK(fits.take_spilled() == "abcdefg");

  Answer refused{MutableBytes(buffer)};
  refused.append("abcdefgh");
  refused.fail(ErrorKind::limit, "no");
  CHECK(refused.failed());
  CHECK(refused.size() == 0);
}

TEST_CASE("worker thread: runs commands and hands their errors out") {
  auto worker = start_worker();
  CHECK(call(*worker, kEcho, "hello").text == "hello");
  CHECK(call(*worker, kEcho, std::string(1000, 'x')).text == std::string(1000, 'x'));
  const auto refused = call(*worker, kRefuse);
  CHECK(refused.kind == ErrorKind::invalid);
  CHECK(refused.text == "field is wrong");
  worker->close();
  CHECK(call(*worker, kEcho).kind == ErrorKind::closed);
  worker->close();
}

TEST_CASE("worker thread: the factory's error is the result") {
  const auto worker = WorkerThread::start(
      EventRing::kMinBytes,
      [](EventRing&, CommandQueue&) -> Result<WorkerThread::Body> { return invalid("no"); });
  REQUIRE_FALSE(worker.ok());
  CHECK(worker.error().text == "no");
}

TEST_CASE("worker thread: an exception ends this worker only, and the host hears of it") {
  auto survivor = start_worker();
  for (const auto& [method, reason] : {std::pair{kThrow, R"({"reason":"a  test "})"},
                                       std::pair{kLeave, R"({"reason":"the event loop ended"})"}}) {
    auto worker = start_worker();
    const auto outcome = call(*worker, method);
    CHECK(outcome.failed == (method == kThrow));
    if (outcome.failed) CHECK(outcome.kind == ErrorKind::closed);
    CHECK(call(*worker, kEcho).kind == ErrorKind::closed);
    worker->close();
    CHECK(worker->ended());
    test::RingReader reader(worker->events().memory(), worker->events().data_bytes());
    test::Record record;
    REQUIRE(reader.read(record));
    CHECK(record.type == SLUICE_EVENT_WORKER_DIED);
    CHECK(record.payload == reason);
  }
  CHECK(call(*survivor, kEcho, "still here").text == "still here");
}

TEST_CASE("worker thread: calls of many threads are answered each with its own answer") {
  constexpr int kThreads = 4;
  constexpr int kCalls = 2000;
  auto worker = start_worker();
  std::atomic<int> wrong{0};
  std::vector<std::thread> callers;
  for (int thread = 0; thread < kThreads; ++thread) {
    callers.emplace_back([&, thread] {
      for (int i = 0; i < kCalls; ++i) {
        const auto text = std::to_string(thread) + ":" + std::to_string(i);
        if (call(*worker, kEcho, text).text != text) ++wrong;
      }
    });
  }
  for (auto& caller : callers) caller.join();
  CHECK(wrong == 0);
}

TEST_CASE("worker thread: calls during a close or a death are answered, never left waiting") {
  for (int round = 0; round < 200; ++round) {
    auto worker = start_worker();
    std::atomic<int> closed{0};
    std::vector<std::thread> callers;
    for (int thread = 0; thread < 3; ++thread) {
      callers.emplace_back([&] {
        for (;;) {
          const auto outcome = call(*worker, kEcho, "x");
          if (!outcome.failed) continue;
          if (outcome.kind == ErrorKind::closed) ++closed;
          return;
        }
      });
    }
    if (round % 2 == 0) {
      worker->close();
    } else {
      call(*worker, kThrow);
    }
    for (auto& caller : callers) caller.join();
    CHECK(closed == 3);
  }
}

TEST_CASE("worker thread: a thousand workers start and stop") {
  for (int i = 0; i < 1000; ++i) {
    auto worker = start_worker();
    if (i % 10 == 0) CHECK(call(*worker, kEcho, "x").text == "x");
  }
}

TEST_CASE("worker thread: a reader that made room wakes the worker for what waits") {
  std::atomic<int> batches{0};
  auto started = WorkerThread::start(
      EventRing::kMinBytes,
      [&](EventRing& events, CommandQueue& commands) -> Result<WorkerThread::Body> {
        return WorkerThread::Body([&] {
          for (uint32_t i = 1; i <= 10'000; ++i) {
            events.write_state(SLUICE_EVENT_ICE_STATE, i, "{}");
          }
          while (!commands.stop_requested()) {
            events.end_of_batch(Instant{1h});
            ++batches;
            pollfd wake{commands.wake_fd(), POLLIN, 0};
            poll(&wake, 1, -1);
            commands.drain([](const Command&, Answer&) {});
          }
        });
      });
  REQUIRE(started.ok());
  auto& worker = **started;
  test::RingReader reader(worker.events().memory(), worker.events().data_bytes());
  uint32_t expected = 0;
  bool in_order = true;
  while (expected < 10'000) {
    for (test::Record record; reader.read(record);) {
      in_order = in_order && record.target == ++expected;
    }
    worker.arm();
    std::this_thread::yield();
  }
  CHECK(in_order);
}

}  // namespace
}  // namespace sluice::worker
