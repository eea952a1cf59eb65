// Received packets: fixed slots, reference-counted without atomics, never written after they were
// opened. A worker owns one pool; handles never leave its thread. What another worker received is
// held by the same handles: see PacketHead.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace sluice {

struct PacketHead;

// Whoever lends packets out gets each back when its last reference is gone.
class PacketOwner {
 public:
  virtual void give_back(PacketHead* head) = 0;

 protected:
  ~PacketOwner() = default;
};

// A packet's bookkeeping. Its bytes are the slot's own, or another worker's
// (worker/between/link.h).
struct PacketHead {
  uint32_t references = 0;
  uint16_t size = 0;
  PacketOwner* owner = nullptr;
  uint8_t* data = nullptr;

  Bytes bytes() const { return {data, size}; }
};

// The head and room for a datagram.
struct PacketSlot : PacketHead {
  static constexpr size_t kCapacity = 2048 - sizeof(PacketHead);  // Above any MTU (1,500).

  uint8_t room[kCapacity];
};
static_assert(sizeof(PacketSlot) == 2048);

// A counted reference to a packet. Copying adds one, the last one gone gives the packet back.
class PacketRef {
 public:
  PacketRef() = default;
  explicit PacketRef(PacketHead* head) : head_(head) {
    if (head_) ++head_->references;
  }
  PacketRef(const PacketRef& other) : PacketRef(other.head_) {}
  PacketRef(PacketRef&& other) noexcept : head_(std::exchange(other.head_, nullptr)) {}
  PacketRef& operator=(PacketRef other) noexcept {
    std::swap(head_, other.head_);
    return *this;
  }
  ~PacketRef() { reset(); }

  void reset();
  // The reference goes on without a handle, until somebody adopts it.
  PacketHead* detach() { return std::exchange(head_, nullptr); }
  static PacketRef adopt(PacketHead* head) {
    PacketRef reference;
    reference.head_ = head;
    return reference;
  }
  PacketHead* get() const { return head_; }
  PacketHead* operator->() const { return head_; }
  explicit operator bool() const { return head_ != nullptr; }

 private:
  PacketHead* head_ = nullptr;
};

// The memory of a pool. It outlives the pool as long as another worker reads packets in it.
using PacketBlocks = std::vector<std::unique_ptr<PacketSlot[]>>;

// Grows by blocks up to a limit and never shrinks: in steady state it allocates nothing. The last
// block has what is left to the limit.
class PacketPool final : public PacketOwner {
 public:
  static constexpr size_t kBlockSlots = 256;  // 512 KB a block.

  explicit PacketPool(size_t max_slots)
      : max_slots_(max_slots), blocks_(std::make_shared<PacketBlocks>()) {}
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

  size_t in_use() const { return capacity() - free_.size(); }
  size_t capacity() const { return capacity_; }
  const std::shared_ptr<PacketBlocks>& blocks() const { return blocks_; }

 private:
  void give_back(PacketHead* head) override { free_.push_back(static_cast<PacketSlot*>(head)); }

  bool grow() {
    const size_t slots = std::min(kBlockSlots, max_slots_ - capacity_);
    if (slots == 0) return false;
    free_.reserve(capacity_ + slots);
    blocks_->push_back(std::unique_ptr<PacketSlot[]>(new PacketSlot[slots]));
    capacity_ += slots;
    for (size_t i = 0; i < slots; ++i) {
      PacketSlot& slot = blocks_->back()[i];
      slot.owner = this;
      slot.data = slot.room;
      free_.push_back(&slot);
    }
    return true;
  }

  const size_t max_slots_;
  size_t capacity_ = 0;
  std::shared_ptr<PacketBlocks> blocks_;
  std::vector<PacketSlot*> free_;
};

inline void PacketRef::reset() {
  if (head_ && --head_->references == 0) head_->owner->give_back(head_);
  head_ = nullptr;
}

}  // namespace sluice
