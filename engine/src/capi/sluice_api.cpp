// The functions of sluice.h. They check what the caller gave, find the worker and keep exceptions
// in.
#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "capi/options.h"
#include "capi/process_exit.h"
#include "capi/worker_table.h"
#include "sluice.h"
#include "worker/loop/engine.h"
#include "worker/loop/worker_thread.h"

namespace sluice::capi {
namespace {

// Parsed, a request may take dozens of times its size; real ones have a few KB.
constexpr uint32_t kMaxRequestBytes = 1'048'576;

// An answer that did not fit, for the thread that asked.
struct Undelivered {
  uint32_t worker = 0;
  std::string text;
};
thread_local Undelivered undelivered;

int32_t status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid:
      return SLUICE_ERR_INVALID;
    case ErrorKind::not_found:
      return SLUICE_ERR_NOT_FOUND;
    case ErrorKind::closed:
      return SLUICE_ERR_CLOSED;
    case ErrorKind::limit:
      return SLUICE_ERR_LIMIT;
    case ErrorKind::unsupported:
      return SLUICE_ERR_UNSUPPORTED;
    case ErrorKind::taken:
      return SLUICE_ERR_TAKEN;
    case ErrorKind::failed:
      return SLUICE_ERR_FAILED;
  }
  return SLUICE_ERR_FAILED;
}

MutableBytes buffer_of(uint8_t* answer, uint32_t capacity) {
  return answer ? MutableBytes(answer, capacity) : MutableBytes();
}

// Writes the text and its NUL, cut where the buffer ends.
int32_t fail(MutableBytes answer, const Error& error) {
  if (!answer.empty()) {
    const size_t bytes = std::min(error.text.size(), answer.size() - 1);
    memcpy(answer.data(), error.text.data(), bytes);
    answer[bytes] = 0;
  }
  return status_of(error.kind);
}

// No exception passes the C interface; what is left to throw is the memory running out.
template <typename Run>
int32_t guarded(MutableBytes answer, Run&& run) {
  try {
    return run();
  } catch (const std::exception& error) {
    return fail(answer, failed(error.what()));
  } catch (...) {
    return fail(answer, failed("unknown exception"));
  }
}

int32_t does_not_fit(MutableBytes answer, size_t needed) {
  if (answer.size() >= sizeof(uint32_t)) {
    for (size_t i = 0; i < sizeof(uint32_t); ++i) {
      answer[i] = static_cast<uint8_t>(needed >> (8 * i));
    }
  }
  return SLUICE_ERR_BUFFER;
}

Result<Bytes> request_of(const uint8_t* request, uint32_t bytes) {
  if (bytes > kMaxRequestBytes) return invalid("request is larger than 1048576 bytes");
  if (!request && bytes > 0) return invalid("request is NULL");
  return request ? Bytes(request, bytes) : Bytes();
}

Result<std::shared_ptr<worker::WorkerThread>> start_engine(const worker::EngineOptions& options) {
  return worker::WorkerThread::start(
      options.ring_bytes,
      [&](worker::EventRing& events,
          worker::CommandQueue& commands) -> Result<worker::WorkerThread::Body> {
        auto engine = worker::Engine::create(options, events, commands);
        if (!engine) return engine.error();
        // std::function wants a body that can be copied.
        std::shared_ptr<worker::Engine> shared = std::move(*engine);
        return worker::WorkerThread::Body([shared = std::move(shared)] { shared->run(); });
      });
}

int32_t create_worker(Bytes options_json, MutableBytes answer) {
  prepare_process();
  const auto options = parse_options(options_json);
  if (!options) return fail(answer, options.error());
  auto started = start_engine(*options);
  if (!started) return fail(answer, started.error());
  const uint32_t handle = WorkerTable::instance().add(std::move(*started));
  if (handle == 0) return fail(answer, {ErrorKind::limit, "too many workers"});
  return static_cast<int32_t>(handle);
}

int32_t run_command(uint32_t handle, const worker::Command& command, MutableBytes buffer) {
  const auto worker = WorkerTable::instance().find(handle);
  if (!worker) return fail(buffer, {ErrorKind::not_found, "no such worker"});
  worker::Answer answer(buffer);
  worker->call(command, answer);
  if (answer.failed()) return fail(buffer, answer.error());
  if (!answer.spilled()) return static_cast<int32_t>(answer.size());
  undelivered = {handle, answer.take_spilled()};
  return does_not_fit(buffer, undelivered.text.size());
}

}  // namespace
}  // namespace sluice::capi

using sluice::capi::WorkerTable;

extern "C" {

uint32_t sluice_abi_version(void) {
  return SLUICE_ABI_VERSION;
}

const char* sluice_version(void) {
  return SLUICE_VERSION;
}

int32_t sluice_worker_create(const uint8_t* options, uint32_t options_bytes, uint8_t* answer,
                             uint32_t answer_capacity) {
  const auto buffer = sluice::capi::buffer_of(answer, answer_capacity);
  return sluice::capi::guarded(buffer, [&] {
    const auto json = sluice::capi::request_of(options, options_bytes);
    if (!json) return sluice::capi::fail(buffer, json.error());
    return sluice::capi::create_worker(*json, buffer);
  });
}

int32_t sluice_worker_close(uint32_t worker) {
  const auto found = WorkerTable::instance().find(worker);
  if (!found) return SLUICE_ERR_NOT_FOUND;
  found->close();
  return SLUICE_OK;
}

int32_t sluice_worker_free(uint32_t worker) {
  return WorkerTable::instance().end(worker) ? SLUICE_OK : SLUICE_ERR_NOT_FOUND;
}

int32_t sluice_call(uint32_t worker, uint32_t method, uint32_t target, const uint8_t* request,
                    uint32_t request_bytes, uint8_t* answer, uint32_t answer_capacity) {
  const auto buffer = sluice::capi::buffer_of(answer, answer_capacity);
  return sluice::capi::guarded(buffer, [&] {
    const auto json = sluice::capi::request_of(request, request_bytes);
    if (!json) return sluice::capi::fail(buffer, json.error());
    return sluice::capi::run_command(worker, {method, target, *json}, buffer);
  });
}

int32_t sluice_worker_answer(uint32_t worker, uint8_t* answer, uint32_t answer_capacity) {
  auto& undelivered = sluice::capi::undelivered;
  const auto buffer = sluice::capi::buffer_of(answer, answer_capacity);
  const size_t bytes = undelivered.text.size();
  if (bytes == 0 || undelivered.worker != worker) {
    return sluice::capi::fail(buffer, {sluice::ErrorKind::not_found, "no answer waits"});
  }
  if (bytes > buffer.size()) return sluice::capi::does_not_fit(buffer, bytes);
  memcpy(buffer.data(), undelivered.text.data(), bytes);
  undelivered = {};
  return static_cast<int32_t>(bytes);
}

void* sluice_ring_memory(uint32_t worker) {
  const auto found = WorkerTable::instance().find(worker);
  return found ? found->events().memory() : nullptr;
}

int32_t sluice_ring_bytes(uint32_t worker) {
  const auto found = WorkerTable::instance().find(worker);
  if (!found) return SLUICE_ERR_NOT_FOUND;
  return static_cast<int32_t>(found->events().data_bytes());
}

int32_t sluice_ring_arm(uint32_t worker) {
  const auto found = WorkerTable::instance().find(worker);
  if (!found) return SLUICE_ERR_NOT_FOUND;
  return found->arm() ? 1 : 0;
}

int32_t sluice_ring_doorbell_fd(uint32_t worker) {
  const auto found = WorkerTable::instance().find(worker);
  if (!found) return SLUICE_ERR_NOT_FOUND;
  return sluice::capi::guarded({}, [&] {
    const auto fd = found->events().doorbell().open_socket();
    return fd ? *fd : sluice::capi::status_of(fd.error().kind);
  });
}

void* sluice_direct_memory(uint32_t worker, uint32_t direction) {
  const auto found = WorkerTable::instance().find(worker);
  if (!found || direction > 1) return nullptr;
  const auto& direct = found->events().direct();
  return direction == 0 ? direct.to_engine() : direct.to_host();
}

int32_t sluice_direct_bytes(uint32_t worker) {
  const auto found = WorkerTable::instance().find(worker);
  if (!found) return SLUICE_ERR_NOT_FOUND;
  return static_cast<int32_t>(found->events().direct().data_bytes());
}

int32_t sluice_direct_wake(uint32_t worker) {
  const auto found = WorkerTable::instance().find(worker);
  if (!found) return SLUICE_ERR_NOT_FOUND;
  found->wake();
  return SLUICE_OK;
}

}  // extern "C"
