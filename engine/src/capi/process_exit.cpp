// A host may exit with live workers. Then no worker may touch the host's event loop, and none may
// use what exit() tears down:
//   - OpenSSL is told not to clean up at exit; the process goes away anyway.
//   - A handler of exit() silences the doorbells, stops the workers and waits a moment for them.
// A process that is killed or calls _exit() needs none of it.
#include "capi/process_exit.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <thread>

#include "capi/worker_table.h"

namespace sluice::capi {
namespace {

using namespace std::chrono_literals;

// A worker ends within one turn of its loop. One that hangs must not keep the process.
constexpr auto kMaxWaitAtExit = 500ms;
constexpr auto kLookAgain = 1ms;

void stop_workers_at_exit() {
  const auto workers = WorkerTable::instance().all();
  for (const auto& worker : workers) {
    worker->events().doorbell().silence();
    worker->request_stop();
  }
  const auto all_ended = [&] {
    return std::all_of(workers.begin(), workers.end(),
                       [](const auto& worker) { return worker->ended(); });
  };
  const auto give_up = std::chrono::steady_clock::now() + kMaxWaitAtExit;
  while (!all_ended() && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(kLookAgain);
  }
}

}  // namespace

void prepare_process() {
  static std::once_flag once;
  std::call_once(once, [] {
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
    WorkerTable::instance();
    atexit(stop_workers_at_exit);
  });
}

}  // namespace sluice::capi
