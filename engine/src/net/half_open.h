// Connections that have not shown a valid STUN request yet: a bounded number, each for a bounded
// time. Pure. When there are too many the oldest goes: a real peer proves itself within a round
// trip, so that a flood has to outrun it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/time.h"

namespace sluice::net {

// One a listener. `handle` is the worker's number of a connection.
class HalfOpenTable {
 public:
  static constexpr size_t kDefaultLimit = 256;
  // ICE checks start at once after the TCP handshake; RFC 8445's retries are over within 8 s.
  static constexpr Duration kDefaultLifetime = 10s;

  explicit HalfOpenTable(size_t limit = kDefaultLimit, Duration lifetime = kDefaultLifetime)
      : limit_(limit), lifetime_(lifetime) {}

  // Returns the connection to close when the table was full.
  std::optional<uint32_t> add(Instant now, uint32_t handle);
  // The connection proved itself or is gone.
  void remove(uint32_t handle);
  // The next connection whose time is up; it is removed. Call until empty, and close each.
  std::optional<uint32_t> poll_expired(Instant now);
  Instant next_timeout() const;
  size_t size() const { return entries_.size(); }
  uint64_t evicted() const { return evicted_; }
  uint64_t expired() const { return expired_; }

 private:
  struct Entry {
    Instant deadline;
    uint32_t handle;
  };

  size_t limit_;
  Duration lifetime_;
  std::deque<Entry> entries_;  // The oldest first.
  uint64_t evicted_ = 0;
  uint64_t expired_ = 0;
};

}  // namespace sluice::net
