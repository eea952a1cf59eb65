// The host's ends of the rings of direct transports, as ffi/direct_ring.ts has them.
#pragma once

#include <atomic>
#include <cstring>
#include <optional>
#include <vector>

#include "sluice.h"
#include "worker/host/direct_channel.h"

namespace sluice::worker {

namespace direct_host {

inline constexpr uint32_t kAsleepAt = 192, kTailAt = 64;

inline std::atomic_ref<uint32_t> word(uint8_t* control, uint32_t at) {
  return std::atomic_ref(*reinterpret_cast<uint32_t*>(control + at));
}

inline uint32_t rounded(uint32_t bytes) {
  return SLUICE_RECORD_HEADER_BYTES + ((bytes + 7) & ~7u);
}

}  // namespace direct_host

struct DirectHost {
  explicit DirectHost(const DirectChannel& channel)
      : in(channel.to_engine()), out(channel.to_host()), mask(channel.data_bytes() - 1) {}

  bool write(uint32_t type, uint32_t target, uint32_t extra, const std::vector<uint8_t>& payload) {
    const auto size = static_cast<uint32_t>(payload.size());
    const uint32_t tail =
        direct_host::word(in, direct_host::kTailAt).load(std::memory_order_seq_cst);
    if (mask + 1 - (head - tail) < direct_host::rounded(size)) return false;
    uint8_t* at = in + SLUICE_RING_CONTROL_BYTES + (head & mask);
    const uint32_t header[] = {size, type, target, extra};
    memcpy(at, header, sizeof(header));
    if (size != 0) memcpy(at + sizeof(header), payload.data(), size);
    head += direct_host::rounded(size);
    direct_host::word(in, 0).store(head, std::memory_order_seq_cst);
    return true;
  }
  bool must_wake() {
    return direct_host::word(in, direct_host::kAsleepAt).exchange(0, std::memory_order_seq_cst) ==
           1;
  }

  struct Record {
    uint32_t type, target, extra;
    std::vector<uint8_t> payload;
  };
  std::optional<Record> read() {
    if (direct_host::word(out, 0).load(std::memory_order_seq_cst) == tail) return std::nullopt;
    const uint8_t* at = out + SLUICE_RING_CONTROL_BYTES + (tail & mask);
    uint32_t header[4];
    memcpy(header, at, sizeof(header));
    Record record{header[1], header[2], header[3], {}};
    record.payload.assign(at + sizeof(header), at + sizeof(header) + header[0]);
    tail += direct_host::rounded(header[0]);
    direct_host::word(out, direct_host::kTailAt).store(tail, std::memory_order_seq_cst);
    return record;
  }

  uint8_t* in;
  uint8_t* out;
  uint32_t mask;
  uint32_t head = 0, tail = 0;
};

}  // namespace sluice::worker
