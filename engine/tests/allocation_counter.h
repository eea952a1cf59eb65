// Counts the allocations of this program, whichever thread makes them, so that a test can assert
// that there are none.
#pragma once

#include <cstdint>

namespace sluice {

uint64_t allocations();  // Since the program's start.

// Adds what is allocated during its life to `total`.
class AllocationScope {
 public:
  explicit AllocationScope(uint64_t& total) : total_(total), before_(allocations()) {}
  AllocationScope(const AllocationScope&) = delete;
  AllocationScope& operator=(const AllocationScope&) = delete;
  ~AllocationScope() { total_ += allocations() - before_; }

 private:
  uint64_t& total_;
  uint64_t before_;
};

}  // namespace sluice
