// What each packet carries at the end of its payload: where it comes from, its number, and when it
// left. At the end, because a server may rewrite a payload's first bytes (VP8 picture ids).
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/time.h"

namespace sluice::bench {

struct Stamp {
  uint32_t source = 0;
  uint32_t number = 0;
  Instant sent;
};

constexpr size_t kStampBytes = 20;
constexpr uint32_t kStampMagic = 0x534C4243;

inline void write_stamp(MutableBytes payload, const Stamp& stamp) {
  const MutableBytes at = payload.last(kStampBytes);
  store_u32(at, 0, kStampMagic);
  store_u32(at, 4, stamp.source);
  store_u32(at, 8, stamp.number);
  store_u64(at, 12, static_cast<uint64_t>(stamp.sent.time_since_epoch().count()));
}

inline std::optional<Stamp> read_stamp(Bytes payload) {
  if (payload.size() < kStampBytes) return std::nullopt;
  const Bytes at = payload.last(kStampBytes);
  if (load_u32(at, 0) != kStampMagic) return std::nullopt;
  return Stamp{load_u32(at, 4), load_u32(at, 8),
               Instant(Duration(static_cast<int64_t>(load_u64(at, 12))))};
}

}  // namespace sluice::bench
