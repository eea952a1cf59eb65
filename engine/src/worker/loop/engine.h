// What runs on a worker's thread: one loop that owns the sockets, the transports and their memory.
// Nothing in here is touched by another thread; commands come in through the CommandQueue, events
// leave through the EventRing.
#pragma once

#include <memory>

#include "base/result.h"
#include "base/time.h"
#include "worker/loop/engine_options.h"

namespace sluice::worker {

class Answer;
class CommandQueue;
class EventRing;
struct Command;
struct Core;

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

  // For simulations and fuzzers, which have neither a thread nor a clock: a turn at `now` that does
  // not wait, a command that runs at once, and a look inside.
  void turn(Instant now);
  void run_command(const Command& command, Answer& answer);
  const Core& core() const;

 private:
  struct State;
  explicit Engine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sluice::worker
