// Finds the WebRTC transport that a datagram is for: by its path, and before the path is known by
// the username fragment of a STUN request.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "worker/path/path_table.h"

namespace sluice::worker {

class WebRtcTransport;

// One per worker. Transports add and remove what is theirs.
class Demux {
 public:
  // nullptr when no transport has the path.
  WebRtcTransport* find(const Path& path) const { return paths_.find(path); }
  // Gives the path to a transport and returns the one that had it before, or nullptr.
  WebRtcTransport* put(const Path& path, WebRtcTransport& transport) {
    return paths_.put(path, &transport);
  }
  void erase(const Path& path) { paths_.erase(path); }

  WebRtcTransport* find(std::string_view ufrag) const {
    const auto found = ufrags_.find(ufrag);
    return found == ufrags_.end() ? nullptr : found->second;
  }
  void put(const std::string& ufrag, WebRtcTransport& transport) { ufrags_[ufrag] = &transport; }
  void erase(const std::string& ufrag) { ufrags_.erase(ufrag); }
  template <typename Visit>  // void(const std::string& ufrag, WebRtcTransport&)
  void each_ufrag(Visit&& visit) const {
    for (const auto& [ufrag, transport] : ufrags_) visit(ufrag, *transport);
  }

 private:
  // Finds a std::string by a view of the same text, without making one.
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  PathTable paths_;
  std::unordered_map<std::string, WebRtcTransport*, TextHash, std::equal_to<>> ufrags_;
};

}  // namespace sluice::worker
