// Runs the commands of the host: parses the request, finds the method's row in the table, checks
// the target, and writes the answer. All between two turns of the loop.
#pragma once

#include "worker/host/command_queue.h"
#include "worker/json/json.h"
#include "worker/loop/core.h"

namespace sluice::worker {

class Commands {
 public:
  explicit Commands(Core& core) : core_(core) {}

  // Without memory for it a command is refused, and changes nothing.
  void run(const Command& command, Answer& answer);

 private:
  void run_now(const Command& command, Answer& answer);

  Core& core_;
  JsonWriter answer_;
};

}  // namespace sluice::worker
