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

  void run(const Command& command, Answer& answer);

 private:
  Core& core_;
  JsonWriter answer_;
};

}  // namespace sluice::worker
