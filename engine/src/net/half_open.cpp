#include "net/half_open.h"

#include <algorithm>

#include "base/bytes.h"

namespace sluice::net {

HalfOpenTable::Source HalfOpenTable::source_of(const Address& remote) {
  return remote.is_ipv6 ? load_u64(remote.ip, 0) : load_u32(remote.ip, 0);
}

std::optional<uint32_t> HalfOpenTable::add(Instant now, uint32_t handle, const Address& remote) {
  const Source source = source_of(remote);
  entries_.push_back({now + lifetime_, handle, source});
  ++counts_[source];
  if (entries_.size() <= limit_) return std::nullopt;
  ++evicted_;
  return take(oldest_of_largest_source());
}

// Among sources that hold equally many, the one whose oldest entry is the oldest. Walks the whole
// table, which is small.
HalfOpenTable::Entries::iterator HalfOpenTable::oldest_of_largest_source() {
  size_t largest = 0;
  for (const auto& [source, count] : counts_) largest = std::max(largest, count);
  return std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return counts_.find(entry.source)->second == largest;
  });
}

uint32_t HalfOpenTable::take(Entries::iterator entry) {
  const auto count = counts_.find(entry->source);
  if (--count->second == 0) counts_.erase(count);
  const uint32_t handle = entry->handle;
  entries_.erase(entry);
  return handle;
}

void HalfOpenTable::remove(uint32_t handle) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.handle == handle; });
  if (found != entries_.end()) take(found);
}

std::optional<uint32_t> HalfOpenTable::poll_expired(Instant now) {
  if (entries_.empty() || entries_.front().deadline > now) return std::nullopt;
  ++expired_;
  return take(entries_.begin());
}

Instant HalfOpenTable::next_timeout() const {
  return entries_.empty() ? kNever : entries_.front().deadline;
}

}  // namespace sluice::net
