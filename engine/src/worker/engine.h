// What runs on a worker's thread: one loop that owns the sockets, the transports and their memory.
// Nothing in here is touched by another thread; commands come in through the CommandQueue, events
// leave through the EventRing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "srtp/cipher.h"

namespace sluice::worker {

class CommandQueue;
class EventRing;

// As sluice_worker_create() takes them, already checked.
struct EngineOptions {
  std::string log_level = "error";
  std::vector<std::string> log_tags;
  uint16_t rtc_min_port = 10000;
  uint16_t rtc_max_port = 59999;
  std::string dtls_certificate_file;  // Empty: a certificate is made.
  std::string dtls_private_key_file;
  uint32_t ring_bytes = 1 << 20;
  uint32_t direct_ring_bytes = 1 << 22;  // Of each ring for packets and messages of the host.
  bool allow_faults = false;             // Whether SLUICE_WORKER_FAIL does as it says: for tests.
  srtp::CipherBackend cipher_backend = srtp::CipherBackend::automatic;
};

class Engine {
 public:
  // Fails with a text that names the option (a certificate file that cannot be read, ...).
  static Result<std::unique_ptr<Engine>> create(const EngineOptions& options, EventRing& events,
                                                CommandQueue& commands);
  ~Engine();

  // The thread's life: returns when the queue says stop, with all that lived in here closed and the
  // peers told. Throws on an internal failure; the thread's owner turns that into the event "worker
  // died". Then nothing in here can be trusted to close in order: destroying the engine frees it.
  void run();

 private:
  struct State;
  explicit Engine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sluice::worker
