// A real worker for tests: its thread, its ring, and calls with JSON texts.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sluice.h"
#include "worker/json/json.h"
#include "worker/loop/engine.h"
#include "worker/loop/worker_thread.h"

namespace sluice::worker {

class TestWorker {
 public:
  explicit TestWorker(const EngineOptions& options = {}) {
    auto started = WorkerThread::start(
        options.ring_bytes,
        [&](EventRing& events, CommandQueue& commands) -> Result<WorkerThread::Body> {
          auto engine = Engine::create(options, events, commands);
          if (!engine) return engine.error();
          return WorkerThread::Body(
              [held = std::shared_ptr<Engine>(std::move(*engine))] { held->run(); });
        });
    REQUIRE(started.ok());
    thread_ = std::move(*started);
  }

  // The answer's text, or "error: ..." .
  std::string call(uint32_t method, uint32_t target, std::string_view request = "") {
    std::vector<uint8_t> buffer(64 * 1024);
    Answer answer{MutableBytes(buffer)};
    const Bytes bytes(reinterpret_cast<const uint8_t*>(request.data()), request.size());
    thread_->call(Command{method, target, bytes}, answer);
    if (answer.failed()) return "error: " + answer.error().text;
    return answer.spilled() ? answer.take_spilled()
                            : std::string(reinterpret_cast<char*>(buffer.data()), answer.size());
  }

  // As call(), for answers {id, ...}.
  uint32_t create(uint32_t method, uint32_t target, std::string_view request = "") {
    const std::string text = call(method, target, request);
    INFO(text);
    return number(text, "id");
  }

  static uint32_t number(const std::string& text, const char* field) {
    JsonRequest parsed;
    const auto ok = parsed.parse({reinterpret_cast<const uint8_t*>(text.data()), text.size()}).ok();
    REQUIRE(ok);
    FieldErrors errors;
    const uint32_t value = parsed.fields(errors).number(field, 0, UINT32_MAX);
    REQUIRE_FALSE(errors.any());
    return value;
  }

  // One of the dump's counters.
  uint64_t counter(const std::string& name) {
    const std::string dump = call(SLUICE_WORKER_DUMP, 0);
    const size_t at = dump.find("\"" + name + "\":");
    REQUIRE_MESSAGE(at != std::string::npos, name);
    return std::stoull(dump.substr(at + name.size() + 3));
  }

  WorkerThread& thread() { return *thread_; }

 private:
  std::shared_ptr<WorkerThread> thread_;
};

}  // namespace sluice::worker
