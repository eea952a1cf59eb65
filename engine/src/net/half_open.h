// Connections that have not shown a valid STUN request: a bounded number, each for a bounded time.
// Pure. When there are too many, the source address that holds the most loses its oldest, so that a
// flood from a few addresses pushes out its own connections and no newcomer's.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>

#include "base/address.h"
#include "base/time.h"

namespace sluice::net {

// One per worker. `handle` is the worker's number of a connection.
class HalfOpenTable {
 public:
  static constexpr size_t kDefaultLimit = 256;
  // ICE checks start at once after the TCP handshake; RFC 8445's retries are over within 8 s.
  static constexpr Duration kDefaultLifetime = 10s;

  explicit HalfOpenTable(size_t limit = kDefaultLimit, Duration lifetime = kDefaultLifetime)
      : limit_(limit), lifetime_(lifetime) {}

  // Returns the connection to close when the table was full.
  std::optional<uint32_t> add(Instant now, uint32_t handle, const Address& remote);
  // The connection proved itself or is gone.
  void remove(uint32_t handle);
  // The next connection whose time is up; it is removed. Call until empty, and close each.
  std::optional<uint32_t> poll_expired(Instant now);
  Instant next_timeout() const;
  size_t size() const { return entries_.size(); }
  uint64_t evicted() const { return evicted_; }
  uint64_t expired() const { return expired_; }

 private:
  // An IPv4 address, or the first 64 bits of an IPv6 address: whoever has one of these networks
  // can send from each of its addresses (RFC 6177).
  using Source = uint64_t;
  struct Entry {
    Instant deadline;
    uint32_t handle;
    Source source;
  };
  using Entries = std::deque<Entry>;

  static Source source_of(const Address& remote);
  Entries::iterator oldest_of_largest_source();
  uint32_t take(Entries::iterator entry);

  size_t limit_;
  Duration lifetime_;
  Entries entries_;                            // The oldest first.
  std::unordered_map<Source, size_t> counts_;  // Of the entries, by source.
  uint64_t evicted_ = 0;
  uint64_t expired_ = 0;
};

}  // namespace sluice::net
