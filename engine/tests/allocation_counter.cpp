#include "tests/allocation_counter.h"

#include <atomic>

#include "tests/replace_new.h"

namespace {

std::atomic<uint64_t> count{0};

}  // namespace

void sluice::test::on_allocation() {
  count.fetch_add(1, std::memory_order_relaxed);
}

namespace sluice {

uint64_t allocations() {
  return count.load(std::memory_order_relaxed);
}

}  // namespace sluice
