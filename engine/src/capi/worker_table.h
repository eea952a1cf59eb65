// The workers of the process under the handles of the C interface. Lives until the process is gone:
// no destructor of it ever runs, so that threads may still look a worker up while the host exits.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "worker/loop/worker_thread.h"

namespace sluice::capi {

class WorkerTable {
 public:
  // 12 bits of slot, 19 bits of generation: a handle is a positive int32.
  static constexpr uint32_t kSlotBits = 12;
  static constexpr uint32_t kMaxWorkers = 1u << kSlotBits;
  static constexpr uint32_t kMaxGeneration = (1u << 19) - 1;

  static WorkerTable& instance();

  // Any thread.

  // Returns 0 when the table is full.
  uint32_t add(std::shared_ptr<worker::WorkerThread> worker);
  // Whoever holds the result may use the worker even if it is removed meanwhile.
  std::shared_ptr<worker::WorkerThread> find(uint32_t handle) const;
  // Ends the worker: its thread, its sockets and its doorbell are gone when this returns. False
  // when there is none.
  bool end(uint32_t handle);
  std::vector<std::shared_ptr<worker::WorkerThread>> all() const;

 private:
  std::shared_ptr<worker::WorkerThread> remove(uint32_t handle);

  struct Slot {
    std::shared_ptr<worker::WorkerThread> worker;
    uint32_t generation = 1;
  };

  mutable std::mutex mutex_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
};

}  // namespace sluice::capi
