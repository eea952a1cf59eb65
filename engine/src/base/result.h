// A value or a reason. The engine throws nothing across its layers: a caller's mistake comes back
// as an Error whose text names the field, and the C ABI hands it out unchanged.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace sluice {

// The kinds are the negative statuses of sluice.h.
enum class ErrorKind {
  invalid,      // A bad argument: a TypeError in TypeScript.
  not_found,    // No such object (any more).
  closed,       // The worker is closed.
  limit,        // A table or queue is full, no port is free.
  unsupported,  // The request makes sense but not here.
  taken,        // A number that the caller drew is in use, or was: draw another.
  failed,       // Everything else; the text says what.
};

struct Error {
  ErrorKind kind = ErrorKind::failed;
  std::string text;
};

inline Error invalid(std::string text) {
  return {ErrorKind::invalid, std::move(text)};
}
inline Error failed(std::string text) {
  return {ErrorKind::failed, std::move(text)};
}

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT: implicit by design.
  Result(Error error) : state_(std::move(error)) {}  // NOLINT: implicit by design.

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() { return std::get<0>(state_); }
  const T& value() const { return std::get<0>(state_); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

// Success without a value.
struct Done {};
using Status = Result<Done>;
inline Status ok() {
  return Done{};
}

}  // namespace sluice
