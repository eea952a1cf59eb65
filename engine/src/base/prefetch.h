// Fetching memory into the cache ahead of its use. A room of hundreds of peers does not fit the
// cache: without it, most of a forwarded packet's time outside of the kernel is waiting for memory.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice {

constexpr size_t kCacheLineBytes = 64;

// Asks for the first `bytes` behind `begin`, to be written. Any address does, even a null one.
inline void prefetch(const void* begin, size_t bytes) {
  const auto* at = static_cast<const uint8_t*>(begin);
  for (size_t offset = 0; offset < bytes; offset += kCacheLineBytes) {
    __builtin_prefetch(at + offset, 1);
  }
}

// From the beginning of one member to the end of another, which lies behind it.
template <typename First, typename Last>
void prefetch_from_to(const First& first, const Last& last) {
  const auto* begin = reinterpret_cast<const uint8_t*>(&first);
  const auto* end = reinterpret_cast<const uint8_t*>(&last + 1);
  prefetch(begin, static_cast<size_t>(end - begin));
}

}  // namespace sluice
