// Objects under 32-bit ids: 20 bits of slot, 12 bits of generation. A stale id finds nothing.
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

  // Reserves an id; kNoId when the table is full. `put` must follow.
  ObjectId reserve() {
    if (free_.empty()) {
      if (slots_.size() == kMaxObjects) return kNoId;
      slots_.push_back({nullptr, 1});
      return id_of(slots_.size() - 1);
    }
    const uint32_t slot = free_.back();
    free_.pop_back();
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
    uint32_t generation;
  };

  ObjectId id_of(size_t slot) const {
    return slots_[slot].generation << kSlotBits | static_cast<uint32_t>(slot);
  }
  void retire(uint32_t slot) {
    auto& generation = slots_[slot].generation;
    generation = generation == 0xFFF ? 1 : generation + 1;
    free_.push_back(slot);
  }

  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  size_t size_ = 0;
};

}  // namespace sluice
