#include "worker/host/event_ring.h"

#include <string.h>

#include "sluice.h"

namespace sluice::worker {
namespace {

// Kept free by all records but the last one of a worker's life, which says why it died.
constexpr uint32_t kLastRecordBytes = SLUICE_RECORD_HEADER_BYTES + EventRing::kLastPayloadMax;

}  // namespace

Result<std::unique_ptr<EventRing>> EventRing::create(uint32_t bytes) {
  if (bytes < kMinBytes || bytes > kMaxBytes || (bytes & (bytes - 1)) != 0) {
    return invalid("ringBytes must be a power of two from " + std::to_string(kMinBytes) + " to " +
                   std::to_string(kMaxBytes));
  }
  auto memory = MirroredMemory::map(bytes, "the event ring's memory");
  if (!memory) return memory.error();
  return std::unique_ptr<EventRing>(new EventRing(std::move(*memory)));
}

EventRing::EventRing(MirroredMemory memory)
    : memory_(std::move(memory)), data_bytes_(memory_.data_bytes()) {}

bool EventRing::put(uint32_t type, uint32_t target, std::string_view payload, uint32_t reserve) {
  const uint32_t bytes = record_bytes(payload.size());
  // Pairs with the reader's store of the tail and, in arm(), its look at keeping_.
  const uint32_t used = head_ - memory_.tail().load(std::memory_order_seq_cst);
  if (used > data_bytes_ || data_bytes_ - used < bytes + reserve) return false;

  uint8_t* record = memory_.data() + (head_ & (data_bytes_ - 1));
  const uint32_t header[] = {bytes, type, target, static_cast<uint32_t>(payload.size())};
  static_assert(sizeof(header) == SLUICE_RECORD_HEADER_BYTES);
  memcpy(record, header, sizeof(header));
  if (!payload.empty()) memcpy(record + sizeof(header), payload.data(), payload.size());
  head_ += bytes;
  memory_.head().store(head_, std::memory_order_release);
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

  keep(type, target, payload);
  keeping_.store(true, std::memory_order_seq_cst);
}

void EventRing::keep(uint32_t type, uint32_t target, std::string_view payload) {
  // First what may throw: the map never points to what the list has not got.
  const auto [first, fresh] = kept_by_target_.try_emplace(target, kept_.end());
  try {
    kept_.push_back({type, target, std::string(payload)});
  } catch (...) {
    if (fresh) kept_by_target_.erase(first);
    throw;
  }
  const Place newest = std::prev(kept_.end());
  newest->next = first->second;
  first->second = newest;
  for (Place older = newest->next; older != kept_.end(); older = older->next) {
    ++counts_.compared;
    if (older->type != type) continue;
    // To the end: of "paused" and "resumed" the newer one has to arrive last.
    ++counts_.coalesced;
    return drop(older);
  }
}

void EventRing::drop(Place kept) {
  const auto first = kept_by_target_.find(kept->target);
  Place* link = &first->second;
  for (; *link != kept; link = &(*link)->next) ++counts_.compared;
  *link = kept->next;
  if (first->second == kept_.end()) kept_by_target_.erase(first);
  kept_.erase(kept);
}

void EventRing::write_last(uint32_t type, std::string_view payload) noexcept {
  urgent_ = true;
  put(type, 0, payload.substr(0, kLastPayloadMax), 0);
}

void EventRing::forget(uint32_t target) {
  const auto first = kept_by_target_.find(target);
  if (first == kept_by_target_.end()) return;
  for (Place kept = first->second; kept != kept_.end();) {
    ++counts_.compared;
    const Place next = kept->next;
    kept_.erase(kept);
    kept = next;
  }
  kept_by_target_.erase(first);
  if (kept_.empty()) keeping_.store(false, std::memory_order_seq_cst);
}

void EventRing::flush() {
  while (!kept_.empty()) {
    const Kept& oldest = kept_.front();
    if (!put(oldest.type, oldest.target, oldest.payload, kLastRecordBytes)) return;
    urgent_ = true;
    drop(kept_.begin());
  }
  keeping_.store(false, std::memory_order_seq_cst);
}

void EventRing::end_of_batch(Instant now) {
  if (!kept_.empty()) flush();
  if (direct_.take_written()) written_ = true;
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
  const bool waits = memory_.head().load(std::memory_order_seq_cst) !=
                     memory_.tail().load(std::memory_order_relaxed);
  if (waits || direct_.waits_for_host()) {
    armed_.exchange(0, std::memory_order_acq_rel);
    return Armed::look_again;
  }
  const bool keeps = keeping_.load(std::memory_order_seq_cst) || direct_.keeps_messages();
  return keeps ? Armed::wake_worker : Armed::armed;
}

}  // namespace sluice::worker
