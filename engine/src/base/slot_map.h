// Objects under 32-bit ids: 20 bits of slot, 12 bits of generation. A stale id finds nothing.
//
// A generation comes back after 4,095 uses of its slot. Free slots wait in line, at least
// kFreeSlotsMin of them, so that an id means another object after four million at the earliest:
// long after the last event that names the old one was read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace sluice {

using ObjectId = uint32_t;
constexpr ObjectId kNoId = 0;  // No object ever has it: generations start at 1.

// Owns its objects. Not for several threads: each worker has its own.
template <typename T>
class SlotMap {
 public:
  static constexpr uint32_t kSlotBits = 20;
  static constexpr uint32_t kMaxObjects = 1u << kSlotBits;

  static constexpr uint32_t kFreeSlotsMin = 1024;

  // Reserves an id; kNoId when the table is full. `put` must follow.
  ObjectId reserve() {
    if (slots_.size() < kMaxObjects && free_count_ < kFreeSlotsMin) {
      slots_.push_back({});
      return id_of(slots_.size() - 1);
    }
    if (free_count_ == 0) return kNoId;
    const uint32_t slot = first_free_;
    first_free_ = slots_[slot].next_free;
    --free_count_;
    return id_of(slot);
  }

  T& put(ObjectId id, std::unique_ptr<T> object) {
    auto& slot = slots_[id & (kMaxObjects - 1)];
    slot.object = std::move(object);
    ++size_;
    return *slot.object;
  }

  // Gives back an id that was reserved but never put.
  void cancel(ObjectId id) { retire(id & (kMaxObjects - 1)); }

  T* find(ObjectId id) const {
    const uint32_t slot = id & (kMaxObjects - 1);
    if (slot >= slots_.size() || slots_[slot].generation != id >> kSlotBits) return nullptr;
    return slots_[slot].object.get();
  }

  // Takes the object out; its id is stale from then on.
  std::unique_ptr<T> take(ObjectId id) {
    if (!find(id)) return nullptr;
    const uint32_t slot = id & (kMaxObjects - 1);
    auto object = std::move(slots_[slot].object);
    retire(slot);
    --size_;
    return object;
  }

  // Destroys the objects that `which` holds for. Needs no memory, and their ids stay taken: for the
  // table's end.
  template <typename Which>
  void drop(Which&& which) {
    for (Slot& slot : slots_) {
      if (!slot.object || !which(*slot.object)) continue;
      slot.object.reset();
      --size_;
    }
  }

  size_t size() const { return size_; }

  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (uint32_t slot = 0; slot < slots_.size(); ++slot) {
      if (slots_[slot].object) visit(id_of(slot), *slots_[slot].object);
    }
  }

 private:
  struct Slot {
    std::unique_ptr<T> object;
    uint32_t generation = 1;
    uint32_t next_free = 0;  // The next in line; of the last one meaningless.
  };

  ObjectId id_of(size_t slot) const {
    return slots_[slot].generation << kSlotBits | static_cast<uint32_t>(slot);
  }
  // Behind all that are free already. Needs no memory.
  void retire(uint32_t slot) {
    auto& generation = slots_[slot].generation;
    generation = generation == kMaxGeneration ? 1 : generation + 1;
    if (free_count_ == 0) {
      first_free_ = slot;
    } else {
      slots_[last_free_].next_free = slot;
    }
    last_free_ = slot;
    ++free_count_;
  }

  static constexpr uint32_t kMaxGeneration = (1u << (32 - kSlotBits)) - 1;

  std::vector<Slot> slots_;
  uint32_t first_free_ = 0;
  uint32_t last_free_ = 0;
  uint32_t free_count_ = 0;
  size_t size_ = 0;
};

}  // namespace sluice
