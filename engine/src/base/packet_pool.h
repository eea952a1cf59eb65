// Received packets: fixed slots, reference-counted without atomics, never written after they were
// opened. A worker owns one pool; handles never leave its thread. What another worker received is
// held by the same handles: see PacketHead.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/packet_holders.h"

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
//
// When it cannot grow, the holder that keeps most packets gives up its oldest: a peer that fills
// the pool loses its own history and nobody else's packets. When the system refuses memory, the
// pool stops growing for good and frees its reserve, so that the rest of the worker goes on.
class PacketPool final : public PacketOwner {
 public:
  static constexpr size_t kBlockSlots = 256;                // 512 KB per block.
  static constexpr size_t kReserveBytes = size_t{4} << 20;  // Never touched: no page behind it.

  // Returns nullptr when there is no memory.
  using Allocate = PacketSlot* (*)(size_t slots);
  static PacketSlot* allocate(size_t slots) { return new (std::nothrow) PacketSlot[slots]; }

  explicit PacketPool(size_t max_slots, Allocate allocate = &PacketPool::allocate)
      : max_slots_(max_slots), allocate_(allocate), blocks_(std::make_shared<PacketBlocks>()) {}
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  // Empty when no slot is free and no holder has one to give: the caller drops and counts.
  PacketRef take() {
    if (free_.empty() && !grow() && !reclaim()) [[unlikely]]
      return PacketRef();
    PacketSlot* slot = free_.back();
    free_.pop_back();
    slot->size = 0;
    return PacketRef(slot);
  }

  size_t in_use() const { return capacity() - free_.size(); }
  size_t capacity() const { return capacity_; }
  size_t limit() const { return max_slots_; }  // Sinks to capacity() when memory is refused.
  // Packets that holders gave up because no slot was free.
  uint64_t reclaimed() const { return reclaimed_; }
  bool was_refused_memory() const { return refused_; }
  PacketHolders& holders() { return holders_; }
  const std::shared_ptr<PacketBlocks>& blocks() const { return blocks_; }

 private:
  // A packet that is lent to another worker as well frees no slot when its holder gives it up.
  // Asking on and on would empty every history: after so many, the new packet is dropped.
  static constexpr int kReclaimRounds = 16;

  void give_back(PacketHead* head) override { free_.push_back(static_cast<PacketSlot*>(head)); }

  bool grow() {
    const size_t slots = std::min(kBlockSlots, max_slots_ - capacity_);
    if (slots == 0) return false;
    try {
      free_.reserve(capacity_ + slots);
      blocks_->reserve(blocks_->size() + 1);
    } catch (const std::bad_alloc&) {
      return refuse();
    }
    std::unique_ptr<PacketSlot[]> block(allocate_(slots));
    if (!block) return refuse();
    capacity_ += slots;
    for (size_t i = 0; i < slots; ++i) {
      PacketSlot& slot = block[i];
      slot.owner = this;
      slot.data = slot.room;
      free_.push_back(&slot);
    }
    blocks_->push_back(std::move(block));
    return true;
  }

  bool refuse() {
    refused_ = true;
    max_slots_ = capacity_;
    reserve_.reset();
    return false;
  }

  bool reclaim() {
    for (int i = 0; i < kReclaimRounds && free_.empty(); ++i) {
      PacketHolder* const holder = holders_.largest();
      if (!holder) break;
      holder->release_oldest();
      reclaimed_ += free_.size();
    }
    return !free_.empty();
  }

  size_t max_slots_;
  size_t capacity_ = 0;
  uint64_t reclaimed_ = 0;
  bool refused_ = false;
  const Allocate allocate_;
  std::shared_ptr<PacketBlocks> blocks_;
  std::vector<PacketSlot*> free_;
  std::unique_ptr<uint8_t[]> reserve_{new (std::nothrow) uint8_t[kReserveBytes]};
  PacketHolders holders_;
};

inline void PacketRef::reset() {
  if (head_ && --head_->references == 0) head_->owner->give_back(head_);
  head_ = nullptr;
}

}  // namespace sluice
