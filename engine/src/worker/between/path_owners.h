// The table that says which worker of a pool owns a peer's address. All workers of a shared port
// read it without a lock, for each datagram whose path they do not know.
//
// An entry is one word: the upper bits of the address's hash, and the owner. A key has two buckets
// of one cache line each. A look-up reads both, so an entry is removed by writing a zero, and
// entries never move. The hash has a secret seed, so that peers cannot aim at a bucket. Two
// addresses with the same 56 bits would get each other's datagrams, which the keys of the wrong
// transport do not open.
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
  std::optional<uint8_t> find(uint8_t listen_index, const Address& remote) const;

  // -- Any thread, one at a time. Returns the owner before; `stored` is false when both buckets are
  // full of other addresses.
  std::optional<uint8_t> set(uint8_t listen_index, const Address& remote, uint8_t owner,
                             bool* stored);
  // False, and nothing happens, when another worker owns it by now.
  bool remove(uint8_t listen_index, const Address& remote, uint8_t owner);

 private:
  using Entry = std::atomic<uint64_t>;  // 0, or hash << 8 | owner + 1.
  struct alignas(64) Bucket {
    std::array<Entry, kBucketEntries> entries{};
  };

  uint64_t hash(uint8_t listen_index, const Address& remote) const;
  Bucket& bucket(uint64_t hash, int which) const {
    return buckets_[(which == 0 ? hash >> 8 : hash >> 36) % kBuckets];
  }
  Entry* find_entry(uint64_t hash) const;

  const uint64_t seed_;
  const std::unique_ptr<Bucket[]> buckets_;
  std::mutex writing_;
};

}  // namespace sluice::worker
