#include "media/packet_history.h"

#include <algorithm>
#include <bit>
#include <new>
#include <utility>

namespace sluice::media {

void PacketHistory::insert(Instant now, uint64_t seq, const PacketRef& slot, Bytes packet,
                           bool is_rtx, uint8_t payload_type) {
  if (ring_.empty() && !grow(kCapacityStart)) return;
  if (size() == 0) oldest_ = newest_ = seq;
  if (seq < oldest_) {
    if (newest_ - seq >= ring_.size()) return;  // So late that nobody asks for it any more.
    oldest_ = seq;
  }
  if (seq > newest_) {
    if (seq - oldest_ >= kPacketsMax) drop_before(seq - kPacketsMax + 1);
    drop_aged(now);
    if (size() == 0) oldest_ = seq;
    newest_ = seq;
    if (seq - oldest_ >= ring_.size() && !grow(std::bit_ceil(seq - oldest_ + 1))) {
      drop_before(seq - ring_.size() + 1);
    }
  }
  Entry& entry = at(seq);
  if (!entry.slot) note_kept();
  entry.slot = slot;
  entry.seq = seq;
  entry.received_at = now;
  entry.offset = static_cast<uint16_t>(packet.data() - slot->data);
  entry.bytes = static_cast<uint16_t>(packet.size());
  entry.is_rtx = is_rtx;
  entry.payload_type = payload_type;
}

const PacketHistory::Entry* PacketHistory::find(uint64_t seq) const {
  if (ring_.empty()) return nullptr;
  const Entry& entry = ring_[seq & (ring_.size() - 1)];
  return entry.slot && entry.seq == seq ? &entry : nullptr;
}

void PacketHistory::expire(Instant now) {
  if (size() != 0) drop_aged(now);
}

void PacketHistory::clear() {
  for (Entry& entry : ring_) release(entry);
}

void PacketHistory::drop_before(uint64_t seq) {
  if (seq - oldest_ >= ring_.size()) {
    clear();
  } else {
    for (; oldest_ < seq; ++oldest_) release(at(oldest_));
  }
  oldest_ = seq;
}

void PacketHistory::drop_aged(Instant now) {
  for (; oldest_ <= newest_ && size() != 0; ++oldest_) {
    Entry& entry = at(oldest_);
    if (entry.slot && now - entry.received_at <= age_max_) return;
    release(entry);
  }
}

void PacketHistory::release(Entry& entry) {
  if (!entry.slot) return;
  entry.slot.reset();
  note_released();
}

bool PacketHistory::grow(size_t capacity) {
  std::vector<Entry> old;
  try {
    old.resize(capacity);
  } catch (const std::bad_alloc&) {
    return false;
  }
  old.swap(ring_);
  for (Entry& entry : old) {
    if (entry.slot) at(entry.seq) = std::move(entry);
  }
  return true;
}

void PacketHistory::release_oldest() {
  const size_t kept = size();
  const size_t keep = kept - std::min(kReleasedAtOnce, (kept + 1) / 2);
  for (; size() > keep; ++oldest_) release(at(oldest_));
}

}  // namespace sluice::media
