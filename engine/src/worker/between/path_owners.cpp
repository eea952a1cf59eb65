#include "worker/between/path_owners.h"

#include <algorithm>
#include <cstring>

namespace sluice::worker {
namespace {

constexpr uint64_t kOwnerMask = 0xFF;

// The finalizer of SplitMix64: every bit of the result depends on every bit of `x`.
uint64_t mix(uint64_t x) {
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
  x = (x ^ x >> 27) * 0x94D049BB133111EBu;
  return x ^ x >> 31;
}

uint8_t owner_of(uint64_t entry) {
  return static_cast<uint8_t>((entry & kOwnerMask) - 1);
}

}  // namespace

uint64_t PathOwners::hash(uint8_t listen_index, const Address& remote) const {
  uint64_t high, low;
  std::memcpy(&high, remote.ip.data(), 8);
  std::memcpy(&low, remote.ip.data() + 8, 8);
  const uint64_t rest = uint64_t{remote.zone} << 32 | uint64_t{remote.port} << 16 |
                        uint64_t{listen_index} << 8 | remote.is_ipv6;
  return mix(mix(mix(seed_ ^ high) + low) + rest);
}

PathOwners::Entry* PathOwners::find_entry(uint64_t hash) const {
  for (const int which : {0, 1}) {
    for (Entry& entry : bucket(hash, which).entries) {
      const uint64_t value = entry.load(std::memory_order_acquire);
      if (value != 0 && (value ^ hash) <= kOwnerMask) return &entry;
    }
  }
  return nullptr;
}

std::optional<uint8_t> PathOwners::find(uint8_t listen_index, const Address& remote) const {
  const Entry* entry = find_entry(hash(listen_index, remote));
  const uint64_t value = entry ? entry->load(std::memory_order_acquire) : 0;
  if (value == 0) return std::nullopt;  // Removed meanwhile.
  return owner_of(value);
}

std::optional<uint8_t> PathOwners::set(uint8_t listen_index, const Address& remote, uint8_t owner,
                                       bool* stored) {
  const std::lock_guard lock(writing_);
  const uint64_t key = hash(listen_index, remote);
  const uint64_t value = (key & ~kOwnerMask) | (owner + 1u);
  *stored = true;
  if (Entry* entry = find_entry(key)) return owner_of(entry->exchange(value));

  // The emptier of the two, so that they fill evenly.
  std::array<Entry*, 2> free{};
  std::array<size_t, 2> room{};
  for (const int which : {0, 1}) {
    for (Entry& entry : bucket(key, which).entries) {
      if (entry.load(std::memory_order_relaxed) != 0) continue;
      free[which] = &entry;
      ++room[which];
    }
  }
  Entry* place = free[room[1] > room[0] ? 1 : 0];
  *stored = place != nullptr;
  if (place) place->store(value, std::memory_order_release);
  return std::nullopt;
}

bool PathOwners::remove(uint8_t listen_index, const Address& remote, uint8_t owner) {
  const std::lock_guard lock(writing_);
  Entry* entry = find_entry(hash(listen_index, remote));
  if (!entry || owner_of(entry->load(std::memory_order_relaxed)) != owner) return false;
  entry->store(0, std::memory_order_release);
  return true;
}

}  // namespace sluice::worker
