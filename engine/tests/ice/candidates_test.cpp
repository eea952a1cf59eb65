// Candidates as mediasoup would rank them.
#include "ice/candidates.h"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::ice;

namespace {

constexpr uint32_t priority(uint32_t local_preference) {
  return 64u * 16777216u + local_preference * 256u + 255u;
}

Listener udp(const char* ip, uint16_t port, const char* announced = "", bool expose = false) {
  return {Protocol::udp, ip, announced, port, expose};
}
Listener tcp(const char* ip, uint16_t port) {
  return {Protocol::tcp, ip, "", port, false};
}

}  // namespace

TEST_CASE("candidates: each listener takes a step down") {
  const Listener listeners[] = {udp("10.0.0.1", 1), tcp("10.0.0.1", 2), udp("::1", 3)};
  const auto candidates = make_candidates(listeners, {});
  REQUIRE(candidates.size() == 3);
  CHECK(candidates[0].priority == priority(10000));
  CHECK(candidates[1].priority == priority(9900));
  CHECK(candidates[2].priority == priority(9800));
  CHECK(candidates[0].foundation == "udpcandidate");
  CHECK(candidates[1].foundation == "tcpcandidate");
  CHECK(candidates[1].protocol == Protocol::tcp);
  CHECK(candidates[2].address == "::1");
  CHECK(candidates[2].port == 3);
}

TEST_CASE("candidates: the announced address comes first, the internal one a thousand lower") {
  const Listener listeners[] = {udp("10.0.0.1", 1, "sfu.example", true),
                                udp("10.0.0.2", 2, "203.0.113.1")};
  const auto candidates = make_candidates(listeners, {});
  REQUIRE(candidates.size() == 3);
  CHECK(candidates[0].address == "sfu.example");
  CHECK(candidates[1].address == "10.0.0.1");
  CHECK(candidates[1].priority == candidates[0].priority - 1000);
  CHECK(candidates[2].address == "203.0.113.1");
  CHECK(candidates[2].priority == priority(9900));
}

TEST_CASE("candidates: preference and selection go by protocol") {
  const Listener listeners[] = {udp("10.0.0.1", 1), tcp("10.0.0.1", 2)};
  const auto prefer_tcp = make_candidates(listeners, {true, true, false, true});
  CHECK(prefer_tcp[0].priority == priority(10000));
  CHECK(prefer_tcp[1].priority == priority(10900));
  const auto prefer_udp = make_candidates(listeners, {true, true, true, false});
  CHECK(prefer_udp[0].priority == priority(11000));

  const auto only_tcp = make_candidates(listeners, {false, true, false, false});
  REQUIRE(only_tcp.size() == 1);
  CHECK(only_tcp[0].priority == priority(9900));
  CHECK(make_candidates(listeners, {false, false, false, false}).empty());
}

TEST_CASE("candidates: the steps end before the local preference would wrap") {
  const std::vector<Listener> listeners(150, udp("10.0.0.1", 1));
  const auto candidates = make_candidates(listeners, {});
  REQUIRE(candidates.size() == 150);
  CHECK(candidates.back().priority == priority(0));
}

TEST_CASE("candidates: a foundation is one address and one protocol") {
  const Listener listeners[] = {udp("10.0.0.1", 1), tcp("10.0.0.1", 2),
                                udp("10.0.0.1", 3), udp("10.0.0.2", 4, "203.0.113.1", true),
                                tcp("10.0.0.2", 5), udp("::1", 6),
                                udp("10.0.0.2", 7), udp("10.0.0.3", 8, "203.0.113.1")};
  std::vector<std::string> foundations;
  for (const Candidate& each : make_candidates(listeners, {})) {
    foundations.push_back(each.foundation);
  }
  const std::vector<std::string> expected = {"udpcandidate",  "tcpcandidate",  "udpcandidate",
                                             "udpcandidate2", "udpcandidate3", "tcpcandidate2",
                                             "udpcandidate4", "udpcandidate3", "udpcandidate2"};
  CHECK(foundations == expected);
}
