// The doorbell as a Node-API module: exports.attach(worker, callback), detach, ref and unref
// (worker). Each returns whether it could. All other traffic with the host is plain C calls.
//
// A worker rings a thread-safe function, which queues the callback on the host's event loop: it
// does not block and can be called on any thread. An attached doorbell keeps the host's loop alive
// unless it is unreferenced.
//
// When a host thread ends, its workers end with it: nobody could close them any more, and their
// sockets would forward media until the process ends.
#include <iterator>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "capi/node_api.h"
#include "capi/worker_table.h"

namespace sluice::capi {
namespace {

struct Attachment {
  napi_env env;
  napi_threadsafe_function function;
  std::weak_ptr<worker::WorkerThread> worker;
};

// Never destroyed, as the worker table. The mutex is not held while a worker rings.
struct Attachments {
  std::mutex mutex;
  std::unordered_map<uint32_t, std::unique_ptr<Attachment>> by_worker;

  static Attachments& instance() {
    static auto* const attachments = new Attachments();
    return *attachments;
  }
};

// The worker's thread, under the doorbell's lock: the attachment is alive.
void ring(void* context) {
  napi_call_threadsafe_function(static_cast<Attachment*>(context)->function, nullptr,
                                napi_tsfn_nonblocking);
}

// The host's thread.
void call_listener(napi_env env, napi_value callback, void*, void*) {
  if (!env || !callback) return;  // The loop is being torn down.
  napi_value receiver;
  if (napi_get_undefined(env, &receiver) != napi_ok) return;
  napi_call_function(env, receiver, callback, 0, nullptr, nullptr);
}

// After this the worker does not ring and will not.
void stop_ringing(Attachment& attachment) {
  if (const auto worker = attachment.worker.lock()) {
    worker->events().doorbell().detach(&attachment);
  }
}

bool attach(napi_env env, uint32_t handle, napi_value callback) {
  const auto worker = WorkerTable::instance().find(handle);
  if (!worker) return false;
  auto& attachments = Attachments::instance();
  const std::lock_guard lock(attachments.mutex);
  if (attachments.by_worker.contains(handle)) return false;

  constexpr char kName[] = "sluice doorbell";
  napi_value name;
  napi_threadsafe_function function;
  if (napi_create_string_utf8(env, kName, sizeof(kName) - 1, &name) != napi_ok) return false;
  // Queue size 0 is "no limit": a full queue would be an error to handle, and a doorbell that is
  // rung only when armed never has more than a few entries.
  if (napi_create_threadsafe_function(env, callback, nullptr, name, 0, 1, nullptr, nullptr, nullptr,
                                      call_listener, &function) != napi_ok) {
    return false;
  }
  auto& attachment = attachments.by_worker[handle];
  attachment = std::make_unique<Attachment>(Attachment{env, function, worker});
  worker->events().doorbell().attach(ring, attachment.get());
  return true;
}

bool detach(napi_env env, uint32_t handle) {
  auto& attachments = Attachments::instance();
  const std::lock_guard lock(attachments.mutex);
  const auto found = attachments.by_worker.find(handle);
  if (found == attachments.by_worker.end() || found->second->env != env) return false;
  stop_ringing(*found->second);
  napi_release_threadsafe_function(found->second->function, napi_tsfn_release);
  attachments.by_worker.erase(found);
  return true;
}

bool set_ref(napi_env env, uint32_t handle, bool keep_alive) {
  auto& attachments = Attachments::instance();
  const std::lock_guard lock(attachments.mutex);
  const auto found = attachments.by_worker.find(handle);
  if (found == attachments.by_worker.end() || found->second->env != env) return false;
  const auto set = keep_alive ? napi_ref_threadsafe_function : napi_unref_threadsafe_function;
  return set(env, found->second->function) == napi_ok;
}

// Stops the ringing for all that this host thread attached, and returns their workers' handles. The
// thread's functions go with it, without a release by us.
std::vector<uint32_t> detach_all(napi_env env) {
  auto& attachments = Attachments::instance();
  const std::lock_guard lock(attachments.mutex);
  std::vector<uint32_t> workers;
  for (auto it = attachments.by_worker.begin(); it != attachments.by_worker.end();) {
    if (it->second->env != env) {
      ++it;
      continue;
    }
    stop_ringing(*it->second);
    workers.push_back(it->first);
    it = attachments.by_worker.erase(it);
  }
  return workers;
}

// The host's thread ends: it was terminated, it has finished, or its program is loaded anew.
void clean_up(void* data) {
  for (const uint32_t worker : detach_all(static_cast<napi_env>(data))) {
    WorkerTable::instance().end(worker);
  }
}

enum class Export : uintptr_t { attach, detach, ref, unref };
constexpr const char* kExportNames[] = {"attach", "detach", "ref", "unref"};

bool run_export(napi_env env, Export what, uint32_t worker, napi_value callback) {
  switch (what) {
    case Export::attach:
      return callback && attach(env, worker, callback);
    case Export::detach:
      return detach(env, worker);
    case Export::ref:
      return set_ref(env, worker, true);
    case Export::unref:
      return set_ref(env, worker, false);
  }
  return false;
}

napi_value call_export(napi_env env, napi_callback_info info) {
  size_t argc = 2;
  napi_value argv[2] = {nullptr, nullptr};
  void* data = nullptr;
  uint32_t worker = 0;
  bool done = false;
  if (napi_get_cb_info(env, info, &argc, argv, nullptr, &data) == napi_ok && argc >= 1 &&
      napi_get_value_uint32(env, argv[0], &worker) == napi_ok) {
    const auto what = static_cast<Export>(reinterpret_cast<uintptr_t>(data));
    done = run_export(env, what, worker, argc >= 2 ? argv[1] : nullptr);
  }
  napi_value result = nullptr;
  napi_get_boolean(env, done, &result);
  return result;
}

void add_exports(napi_env env, napi_value exports) {
  for (uintptr_t i = 0; i < std::size(kExportNames); ++i) {
    napi_value function;
    const size_t length = std::char_traits<char>::length(kExportNames[i]);
    // Which function it is travels as the data pointer's value.
    if (napi_create_function(env, kExportNames[i], length, call_export, reinterpret_cast<void*>(i),
                             &function) == napi_ok) {
      napi_set_named_property(env, exports, kExportNames[i], function);
    }
  }
  napi_add_env_cleanup_hook(env, clean_up, env);
}

}  // namespace
}  // namespace sluice::capi

extern "C" napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  if (node_api_present()) sluice::capi::add_exports(env, exports);
  return exports;
}
