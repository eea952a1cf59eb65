// Fetches memory into the cache ahead of its use. A room of hundreds of peers does not fit into the
// cache: without prefetching, a forwarded packet spends most of its time outside the kernel waiting
// for memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice {

constexpr size_t kCacheLineBytes = 64;

// Asks for the first `bytes` behind `begin`, to be written. The address may be null or stale, so it
// is counted as a number: a pointer must not leave the object that it points into.
inline void prefetch(const void* begin, size_t bytes) {
  const auto at = reinterpret_cast<uintptr_t>(begin);
  for (size_t offset = 0; offset < bytes; offset += kCacheLineBytes) {
    __builtin_prefetch(reinterpret_cast<const void*>(at + offset), 1);
  }
}

// From the beginning of one member to the end of a later one.
template <typename First, typename Last>
void prefetch_from_to(const First& first, const Last& last) {
  const auto* begin = reinterpret_cast<const uint8_t*>(&first);
  const auto* end = reinterpret_cast<const uint8_t*>(&last + 1);
  prefetch(begin, static_cast<size_t>(end - begin));
}

}  // namespace sluice
