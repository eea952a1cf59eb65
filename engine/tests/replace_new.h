// Replaces operator new and delete of a test program, so that a test can count or refuse
// allocations. For one file of a program, which defines on_allocation().
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

namespace sluice::test {

// Before each allocation, on its thread. May throw std::bad_alloc.
void on_allocation();

inline void* allocate(size_t size, size_t alignment) {
  on_allocation();
  void* memory =
      alignment <= alignof(max_align_t)
          ? std::malloc(size)
          : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (!memory) throw std::bad_alloc();
  return memory;
}

inline void* try_allocate(size_t size, size_t alignment) noexcept {
  try {
    return allocate(size, alignment);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace sluice::test

// The pairs below are replaced as a whole; the compiler sees only one half of them inlined.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

void* operator new(size_t size) {
  return sluice::test::allocate(size, 0);
}
void* operator new[](size_t size) {
  return sluice::test::allocate(size, 0);
}
void* operator new(size_t size, std::align_val_t a) {
  return sluice::test::allocate(size, size_t(a));
}
void* operator new[](size_t size, std::align_val_t a) {
  return sluice::test::allocate(size, size_t(a));
}
// A sanitizer's own would not call those above.
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return sluice::test::try_allocate(size, 0);
}
void* operator new[](size_t size, const std::nothrow_t&) noexcept {
  return sluice::test::try_allocate(size, 0);
}
void* operator new(size_t size, std::align_val_t a, const std::nothrow_t&) noexcept {
  return sluice::test::try_allocate(size, size_t(a));
}
void* operator new[](size_t size, std::align_val_t a, const std::nothrow_t&) noexcept {
  return sluice::test::try_allocate(size, size_t(a));
}
void operator delete(void* p) noexcept {
  std::free(p);
}
void operator delete[](void* p) noexcept {
  std::free(p);
}
void operator delete(void* p, size_t) noexcept {
  std::free(p);
}
void operator delete[](void* p, size_t) noexcept {
  std::free(p);
}
void operator delete(void* p, std::align_val_t) noexcept {
  std::free(p);
}
void operator delete[](void* p, std::align_val_t) noexcept {
  std::free(p);
}
void operator delete(void* p, size_t, std::align_val_t) noexcept {
  std::free(p);
}
void operator delete[](void* p, size_t, std::align_val_t) noexcept {
  std::free(p);
}
