#include "worker/event_ring.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sluice.h"

namespace sluice::worker {
namespace {

constexpr uint32_t kHeadAt = 0;
constexpr uint32_t kTailAt = 64;
constexpr uint32_t kBytesAt = 128;

// Kept free by all records but the last one of a worker's life, which says why it died.
constexpr uint32_t kLastRecordBytes = SLUICE_RECORD_HEADER_BYTES + EventRing::kLastPayloadMax;

uint64_t key_of(uint32_t type, uint32_t target) {
  return uint64_t{type} << 32 | target;
}

uint32_t record_bytes(size_t payload_bytes) {
  const size_t bytes = SLUICE_RECORD_HEADER_BYTES + payload_bytes;
  return static_cast<uint32_t>((bytes + SLUICE_RECORD_ALIGN - 1) &
                               ~size_t{SLUICE_RECORD_ALIGN - 1});
}

// One file of the control page and the data, mapped whole, and its data mapped once more behind.
Result<uint8_t*> map_mirrored(uint32_t data_bytes) {
  const size_t once = size_t{SLUICE_RING_CONTROL_BYTES} + data_bytes;
  const auto fail = [](const char* what) {
    return failed(std::string("the event ring's memory: ") + what + ": " + strerror(errno));
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
  return static_cast<uint8_t*>(base);
}

}  // namespace

Result<std::unique_ptr<EventRing>> EventRing::create(uint32_t bytes) {
  if (bytes < kMinBytes || bytes > kMaxBytes || (bytes & (bytes - 1)) != 0) {
    return invalid("ringBytes must be a power of two from " + std::to_string(kMinBytes) + " to " +
                   std::to_string(kMaxBytes));
  }
  auto memory = map_mirrored(bytes);
  if (!memory) return memory.error();
  return std::unique_ptr<EventRing>(new EventRing(*memory, bytes));
}

EventRing::EventRing(uint8_t* control, uint32_t data_bytes)
    : control_(control), data_(control + SLUICE_RING_CONTROL_BYTES), data_bytes_(data_bytes) {
  memcpy(control_ + kBytesAt, &data_bytes_, sizeof(data_bytes_));
}

EventRing::~EventRing() {
  munmap(control_, size_t{SLUICE_RING_CONTROL_BYTES} + 2 * size_t{data_bytes_});
}

std::atomic_ref<uint32_t> EventRing::head() const {
  return std::atomic_ref(*reinterpret_cast<uint32_t*>(control_ + kHeadAt));
}

std::atomic_ref<uint32_t> EventRing::tail() const {
  return std::atomic_ref(*reinterpret_cast<uint32_t*>(control_ + kTailAt));
}

bool EventRing::put(uint32_t type, uint32_t target, std::string_view payload, uint32_t reserve) {
  const uint32_t bytes = record_bytes(payload.size());
  // Pairs with the reader's store of the tail and, in arm(), its look at keeping_.
  const uint32_t used = head_ - tail().load(std::memory_order_seq_cst);
  if (used > data_bytes_ || data_bytes_ - used < bytes + reserve) return false;

  uint8_t* record = data_ + (head_ & (data_bytes_ - 1));
  const uint32_t header[] = {bytes, type, target, static_cast<uint32_t>(payload.size())};
  static_assert(sizeof(header) == SLUICE_RECORD_HEADER_BYTES);
  memcpy(record, header, sizeof(header));
  if (!payload.empty()) memcpy(record + sizeof(header), payload.data(), payload.size());
  head_ += bytes;
  head().store(head_, std::memory_order_release);
  ++counts_.written;
  written_ = true;
  return true;
}

bool EventRing::write(uint32_t type, uint32_t target, std::string_view payload) {
  if (muted_) return false;
  if (payload.size() > data_bytes_ / kMaxRecordFraction) {
    ++counts_.oversized;
    return false;
  }
  // States that wait go first: an event must not overtake an older one.
  if (!kept_.empty()) flush();
  if (!kept_.empty() || !put(type, target, payload, kLastRecordBytes)) {
    ++counts_.dropped;
    return false;
  }
  return true;
}

void EventRing::write_state(uint32_t type, uint32_t target, std::string_view payload) {
  if (muted_) return;
  if (payload.size() > data_bytes_ / kMaxRecordFraction) {
    ++counts_.oversized;
    return;
  }
  urgent_ = true;
  if (!kept_.empty()) flush();
  if (kept_.empty() && put(type, target, payload, kLastRecordBytes)) return;

  // First what may throw: the map never points to what the list has not got.
  kept_.push_back({type, target, std::string(payload)});
  const auto newest = std::prev(kept_.end());
  const auto [place, fresh] = kept_by_key_.try_emplace(key_of(type, target), newest);
  if (!fresh) {
    // To the end: of "paused" and "resumed" the newer one has to arrive last.
    ++counts_.coalesced;
    kept_.erase(place->second);
    place->second = newest;
  }
  keeping_.store(true, std::memory_order_seq_cst);
}

void EventRing::write_last(uint32_t type, std::string_view payload) noexcept {
  urgent_ = true;
  put(type, 0, payload.substr(0, kLastPayloadMax), 0);
}

void EventRing::forget(uint32_t target) {
  for (auto it = kept_.begin(); it != kept_.end();) {
    if (it->target != target) {
      ++it;
      continue;
    }
    kept_by_key_.erase(key_of(it->type, it->target));
    it = kept_.erase(it);
  }
  if (kept_.empty()) keeping_.store(false, std::memory_order_seq_cst);
}

void EventRing::flush() {
  while (!kept_.empty()) {
    const Kept& oldest = kept_.front();
    if (!put(oldest.type, oldest.target, oldest.payload, kLastRecordBytes)) return;
    urgent_ = true;
    kept_by_key_.erase(key_of(oldest.type, oldest.target));
    kept_.pop_front();
  }
  keeping_.store(false, std::memory_order_seq_cst);
}

void EventRing::end_of_batch(Instant now) {
  if (!kept_.empty()) flush();
  if (!written_) return;
  if (!urgent_ && now < rang_at_ + kQuietDoorbell) {
    ring_at_ = rang_at_ + kQuietDoorbell;
    return;
  }
  written_ = false;
  urgent_ = false;
  ring_at_ = kNever;
  // All changes of the arm are exchanges, so each thread sees what the others wrote before theirs:
  // either this finds the arm of a reader that found no record, or the reader finds the record.
  if (armed_.exchange(0, std::memory_order_acq_rel) == 0) return;
  rang_at_ = now;
  ++counts_.rings;
  doorbell_.ring();
}

EventRing::Armed EventRing::arm() {
  armed_.exchange(1, std::memory_order_acq_rel);
  if (head().load(std::memory_order_seq_cst) != tail().load(std::memory_order_relaxed)) {
    armed_.exchange(0, std::memory_order_acq_rel);
    return Armed::look_again;
  }
  return keeping_.load(std::memory_order_seq_cst) ? Armed::wake_worker : Armed::armed;
}

}  // namespace sluice::worker
