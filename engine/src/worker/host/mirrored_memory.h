// Memory that the host and the engine share: a control page and data that is mapped twice in a row,
// so that what is written behind the end appears at the beginning, and a record never wraps.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "sluice.h"

namespace sluice::worker {

// What a record takes of a ring: its header and payload, rounded up (sluice.h).
constexpr uint32_t record_bytes(size_t payload_bytes) {
  constexpr size_t kMask = SLUICE_RECORD_ALIGN - 1;
  return static_cast<uint32_t>((SLUICE_RECORD_HEADER_BYTES + payload_bytes + kMask) & ~kMask);
}

class MirroredMemory {
 public:
  // `data_bytes`: a power of two, a multiple of the page size. `what` begins the error's text.
  static Result<MirroredMemory> map(uint32_t data_bytes, const char* what);
  MirroredMemory(MirroredMemory&& other) noexcept;
  MirroredMemory& operator=(MirroredMemory&&) = delete;
  ~MirroredMemory();

  uint8_t* control() const { return control_; }
  uint8_t* data() const;
  uint32_t data_bytes() const { return data_bytes_; }

  // Words of the control page: free-running indices, on cache lines of their own.
  std::atomic_ref<uint32_t> head() const { return word(kHeadAt); }
  std::atomic_ref<uint32_t> tail() const { return word(kTailAt); }
  // Of rings to the engine: the engine sleeps, and wants to be woken.
  std::atomic_ref<uint32_t> asleep() const { return word(kAsleepAt); }

 private:
  static constexpr uint32_t kHeadAt = 0;
  static constexpr uint32_t kTailAt = 64;
  static constexpr uint32_t kBytesAt = 128;
  static constexpr uint32_t kAsleepAt = 192;

  MirroredMemory(uint8_t* control, uint32_t data_bytes);
  std::atomic_ref<uint32_t> word(uint32_t at) const {
    return std::atomic_ref(*reinterpret_cast<uint32_t*>(control_ + at));
  }

  uint8_t* control_;
  uint32_t data_bytes_;
};

}  // namespace sluice::worker
