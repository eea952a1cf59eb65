#include "worker/loop/fault.h"

#include <new>
#include <stdexcept>

namespace sluice::worker {

std::optional<Fault::Kind> Fault::parse(std::string_view text) {
  if (text == "bad_alloc") return Kind::bad_alloc;
  if (text == "logic_error") return Kind::logic_error;
  if (text == "unknown") return Kind::unknown;
  return std::nullopt;
}

void Fault::raise(Kind kind) {
  switch (kind) {
    case Kind::bad_alloc:
      throw std::bad_alloc();
    case Kind::logic_error:
      throw std::logic_error("a fault was asked for");
    case Kind::unknown:
      break;
  }
  throw 0;  // What is no exception at all must not pass either.
}

void Fault::raise_later(Kind kind, Instant now) {
  kind_ = kind;
  timer_.set(now);
}

}  // namespace sluice::worker
