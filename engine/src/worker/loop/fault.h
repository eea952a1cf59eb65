// Failures on request, so that tests can see what a failure of a worker does to its host. Nothing
// in production asks for one, and it is refused unless EngineOptions::allow_faults is set.
#pragma once

#include <optional>
#include <string_view>

#include "worker/loop/timer_queue.h"

namespace sluice::worker {

class Fault {
 public:
  enum class Kind : uint8_t { bad_alloc, logic_error, unknown };

  explicit Fault(TimerQueue& timers)
      : timer_(timers, this, [](void* self, Instant) { static_cast<Fault*>(self)->raise(); }) {}

  static std::optional<Kind> parse(std::string_view text);

  // Throws what `kind` says: out of the command that is running.
  [[noreturn]] static void raise(Kind kind);
  // The same out of the event loop, when this turn's commands have been answered.
  void raise_later(Kind kind, Instant now);

 private:
  void raise() const { raise(kind_); }

  Kind kind_ = Kind::unknown;
  Timer timer_;
};

}  // namespace sluice::worker
