#include "sim/allocation_counter.h"

#include <cstdlib>
#include <new>

namespace {

uint64_t count = 0;  // The simulations have one thread.

void* allocate(size_t bytes) {
  ++count;
  void* memory = std::malloc(bytes != 0 ? bytes : 1);
  if (!memory) throw std::bad_alloc();
  return memory;
}

void* allocate(size_t bytes, std::align_val_t alignment) {
  ++count;
  const auto align = static_cast<size_t>(alignment);
  void* memory = std::aligned_alloc(align, (bytes + align - 1) / align * align);
  if (!memory) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(size_t bytes) {
  return allocate(bytes);
}
void* operator new[](size_t bytes) {
  return allocate(bytes);
}
void* operator new(size_t bytes, std::align_val_t align) {
  return allocate(bytes, align);
}
void* operator new[](size_t bytes, std::align_val_t align) {
  return allocate(bytes, align);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace sluice::sim {

uint64_t allocations() {
  return count;
}

}  // namespace sluice::sim
