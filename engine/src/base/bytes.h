// Views of wire bytes and big-endian access to them. Protocol code takes `Bytes`, never a pointer
// and a length, and never casts bytes to a struct.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice {

using Bytes = std::span<const uint8_t>;
using MutableBytes = std::span<uint8_t>;

// The callers of these have checked the size: `at` + the width must lie inside `bytes`.
inline uint16_t load_u16(Bytes bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}
inline uint32_t load_u24(Bytes bytes, size_t at) {
  return uint32_t{bytes[at]} << 16 | uint32_t{bytes[at + 1]} << 8 | bytes[at + 2];
}
inline uint32_t load_u32(Bytes bytes, size_t at) {
  return uint32_t{load_u16(bytes, at)} << 16 | load_u16(bytes, at + 2);
}
inline uint64_t load_u64(Bytes bytes, size_t at) {
  return uint64_t{load_u32(bytes, at)} << 32 | load_u32(bytes, at + 4);
}
inline void store_u16(MutableBytes bytes, size_t at, uint16_t value) {
  bytes[at] = static_cast<uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<uint8_t>(value);
}
inline void store_u24(MutableBytes bytes, size_t at, uint32_t value) {
  bytes[at] = static_cast<uint8_t>(value >> 16);
  bytes[at + 1] = static_cast<uint8_t>(value >> 8);
  bytes[at + 2] = static_cast<uint8_t>(value);
}
inline void store_u32(MutableBytes bytes, size_t at, uint32_t value) {
  store_u16(bytes, at, static_cast<uint16_t>(value >> 16));
  store_u16(bytes, at + 2, static_cast<uint16_t>(value));
}
inline void store_u64(MutableBytes bytes, size_t at, uint64_t value) {
  store_u32(bytes, at, static_cast<uint32_t>(value >> 32));
  store_u32(bytes, at + 4, static_cast<uint32_t>(value));
}

}  // namespace sluice
