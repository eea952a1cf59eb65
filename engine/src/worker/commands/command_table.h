// The table of the methods of sluice.h: for each, the kind of object that it is for, and the
// function that carries it out.
#pragma once

#include <optional>
#include <span>

#include "sluice.h"
#include "worker/commands/methods.h"
#include "worker/objects/transport.h"

namespace sluice::worker {

struct Method {
  sluice_method number;
  std::optional<ObjectKind> target;        // Empty: the worker itself.
  std::optional<TransportType> transport;  // Set when only one type of transport has the method.
  Status (*run)(CommandContext& context, Object* target);
  bool draws = false;  // Random numbers, secrets among them: refused while the system has none.
};

// In ascending order, each number once.
std::span<const Method> method_table();

// nullptr when sluice.h has no such method.
const Method* find_method(uint32_t number);

// Checks that the method exists and that `target` is of the kind that it needs, then runs it.
Status run_method(CommandContext& context, uint32_t method, ObjectId target);

}  // namespace sluice::worker
