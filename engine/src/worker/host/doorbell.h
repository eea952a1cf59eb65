// Wakes a sleeping JavaScript event loop. Two ways, both attached by the host: a function (the
// Node-API thread-safe function of capi/napi_module.cpp), or a byte on a stream socket where such a
// module cannot load. Without either, ringing does nothing.
#pragma once

#include <mutex>

#include "base/result.h"

namespace sluice::worker {

class Doorbell {
 public:
  // Called on the worker's thread. Must not block.
  using Ring = void (*)(void* context);

  Doorbell() = default;
  ~Doorbell();
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  // The worker's thread.
  void ring();

  // -- The host's threads. When detach() has returned, `ring` is not running and will not be
  // called.

  void attach(Ring ring, void* context);
  // Detaches only what was attached with this context.
  void detach(void* context);
  // Makes a socket pair and gives its other end to the caller, which owns it.
  Result<int> open_socket();
  void silence();

 private:
  std::mutex mutex_;  // Uncontended: only attaching and detaching take it besides the worker.
  Ring ring_ = nullptr;
  void* context_ = nullptr;
  int socket_ = -1;
};

}  // namespace sluice::worker
