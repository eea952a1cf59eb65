// Which worker of a pool a peer's address belongs to: a table that all workers of a shared port
// read without a lock, for each datagram that reached one which does not know its path.
//
// An entry is one word: the upper bits of the address's hash and the owner. A key has two buckets
// of a cache line each; whoever looks it up reads both, so that an entry may be taken out by a zero
// and nothing ever moves. The hash has a secret seed: peers cannot aim at a bucket. Two addresses
// with the same 56 bits would confuse their datagrams, which no keys of the wrong transport would
// open.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "base/address.h"

namespace sluice::worker {

class PathOwners {
 public:
  static constexpr size_t kBuckets =
      16384;  // 1 MB; about 100,000 addresses before one finds no room.
  static constexpr size_t kBucketEntries = 8;

  explicit PathOwners(uint64_t seed) : seed_(seed), buckets_(new Bucket[kBuckets]) {}

  // -- Any thread.
  std::optional<uint8_t> find(uint8_t listening, const Address& remote) const;

  // -- Any thread, one after the other. Returns the owner before; `stored` is false when both
  // buckets are full of others.
  std::optional<uint8_t> set(uint8_t listening, const Address& remote, uint8_t owner, bool* stored);
  // False, and nothing happens, when somebody else owns it by now.
  bool remove(uint8_t listening, const Address& remote, uint8_t owner);

 private:
  using Entry = std::atomic<uint64_t>;  // 0, or hash << 8 | owner + 1.
  struct alignas(64) Bucket {
    std::array<Entry, kBucketEntries> entries{};
  };

  uint64_t hash(uint8_t listening, const Address& remote) const;
  Bucket& bucket(uint64_t hash, int which) const {
    return buckets_[(which == 0 ? hash >> 8 : hash >> 36) % kBuckets];
  }
  Entry* find_entry(uint64_t hash) const;

  const uint64_t seed_;
  const std::unique_ptr<Bucket[]> buckets_;
  std::mutex writing_;
};

}  // namespace sluice::worker
