// Received packets: fixed slots, reference-counted without atomics, never written after they were
// opened. A worker owns one pool; handles never leave its thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace sluice {

class PacketPool;

// One slot. The first kHeadBytes of a line are bookkeeping; the datagram follows.
struct PacketSlot {
  static constexpr size_t kCapacity = 2048 - 16;  // More than any MTU we accept (1,500).

  uint32_t references = 0;
  uint16_t size = 0;
  uint16_t reserved = 0;
  PacketPool* pool = nullptr;
  uint8_t data[kCapacity];

  Bytes bytes() const { return {data, size}; }
};
static_assert(sizeof(PacketSlot) == 2048);

// A counted reference to a slot. Copying adds one, the last one gone gives the slot back.
class PacketRef {
 public:
  PacketRef() = default;
  explicit PacketRef(PacketSlot* slot) : slot_(slot) {
    if (slot_) ++slot_->references;
  }
  PacketRef(const PacketRef& other) : PacketRef(other.slot_) {}
  PacketRef(PacketRef&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}
  PacketRef& operator=(PacketRef other) noexcept {
    std::swap(slot_, other.slot_);
    return *this;
  }
  ~PacketRef() { reset(); }

  void reset();
  PacketSlot* get() const { return slot_; }
  PacketSlot* operator->() const { return slot_; }
  explicit operator bool() const { return slot_ != nullptr; }

 private:
  PacketSlot* slot_ = nullptr;
};

// Grows by blocks up to a limit and never shrinks: in steady state it allocates nothing.
class PacketPool {
 public:
  static constexpr size_t kBlockSlots = 256;  // 512 KB a block.

  explicit PacketPool(size_t max_slots) : max_slots_(max_slots) {}
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  // Empty when the limit is reached: the caller drops and counts.
  PacketRef take() {
    if (free_.empty() && !grow()) return PacketRef();
    PacketSlot* slot = free_.back();
    free_.pop_back();
    slot->size = 0;
    return PacketRef(slot);
  }

  size_t in_use() const { return blocks_.size() * kBlockSlots - free_.size(); }
  size_t capacity() const { return blocks_.size() * kBlockSlots; }

 private:
  friend class PacketRef;
  void give_back(PacketSlot* slot) { free_.push_back(slot); }

  bool grow() {
    if (capacity() + kBlockSlots > max_slots_) return false;
    blocks_.push_back(std::unique_ptr<PacketSlot[]>(new PacketSlot[kBlockSlots]));
    free_.reserve(capacity());
    for (size_t i = 0; i < kBlockSlots; ++i) {
      blocks_.back()[i].pool = this;
      free_.push_back(&blocks_.back()[i]);
    }
    return true;
  }

  size_t max_slots_;
  std::vector<std::unique_ptr<PacketSlot[]>> blocks_;
  std::vector<PacketSlot*> free_;
};

inline void PacketRef::reset() {
  if (slot_ && --slot_->references == 0) slot_->pool->give_back(slot_);
  slot_ = nullptr;
}

}  // namespace sluice
