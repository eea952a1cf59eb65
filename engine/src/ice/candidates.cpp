#include "ice/candidates.h"

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
    Candidate candidate{udp ? "udpcandidate" : "tcpcandidate", priority(local_preference),
                        listener.ip, listener.protocol, listener.port};
    if (listener.announced_address.empty()) {
      candidates.push_back(std::move(candidate));
      continue;
    }
    candidate.address = listener.announced_address;
    candidates.push_back(candidate);
    if (listener.expose_internal_ip) {
      candidate.address = listener.ip;
      candidate.priority -= kInternalIpPenalty;
      candidates.push_back(std::move(candidate));
    }
  }
  return candidates;
}

}  // namespace sluice::ice
