#include "ice/candidates.h"

#include <algorithm>
#include <string_view>

namespace sluice::ice {
namespace {

// RFC 8445, 5.1.2.1: 2^24 * type + 2^8 * local preference + (256 - component). The type preference
// and the steps are mediasoup's, so that a client ranks our candidates as it would mediasoup's.
constexpr uint32_t kTypePreference = 64;
constexpr uint32_t kLocalPreference = 10000;
constexpr uint32_t kLocalPreferenceStep = 100;
constexpr uint32_t kPreferredProtocolBonus = 1000;
constexpr uint32_t kInternalIpPenalty = 1000;  // Of the whole priority.
constexpr uint32_t kComponent = 1;

constexpr uint32_t priority(uint32_t local_preference) {
  return (kTypePreference << 24) + (local_preference << 8) + (256 - kComponent);
}

// mediasoup's name for the first address of a protocol; the next ones add their number.
std::string foundation_of(std::span<const Candidate> before, Protocol protocol,
                          const std::string& address) {
  std::vector<std::string_view> others;
  for (const Candidate& candidate : before) {
    if (candidate.protocol != protocol) continue;
    if (candidate.address == address) return candidate.foundation;
    if (std::find(others.begin(), others.end(), candidate.address) == others.end()) {
      others.push_back(candidate.address);
    }
  }
  const std::string name = protocol == Protocol::udp ? "udpcandidate" : "tcpcandidate";
  return others.empty() ? name : name + std::to_string(others.size() + 1);
}

}  // namespace

std::vector<Candidate> make_candidates(std::span<const Listener> listeners,
                                       const CandidatePreferences& preferences) {
  std::vector<Candidate> candidates;
  uint32_t decrement = 0;
  for (const Listener& listener : listeners) {
    const bool udp = listener.protocol == Protocol::udp;
    // Listeners that are not enabled take their step all the same, as mediasoup's do.
    const uint32_t step = decrement;
    if (decrement + kLocalPreferenceStep <= kLocalPreference) decrement += kLocalPreferenceStep;
    if (udp ? !preferences.enable_udp : !preferences.enable_tcp) continue;

    uint32_t local_preference = kLocalPreference - step;
    if (udp ? preferences.prefer_udp : preferences.prefer_tcp) {
      local_preference += kPreferredProtocolBonus;
    }
    const auto add = [&](const std::string& address, uint32_t penalty) {
      candidates.push_back({foundation_of(candidates, listener.protocol, address),
                            priority(local_preference) - penalty, address, listener.protocol,
                            listener.port});
    };
    const bool announced = !listener.announced_address.empty();
    add(announced ? listener.announced_address : listener.ip, 0);
    if (announced && listener.expose_internal_ip) add(listener.ip, kInternalIpPenalty);
  }
  return candidates;
}

}  // namespace sluice::ice
