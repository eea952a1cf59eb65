// A reader of the event ring, as the host's is: by the layout that sluice.h gives.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <string>

#include "sluice.h"

namespace sluice::test {

struct Record {
  uint32_t type;
  uint32_t target;
  std::string payload;
};

class RingReader {
 public:
  RingReader(uint8_t* memory, uint32_t data_bytes) : memory_(memory), mask_(data_bytes - 1) {}

  bool read(Record& record) {
    const uint32_t head = index(0).load(std::memory_order_seq_cst);
    uint32_t tail = index(64).load(std::memory_order_relaxed);
    if (head == tail) return false;
    const uint8_t* at = memory_ + SLUICE_RING_CONTROL_BYTES + (tail & mask_);
    uint32_t header[4];
    memcpy(header, at, sizeof(header));
    record.type = header[1];
    record.target = header[2];
    record.payload.assign(reinterpret_cast<const char*>(at) + sizeof(header), header[3]);
    tail += header[0];
    index(64).store(tail, std::memory_order_seq_cst);
    return true;
  }

 private:
  std::atomic_ref<uint32_t> index(size_t at) {
    return std::atomic_ref(*reinterpret_cast<uint32_t*>(memory_ + at));
  }

  uint8_t* memory_;
  uint32_t mask_;
};

}  // namespace sluice::test
