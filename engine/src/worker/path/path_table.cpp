#include "worker/path/path_table.h"

#include <algorithm>
#include <utility>

namespace sluice::worker {

WebRtcTransport* PathTable::put(const Path& path, WebRtcTransport* transport) {
  if ((size_ + 1) * 2 > entries_.size()) grow();
  Entry& entry = entries_[place_of(path)];
  if (!entry.transport) {
    entry.path = path;
    ++size_;
  }
  return std::exchange(entry.transport, transport);
}

// What was pushed on by the one that goes moves up, so that no search ends before it.
void PathTable::erase(const Path& path) {
  if (entries_.empty()) return;
  size_t gap = place_of(path);
  if (!entries_[gap].transport) return;
  for (size_t at = (gap + 1) & mask(); entries_[at].transport; at = (at + 1) & mask()) {
    const size_t from_home = (at - home(entries_[at].path)) & mask();
    const size_t from_gap = (at - gap) & mask();
    if (from_home < from_gap) continue;
    entries_[gap] = entries_[at];
    gap = at;
  }
  entries_[gap].transport = nullptr;
  --size_;
}

void PathTable::grow() {
  std::vector<Entry> old(std::max(kEntriesMin, entries_.size() * 2));
  old.swap(entries_);
  for (const Entry& entry : old) {
    if (entry.transport) entries_[place_of(entry.path)] = entry;
  }
}

}  // namespace sluice::worker
