// What an ICE-lite agent answers to whom, and the credentials that decide it.
#include <doctest/doctest.h>

#include <set>
#include <string>

#include "ice/ice_lite.h"
#include "ice_agent.h"

using namespace sluice;
using namespace sluice::ice;
using namespace sluice::ice::test;

TEST_CASE("ice: the answer carries the address the question came from, signed") {
  Agent agent;
  agent.check(path(4711), kPlain);
  const auto answer = StunMessage::parse(agent.out.answer());
  REQUIRE(answer);
  CHECK(answer->message_class() == StunClass::success);
  CHECK(answer->has_fingerprint());
  CHECK(answer->xor_mapped_address() == parse_ip("192.0.2.7", 4711));
  CHECK(answer->verify_integrity("password"));
}

TEST_CASE("ice: after a restart the old pair serves until the new one is used") {
  Agent agent;
  agent.check(path(1), renominate(9));
  agent.wait(20s);
  agent.restart("fresh", "new password");
  CHECK(agent.ice.credentials().ufrag == "fresh");
  CHECK(agent.ice.old_credentials().ufrag == "server");
  CHECK(agent.ice.next_timeout() == agent.now + 30s);
  CHECK(agent.state() == "completed");
  CHECK_FALSE(agent.out.old_ufrag_retired);

  agent.check(path(1), kPlain);
  CHECK(agent.answer_code() == 0);
  CHECK(agent.answer_signed_with("password"));
  agent.check(path(1), kPlain, "server", "new password");
  CHECK(agent.answer_code() == 401);

  agent.check(path(2), renominate(1), "fresh", "new password");
  CHECK(agent.answer_signed_with("new password"));
  CHECK(agent.selected_port() == 2);  // Nominations start over.
  CHECK(agent.out.old_ufrag_retired);
  CHECK(agent.ice.retired_ufrag() == "server");

  agent.check(path(1), kPlain);
  CHECK(agent.answer_code() == 401);
  CHECK_FALSE(agent.out.old_ufrag_retired);
}

TEST_CASE("ice: a second restart retires the pair before the first at once") {
  Agent agent;
  agent.restart("two", "2");
  agent.restart("three", "3");
  CHECK(agent.out.old_ufrag_retired);
  CHECK(agent.ice.retired_ufrag() == "server");
  agent.check(path(1), kPlain);
  CHECK(agent.answer_code() == 401);
  agent.check(path(1), kPlain, "two", "2");
  CHECK(agent.answer_code() == 0);
  agent.check(path(1), kPlain, "three", "3");
  CHECK(agent.answer_code() == 0);
  CHECK(agent.ice.retired_ufrag() == "two");
}

TEST_CASE("ice: a wrong user or password is 401 and changes nothing") {
  const struct {
    const char *ufrag, *password;
  } cases[] = {{"server", "Password"}, {"serve", "password"}, {"server2", "password"}, {"", ""}};
  for (const auto& c : cases) {
    Agent agent;
    agent.check(path(1), kNominate, c.ufrag, c.password);
    CHECK(agent.answer_code() == 401);
    CHECK(agent.state() == "new");
    CHECK_FALSE(agent.out.added);
    CHECK(agent.ice.counters().unauthorized == 1);
  }
}

TEST_CASE("ice: a peer that claims to be controlled gets 487, signed") {
  Agent agent;
  agent.check(path(1), Check{false, std::nullopt, false});
  CHECK(agent.answer_code() == 487);
  CHECK(agent.answer_signed_with("password"));
  CHECK(agent.state() == "new");
}

TEST_CASE("ice: incomplete requests are 400, unknown attributes 420") {
  struct Case {
    const char* name;
    bool username, priority, integrity, fingerprint, unknown;
    uint16_t method;
    int code;
  };
  const Case cases[] = {
      {"whole", true, true, true, true, false, 1, 0},
      {"no username", false, true, true, true, false, 1, 400},
      {"no priority", true, false, true, true, false, 1, 400},
      {"no integrity", true, true, false, true, false, 1, 400},
      {"no fingerprint", true, true, true, false, false, 1, 400},
      {"other method", true, true, true, true, false, 3, 400},
      {"unknown attribute", true, true, true, true, true, 1, 420},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Agent agent;
    uint8_t buffer[256];
    StunWriter writer(buffer, StunClass::request, c.method, agent.next_transaction());
    if (c.username) writer.add_username("server:client");
    if (c.priority) writer.add_priority(1);
    if (c.unknown) {
      // No public way to write what nobody knows: UNKNOWN-ATTRIBUTES with its type changed.
      const size_t at = writer.finish();
      const uint16_t value[] = {1};
      writer.add_unknown_attributes(value);
      store_u16(buffer, at, 0x7001);
    }
    if (c.integrity) writer.add_message_integrity("password");
    if (c.fingerprint) writer.add_fingerprint();
    agent.deliver(Bytes(buffer).first(writer.finish()), path(1));
    CHECK(agent.answer_code() == c.code);
    CHECK(agent.answer_signed_with("password") == (c.code == 0 || c.code == 420));
    CHECK(agent.state() == (c.code == 0 ? "connected" : "new"));
  }
}

TEST_CASE("ice: an unauthenticated question gets no larger answer") {
  for (size_t filler = 0; filler <= 60; filler += 4) {
    Agent agent;
    uint8_t buffer[256];
    StunWriter writer(buffer, StunClass::request, kBindingMethod, agent.next_transaction());
    const std::string username(filler, 'x');
    if (filler > 0) writer.add_username(username);
    agent.deliver(Bytes(buffer).first(writer.finish()), path(1));
    CAPTURE(writer.finish());
    CHECK(agent.out.answer().size() <= writer.finish());
    if (writer.finish() >= 28) CHECK(agent.answer_code() == 400);
    CHECK(agent.ice.counters().unanswered == (writer.finish() < 28 ? 1 : 0));
  }
}

TEST_CASE("ice: responses and indications are ignored") {
  Agent agent;
  for (const auto message_class : {StunClass::indication, StunClass::success, StunClass::error}) {
    uint8_t buffer[256];
    StunWriter writer(buffer, message_class, kBindingMethod, agent.next_transaction());
    writer.add_username("server:client");
    writer.add_priority(1);
    writer.add_message_integrity("password");
    writer.add_fingerprint();
    agent.deliver(Bytes(buffer).first(writer.finish()), path(1));
    CHECK(agent.out.answer().empty());
  }
  CHECK(agent.state() == "new");
  CHECK(agent.ice.counters().ignored == 3);
}

TEST_CASE("ice: credentials are long, of ICE's characters, and new each time") {
  SeededRandom random(1);
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const IceCredentials made = make_credentials(random);
    CHECK(made.ufrag.size() == 32);
    CHECK(made.password.size() == 32);
    CHECK(made.ufrag.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") ==
          std::string::npos);
    seen.insert(made.ufrag);
    seen.insert(made.password);
  }
  CHECK(seen.size() == 200);
}
