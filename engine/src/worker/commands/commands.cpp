#include "worker/commands/commands.h"

#include <new>

#include "worker/commands/command_table.h"

namespace sluice::worker {
namespace {

// More than a command needs that makes or changes an object, its answer included. Below the size
// from which malloc() maps memory of its own (128 KB), so that what is found stays with this
// thread.
constexpr size_t kRoomBytes = 64 * 1024;

// A command that ran out of memory halfway would leave an object half made, and the worker would
// have to end. So a command begins only when there is memory for it.
bool has_room() {
  void* room = ::operator new(kRoomBytes, std::nothrow);
  const bool found = room != nullptr;
  if (found) *static_cast<volatile uint8_t*>(room) = 0;  // Or the compiler leaves out the pair.
  ::operator delete(room);
  return found;
}

// Closing gives memory back, so it is tried without any.
bool is_closing(uint32_t method) {
  switch (method) {
    case SLUICE_WEBRTC_SERVER_CLOSE:
    case SLUICE_ROUTER_CLOSE:
    case SLUICE_TRANSPORT_CLOSE:
    case SLUICE_PRODUCER_CLOSE:
    case SLUICE_CONSUMER_CLOSE:
    case SLUICE_RTP_OBSERVER_CLOSE:
    case SLUICE_DATA_PRODUCER_CLOSE:
    case SLUICE_DATA_CONSUMER_CLOSE:
      return true;
    default:
      return false;
  }
}

// Large answers, and no change: may run out of memory anywhere.
bool is_reading(uint32_t method) {
  switch (method) {
    case SLUICE_WORKER_DUMP:
    case SLUICE_WORKER_RESOURCE_USAGE:
    case SLUICE_WEBRTC_SERVER_DUMP:
    case SLUICE_ROUTER_DUMP:
    case SLUICE_TRANSPORT_DUMP:
    case SLUICE_TRANSPORT_STATS:
    case SLUICE_PRODUCER_DUMP:
    case SLUICE_PRODUCER_STATS:
    case SLUICE_CONSUMER_DUMP:
    case SLUICE_CONSUMER_STATS:
    case SLUICE_DATA_PRODUCER_DUMP:
    case SLUICE_DATA_PRODUCER_STATS:
    case SLUICE_DATA_CONSUMER_DUMP:
    case SLUICE_DATA_CONSUMER_STATS:
      return true;
    default:
      return false;
  }
}

constexpr std::string_view kNoMemory = "no memory";

}  // namespace

void Commands::run(const Command& command, Answer& answer) {
  if (!is_closing(command.method) && !has_room()) return answer.fail(ErrorKind::limit, kNoMemory);
  try {
    run_now(command, answer);
  } catch (const std::bad_alloc&) {
    if (!is_reading(command.method)) throw;
    answer.fail(ErrorKind::limit, kNoMemory);
  }
}

void Commands::run_now(const Command& command, Answer& answer) {
  answer_.clear();
  JsonRequest request;
  if (auto parsed = request.parse(command.request); !parsed) return answer.fail(parsed.error());

  FieldErrors errors;
  const Fields fields = request.fields(errors);
  CommandContext context{core_, fields, answer_};
  if (auto done = run_method(context, command.method, command.target); !done) {
    return answer.fail(done.error());
  }
  answer.append(answer_.text());
}

}  // namespace sluice::worker
