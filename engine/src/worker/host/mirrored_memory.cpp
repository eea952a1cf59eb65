#include "worker/host/mirrored_memory.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "sluice.h"

namespace sluice::worker {

// One file of the control page and the data, mapped whole, and its data mapped once more behind.
Result<MirroredMemory> MirroredMemory::map(uint32_t data_bytes, const char* what) {
  const size_t once = size_t{SLUICE_RING_CONTROL_BYTES} + data_bytes;
  const auto fail = [what](const char* call) {
    return failed(std::string(what) + ": " + call + ": " + strerror(errno));
  };
  const int fd = memfd_create("sluice-ring", MFD_CLOEXEC);
  if (fd < 0) return fail("memfd_create");
  void* base = MAP_FAILED;
  bool mapped = false;
  if (ftruncate(fd, static_cast<off_t>(once)) == 0) {
    base = mmap(nullptr, once + data_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  }
  if (base != MAP_FAILED) {
    constexpr int kAccess = PROT_READ | PROT_WRITE;
    mapped = mmap(base, once, kAccess, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED &&
             mmap(static_cast<uint8_t*>(base) + once, data_bytes, kAccess, MAP_SHARED | MAP_FIXED,
                  fd, SLUICE_RING_CONTROL_BYTES) != MAP_FAILED;
  }
  if (!mapped) {
    Error error = fail("mmap");
    if (base != MAP_FAILED) munmap(base, once + data_bytes);
    ::close(fd);
    return error;
  }
  ::close(fd);
  return MirroredMemory(static_cast<uint8_t*>(base), data_bytes);
}

MirroredMemory::MirroredMemory(uint8_t* control, uint32_t data_bytes)
    : control_(control), data_bytes_(data_bytes) {
  memcpy(control_ + kBytesAt, &data_bytes_, sizeof(data_bytes_));
}

MirroredMemory::MirroredMemory(MirroredMemory&& other) noexcept
    : control_(std::exchange(other.control_, nullptr)), data_bytes_(other.data_bytes_) {}

MirroredMemory::~MirroredMemory() {
  if (control_) munmap(control_, size_t{SLUICE_RING_CONTROL_BYTES} + 2 * size_t{data_bytes_});
}

uint8_t* MirroredMemory::data() const {
  return control_ + SLUICE_RING_CONTROL_BYTES;
}

}  // namespace sluice::worker
