// The methods of sluice.h. Each reads its request, does the work between two turns of the loop, and
// writes its answer.
#pragma once

#include "worker/host/command_queue.h"
#include "worker/json/json.h"
#include "worker/loop/core.h"

namespace sluice::worker {

// What a method gets: the target that it asked for, its request, and where its answer goes.
struct CommandContext {
  Core& core;
  ObjectId target;
  const Fields& request;
  JsonWriter& answer;  // An object is begun for methods that answer with one.
};

class Commands {
 public:
  explicit Commands(Core& core) : core_(core) {}

  void run(const Command& command, Answer& answer);

 private:
  Core& core_;
  JsonWriter answer_;
};

// Each returns false when the method is not one of its kind.
enum class Handled : uint8_t { no, yes };
Handled run_worker_method(uint32_t method, CommandContext& context, Status& status);
Handled run_router_method(uint32_t method, CommandContext& context, Status& status);
Handled run_transport_method(uint32_t method, CommandContext& context, Status& status);
Handled run_media_method(uint32_t method, CommandContext& context, Status& status);
Handled run_data_method(uint32_t method, CommandContext& context, Status& status);
Handled run_observer_method(uint32_t method, CommandContext& context, Status& status);

// The target as a T, or the error that the caller gets.
template <typename T>
Result<T*> target_as(const CommandContext& context, const char* what) {
  T* object = context.core.objects.find<T>(context.target);
  if (!object) return Error{ErrorKind::not_found, std::string(what) + " not found"};
  return object;
}

}  // namespace sluice::worker
