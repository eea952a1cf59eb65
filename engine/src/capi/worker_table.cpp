#include "capi/worker_table.h"

namespace sluice::capi {

WorkerTable& WorkerTable::instance() {
  static auto* const table = new WorkerTable();
  return *table;
}

uint32_t WorkerTable::add(std::shared_ptr<worker::WorkerThread> worker) {
  const std::lock_guard lock(mutex_);
  uint32_t slot;
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else {
    if (slots_.size() == kMaxWorkers) return 0;
    slot = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
    free_.reserve(slots_.size());
  }
  slots_[slot].worker = std::move(worker);
  return slots_[slot].generation << kSlotBits | slot;
}

std::shared_ptr<worker::WorkerThread> WorkerTable::find(uint32_t handle) const {
  const uint32_t slot = handle & (kMaxWorkers - 1);
  const std::lock_guard lock(mutex_);
  if (slot >= slots_.size() || slots_[slot].generation != handle >> kSlotBits) return nullptr;
  return slots_[slot].worker;
}

std::shared_ptr<worker::WorkerThread> WorkerTable::remove(uint32_t handle) {
  const uint32_t slot = handle & (kMaxWorkers - 1);
  const std::lock_guard lock(mutex_);
  if (slot >= slots_.size() || slots_[slot].generation != handle >> kSlotBits) return nullptr;
  Slot& entry = slots_[slot];
  if (!entry.worker) return nullptr;
  entry.generation = entry.generation == kMaxGeneration ? 1 : entry.generation + 1;
  free_.push_back(slot);
  return std::move(entry.worker);
}

bool WorkerTable::end(uint32_t handle) {
  const auto removed = remove(handle);
  if (!removed) return false;
  removed->close();
  removed->events().doorbell().silence();
  return true;
}

std::vector<std::shared_ptr<worker::WorkerThread>> WorkerTable::all() const {
  std::vector<std::shared_ptr<worker::WorkerThread>> workers;
  const std::lock_guard lock(mutex_);
  for (const Slot& slot : slots_) {
    if (slot.worker) workers.push_back(slot.worker);
  }
  return workers;
}

}  // namespace sluice::capi
