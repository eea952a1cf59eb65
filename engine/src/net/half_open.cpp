#include "net/half_open.h"

#include <algorithm>

namespace sluice::net {

std::optional<uint32_t> HalfOpenTable::add(Instant now, uint32_t handle) {
  entries_.push_back({now + lifetime_, handle});
  if (entries_.size() <= limit_) return std::nullopt;
  const uint32_t oldest = entries_.front().handle;
  entries_.pop_front();
  ++evicted_;
  return oldest;
}

void HalfOpenTable::remove(uint32_t handle) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.handle == handle; });
  if (found != entries_.end()) entries_.erase(found);
}

std::optional<uint32_t> HalfOpenTable::poll_expired(Instant now) {
  if (entries_.empty() || entries_.front().deadline > now) return std::nullopt;
  const uint32_t handle = entries_.front().handle;
  entries_.pop_front();
  ++expired_;
  return handle;
}

Instant HalfOpenTable::next_timeout() const {
  return entries_.empty() ? kNever : entries_.front().deadline;
}

}  // namespace sluice::net
