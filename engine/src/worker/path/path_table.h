// Which transport a path belongs to: looked up for each datagram that comes in. Flat, so that it
// costs one miss of the cache where a table of nodes costs three.
#pragma once

#include <cstddef>
#include <vector>

#include "base/address.h"

namespace sluice::worker {

class WebRtcTransport;

// One a worker. Grows, never shrinks: 80 bytes a path at most.
class PathTable {
 public:
  size_t size() const { return size_; }

  // Null when nobody has the path.
  WebRtcTransport* find(const Path& path) const {
    if (entries_.empty()) return nullptr;
    return entries_[place_of(path)].transport;
  }

  // Gives the path to `transport`, which is not null. Who had it before; null: nobody.
  WebRtcTransport* put(const Path& path, WebRtcTransport* transport);
  void erase(const Path& path);

 private:
  static constexpr size_t kEntriesMin = 16;

  struct Entry {
    Path path;
    WebRtcTransport* transport = nullptr;  // Null: free.
  };

  size_t mask() const { return entries_.size() - 1; }
  size_t home(const Path& path) const { return PathHash{}(path)&mask(); }
  // Where it is, or the free entry where it would go.
  size_t place_of(const Path& path) const {
    size_t at = home(path);
    while (entries_[at].transport && entries_[at].path != path) at = (at + 1) & mask();
    return at;
  }
  void grow();

  std::vector<Entry> entries_;  // A power of two, at most half full.
  size_t size_ = 0;
};

}  // namespace sluice::worker
