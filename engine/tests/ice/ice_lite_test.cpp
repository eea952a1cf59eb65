// Which paths an ICE-lite agent keeps, which it sends on, and for how long.
#include "ice/ice_lite.h"

#include <doctest/doctest.h>

#include <set>

#include "ice_agent.h"

using namespace sluice;
using namespace sluice::ice;
using namespace sluice::ice::test;

TEST_CASE("ice: a plain check connects, a nomination completes") {
  Agent agent;
  CHECK(agent.state() == "new");
  agent.check(path(1), kPlain);
  CHECK(agent.state() == "connected");
  CHECK(agent.out.state_changed);
  CHECK(agent.out.selected_changed);
  CHECK(agent.out.added == path(1));
  CHECK(agent.selected_port() == 1);

  agent.check(path(1), kNominate);
  CHECK(agent.state() == "completed");
  CHECK(agent.out.state_changed);
  CHECK_FALSE(agent.out.selected_changed);
  CHECK_FALSE(agent.out.added);

  agent.check(path(1), kPlain);
  CHECK(agent.state() == "completed");
  CHECK_FALSE(agent.out.state_changed);
}

TEST_CASE("ice: a first check that nominates completes at once") {
  for (const Check& first : {kNominate, renominate(1), Check{true, 1}}) {
    Agent agent;
    agent.check(path(1), first);
    CHECK(agent.state() == "completed");
    CHECK(agent.selected_port() == 1);
  }
  // A nomination that is not higher than "none so far" is a plain check.
  Agent agent;
  agent.check(path(1), renominate(0));
  CHECK(agent.state() == "connected");
  CHECK(agent.selected_port() == 1);
}

TEST_CASE("ice: in connected plain checks add paths, nominations select") {
  Agent agent;
  agent.check(path(1), kPlain);
  agent.check(path(2), kPlain);
  CHECK(agent.selected_port() == 1);
  CHECK(agent.ice.paths().size() == 2);
  agent.check(path(2), kNominate);
  CHECK(agent.selected_port() == 2);
  CHECK(agent.state() == "completed");
}

TEST_CASE("ice: in completed USE-CANDIDATE always selects, a nomination only when higher") {
  Agent agent;
  agent.check(path(1), renominate(5));
  agent.check(path(2), renominate(5));
  CHECK(agent.selected_port() == 1);
  agent.check(path(2), renominate(4));
  CHECK(agent.selected_port() == 1);
  agent.check(path(2), renominate(6));
  CHECK(agent.selected_port() == 2);
  agent.check(path(3), kNominate);
  CHECK(agent.selected_port() == 3);
  agent.check(path(1), Check{true, 2});  // Low, but with USE-CANDIDATE.
  CHECK(agent.selected_port() == 1);
  agent.check(path(2), renominate(6));  // The low one has not lowered the mark.
  CHECK(agent.selected_port() == 1);
}

TEST_CASE("ice: paths differ by protocol and by socket too") {
  Agent agent;
  agent.check(path(1), kPlain);
  agent.check(path(1, Protocol::tcp), kPlain);
  Path other_socket = path(1);
  other_socket.socket = 2;
  agent.check(other_socket, kPlain);
  CHECK(agent.ice.paths().size() == 3);
}

TEST_CASE("ice: of more than eight paths the oldest that is not selected goes") {
  Agent agent;
  for (uint16_t port = 1; port <= 8; ++port) agent.check(path(port), kPlain);
  CHECK(agent.out.removed().empty());
  agent.check(path(9), kPlain);
  REQUIRE(agent.out.removed().size() == 1);
  CHECK(agent.out.removed()[0] == path(2));  // The first is selected.
  CHECK(agent.out.added == path(9));
  CHECK(agent.selected_port() == 1);
  CHECK(agent.ice.paths().size() == 8);

  agent.check(path(10), kNominate);
  CHECK(agent.out.removed()[0] == path(3));
  CHECK(agent.selected_port() == 10);
  agent.check(path(11), kPlain);
  CHECK(agent.out.removed()[0] == path(1));
  CHECK(agent.ice.counters().paths_evicted == 3);
}

TEST_CASE("ice: media from a known path selects it, from others it does nothing") {
  Agent agent;
  agent.media(path(1));
  CHECK(agent.state() == "new");
  agent.check(path(1), kNominate);
  agent.check(path(2), kPlain);
  agent.media(path(2));
  CHECK(agent.selected_port() == 2);
  CHECK(agent.out.selected_changed);
  agent.media(path(2));
  CHECK_FALSE(agent.out.selected_changed);
  agent.media(path(3));
  CHECK(agent.selected_port() == 2);
  CHECK_FALSE(agent.ice.knows(path(3)));
}

TEST_CASE(
    "ice: when the selected path closes the newest takes over, after the last it disconnects") {
  Agent agent;
  agent.check(path(1), kNominate);
  agent.check(path(2), kPlain);
  agent.check(path(3), kPlain);
  agent.close(path(2));
  CHECK(agent.selected_port() == 1);
  CHECK_FALSE(agent.out.selected_changed);
  agent.close(path(1));
  CHECK(agent.selected_port() == 3);
  CHECK(agent.out.selected_changed);
  CHECK(agent.state() == "completed");
  agent.close(path(9));
  CHECK(agent.out.removed().empty());

  agent.close(path(3));
  CHECK(agent.state() == "disconnected");
  CHECK(agent.out.state_changed);
  CHECK(agent.out.selected_changed);
  CHECK(agent.ice.selected() == nullptr);
  CHECK(agent.ice.next_timeout() == kNever);

  agent.check(path(4), kPlain);
  CHECK(agent.state() == "connected");
}

TEST_CASE("ice: nominations start over after a disconnection") {
  Agent agent;
  agent.check(path(1), renominate(9));
  agent.close(path(1));
  agent.check(path(1), renominate(1));
  CHECK(agent.state() == "completed");
}

TEST_CASE("ice: consent ends when no valid check comes") {
  Agent agent(30s);
  CHECK(agent.ice.next_timeout() == kNever);
  agent.check(path(1), kNominate);
  agent.check(path(2), kPlain);
  CHECK(agent.ice.next_timeout() == kStart + 30s);
  agent.wait(29s);
  agent.media(path(1));  // Media is no consent.
  CHECK(agent.state() == "completed");
  agent.check(path(2), kPlain);
  CHECK(agent.ice.next_timeout() == kStart + 59s);
  agent.wait(29999ms);
  CHECK(agent.state() == "completed");
  agent.check(path(1), kPlain, "server", "wrong");  // Nor is a wrong one.
  agent.wait(1ms);
  CHECK(agent.state() == "disconnected");
  CHECK(agent.out.removed().size() == 2);
  CHECK(agent.out.selected_changed);
  CHECK(agent.ice.paths().empty());
  CHECK(agent.ice.next_timeout() == kNever);
  CHECK(agent.ice.counters().consent_expired == 1);
}

TEST_CASE("ice: the consent time is brought into its limits, zero is off") {
  const struct {
    Duration given, used;
  } cases[] = {{1s, 10s}, {10s, 10s}, {45s, 45s}, {60s, 60s}, {255s, 60s}};
  for (const auto& c : cases) {
    Agent agent(c.given);
    agent.check(path(1), kPlain);
    CHECK(agent.ice.next_timeout() == kStart + c.used);
  }
  Agent agent(0s);
  agent.check(path(1), kPlain);
  CHECK(agent.ice.next_timeout() == kNever);
  agent.wait(1000s);
  CHECK(agent.state() == "connected");
}

TEST_CASE("ice: any run of inputs keeps the invariants") {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    SeededRandom random(seed);
    Agent agent(10s);
    std::set<uint16_t> table;  // What a worker that follows the outboxes believes.
    for (int step = 0; step < 200; ++step) {
      const Path which = path(static_cast<uint16_t>(random.between(1, 12)));
      switch (random.between(0, 5)) {
        case 0:
          agent.check(which, kPlain);
          break;
        case 1:
          agent.check(which, kNominate);
          break;
        case 2:
          agent.check(which, renominate(random.between(0, 20)));
          break;
        case 3:
          agent.close(which);
          break;
        case 4:
          agent.media(which);
          break;
        case 5:
          agent.wait(std::chrono::milliseconds(random.between(0, 6000)));
          break;
      }
      if (agent.out.added) table.insert(agent.out.added->remote.port);
      for (const Path& removed : agent.out.removed()) table.erase(removed.remote.port);

      std::set<uint16_t> paths;
      for (const Path& known : agent.ice.paths()) paths.insert(known.remote.port);
      const bool up =
          agent.ice.state() == IceState::connected || agent.ice.state() == IceState::completed;
      REQUIRE(paths == table);
      REQUIRE(up == !paths.empty());
      REQUIRE(up == (agent.ice.selected() != nullptr));
      REQUIRE(up == (agent.ice.next_timeout() != kNever));
      if (up) REQUIRE(paths.contains(agent.selected_port()));
      REQUIRE(paths.size() <= IceLite::kMaxPaths);
    }
  }
}
