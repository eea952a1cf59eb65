// Checks that come again, and established sessions that are asked to move.
#include <doctest/doctest.h>

#include "ice/transaction_memory.h"
#include "ice_agent.h"

using namespace sluice;
using namespace sluice::ice;
using namespace sluice::ice::test;

using Verdict = IceLite::Verdict;

TEST_CASE("ice: a check that comes again is answered, and changes nothing") {
  for (const Check& what : {kPlain, kNominate, renominate(7), Check{true, 8}}) {
    Agent agent;
    agent.check(path(1), kNominate);
    const auto wire = agent.make_check(what);
    agent.deliver(wire, path(1));
    CHECK(agent.verdict == Verdict::accepted);
    agent.wait(20s);
    const Instant consent = agent.ice.next_timeout();
    for (const uint16_t from : {1, 2, 3}) {
      agent.deliver(wire, path(from));
      CHECK(agent.verdict == Verdict::repeated);
      CHECK(agent.answer_code() == 0);
      CHECK_FALSE(agent.out.added);
      CHECK_FALSE(agent.out.selected_changed);
    }
    CHECK(agent.selected_port() == 1);
    CHECK(agent.ice.paths().size() == 1);
    CHECK(agent.ice.next_timeout() == consent);
    CHECK(agent.ice.counters().repeated == 3);
    agent.wait(10s);
    CHECK(agent.state() == "disconnected");

    agent.deliver(wire, path(2));  // Nor does it begin a new session.
    CHECK(agent.state() == "disconnected");
  }
}

TEST_CASE("ice: the memory of transactions is long, bounded, and ends with the credentials") {
  TransactionMemory memory;
  std::vector<uint8_t> id(kTransactionIdBytes);
  const auto insert = [&](uint32_t number, size_t at) {
    store_u32(id, at, number);
    return memory.insert(id);
  };
  for (uint32_t i = 1; i <= TransactionMemory::kMax; ++i) REQUIRE(insert(i, 8));
  for (uint32_t i = 1; i <= TransactionMemory::kMax; ++i) REQUIRE_FALSE(insert(i, 8));
  CHECK(insert(TransactionMemory::kMax + 1, 8));
  CHECK(memory.size() == TransactionMemory::kMax);
  CHECK_FALSE(insert(2, 8));
  CHECK(insert(1, 8));  // The oldest was forgotten.
  CHECK(insert(0x01000000, 0));

  Agent agent;
  agent.check(path(1), kNominate);
  const auto wire = agent.make_check(kNominate);
  agent.deliver(wire, path(1));
  agent.restart("fresh", "new password");
  agent.deliver(wire, path(2));
  CHECK(agent.verdict == Verdict::repeated);
  agent.check(path(1), kPlain, "fresh", "new password");
  agent.deliver(wire, path(2));
  CHECK(agent.verdict == Verdict::refused);
}

TEST_CASE("ice: an established session moves when the peer proves itself on the new path") {
  Agent agent;
  agent.check(path(1), kNominate);
  agent.media(path(1));
  for (int i = 0; i < 10; ++i) {
    agent.wait(2500ms);
    agent.media(path(1));
    agent.check(path(2), kNominate);
    CHECK(agent.selected_port() == 1);
    CHECK(agent.state() == "completed");
  }
  agent.media(path(2));
  CHECK(agent.selected_port() == 2);
  CHECK(agent.out.selected_changed);
  // What nobody can authenticate moves nothing now.
  agent.out = IceOutbox();
  agent.ice.handle_handshake(path(1), agent.out);
  CHECK(agent.selected_port() == 2);
}

TEST_CASE("ice: before it is established a session follows nominations and its handshake") {
  Agent agent;
  agent.check(path(1), kNominate);
  agent.check(path(2), kNominate);
  CHECK(agent.selected_port() == 2);
  agent.out = IceOutbox();
  agent.ice.handle_handshake(path(1), agent.out);
  CHECK(agent.selected_port() == 1);
}

TEST_CASE("ice: an established session whose path has fallen silent moves by a check") {
  struct Case {
    const char* name;
    Check later;  // After the first nomination, which waits.
  };
  // Some peers nominate once, others with each check.
  for (const auto& [name, later] : {Case{"nominates again", kNominate}, Case{"once", kPlain}}) {
    CAPTURE(name);
    Agent agent;
    agent.check(path(1), kNominate);
    agent.media(path(1));
    agent.wait(1s);
    agent.check(path(2), kNominate);
    CHECK(agent.selected_port() == 1);
    agent.wait(IceLite::kInUseFor - 1001ms);
    agent.check(path(2), later);
    CHECK(agent.selected_port() == 1);
    agent.check(path(3), kPlain);
    agent.wait(1ms);
    agent.check(path(3), kPlain);
    CHECK(agent.selected_port() == 1);
    agent.check(path(2), later);
    CHECK(agent.selected_port() == 2);
  }
}

TEST_CASE("ice: a path in use by checks alone is left for a nominated one when it closes") {
  Agent agent;
  agent.check(path(1), kNominate);
  agent.media(path(1));
  agent.check(path(2), kNominate);
  agent.check(path(3), kPlain);
  agent.close(path(1));
  CHECK(agent.selected_port() == 2);
}

TEST_CASE("ice: after a restart the first nomination with the new credentials moves at once") {
  Agent agent;
  agent.check(path(1), kNominate);
  agent.media(path(1));
  agent.restart("fresh", "new password");
  agent.media(path(1));
  agent.check(path(2), kNominate);  // With the old credentials nothing has changed.
  CHECK(agent.selected_port() == 1);
  agent.check(path(3), kPlain, "fresh", "new password");
  CHECK(agent.selected_port() == 1);
  agent.media(path(1));
  agent.check(path(3), kNominate, "fresh", "new password");
  CHECK(agent.selected_port() == 3);
  agent.media(path(3));
  agent.check(path(2), kNominate, "fresh", "new password");
  CHECK(agent.selected_port() == 3);
}
