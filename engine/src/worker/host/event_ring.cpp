#include "worker/host/event_ring.h"

#include <string.h>

#include "sluice.h"

namespace sluice::worker {
namespace {

// Kept free by all records but the last one of a worker's life, which says why it died.
constexpr uint32_t kLastRecordBytes = SLUICE_RECORD_HEADER_BYTES + EventRing::kLastPayloadMax;

// The types that write_state() is called with for objects.
constexpr sluice_event kStates[] = {
    SLUICE_EVENT_ICE_STATE,
    SLUICE_EVENT_ICE_SELECTED_TUPLE,
    SLUICE_EVENT_DTLS_STATE,
    SLUICE_EVENT_TUPLE,
    SLUICE_EVENT_RTCP_TUPLE,
    SLUICE_EVENT_PRODUCER_SCORE,
    SLUICE_EVENT_PRODUCER_VIDEO_ORIENTATION,
    SLUICE_EVENT_CONSUMER_PRODUCER_CLOSE,
    SLUICE_EVENT_CONSUMER_PRODUCER_PAUSE,
    SLUICE_EVENT_CONSUMER_PRODUCER_RESUME,
    SLUICE_EVENT_CONSUMER_SCORE,
    SLUICE_EVENT_CONSUMER_LAYERS,
    SLUICE_EVENT_RTP_OBSERVER_VOLUMES,
    SLUICE_EVENT_RTP_OBSERVER_SILENCE,
    SLUICE_EVENT_RTP_OBSERVER_DOMINANT_SPEAKER,
    SLUICE_EVENT_DATA_CONSUMER_PRODUCER_CLOSE,
    SLUICE_EVENT_DATA_CONSUMER_PRODUCER_PAUSE,
    SLUICE_EVENT_DATA_CONSUMER_PRODUCER_RESUME,
    SLUICE_EVENT_DATA_CONSUMER_BUFFERED_AMOUNT_LOW,
};

uint64_t key_of(uint32_t type, uint32_t target) {
  return uint64_t{type} << 32 | target;
}

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

// Looks up each type of state, so that closing an object does not look at what waits for others.
void EventRing::forget(uint32_t target) {
  if (kept_.empty()) return;
  for (const sluice_event type : kStates) {
    const auto place = kept_by_key_.find(key_of(type, target));
    if (place == kept_by_key_.end()) continue;
    kept_.erase(place->second);
    kept_by_key_.erase(place);
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
