// The host candidates that a transport tells its peer, with mediasoup's priorities.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"

namespace sluice::ice {

// A socket that listens, in the order of the user's listenInfos.
struct Listener {
  Protocol protocol = Protocol::udp;
  std::string ip;
  std::string announced_address;  // An IP or a host name; empty to tell `ip`.
  uint16_t port = 0;
  bool expose_internal_ip = false;  // Tell `ip` too, when another address is announced.
};

struct CandidatePreferences {
  bool enable_udp = true;
  bool enable_tcp = true;
  bool prefer_udp = false;
  bool prefer_tcp = false;
};

// Always of type host, component 1; TCP ones are passive (RFC 6544).
struct Candidate {
  // RFC 8445, 5.1.1.3: the same for candidates of one protocol and address, and for no others.
  // Peers unfreeze one check per foundation, so a shared one would delay the others' checks.
  std::string foundation;
  uint32_t priority = 0;
  std::string address;
  Protocol protocol = Protocol::udp;
  uint16_t port = 0;
};

std::vector<Candidate> make_candidates(std::span<const Listener> listeners,
                                       const CandidatePreferences& preferences);

}  // namespace sluice::ice
