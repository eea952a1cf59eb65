// Scenarios of an ICE-lite agent with virtual time; every message passes through the wire format.
#include "ice/ice_lite.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::ice;

namespace {

constexpr Instant kStart{1000s};
const std::vector<uint8_t> kId(kTransactionIdBytes, 0x5A);

Path path(uint16_t port, Protocol protocol = Protocol::udp) {
  return {1, protocol, *parse_ip("192.0.2.7", port)};
}

// What the controlling peer puts into one check.
struct Check {
  bool use_candidate = false;
  std::optional<uint32_t> nomination;
  bool controlling = true;
};
const Check kPlain{};
const Check kNominate{true, std::nullopt};
Check renominate(uint32_t value) {
  return {false, value};
}

struct Agent {
  IceLite ice;
  Instant now = kStart;
  IceOutbox out;  // Of the last input.

  explicit Agent(Duration consent = 30s) : ice({"server", "password"}, consent) {}

  void deliver(Bytes wire, const Path& from) {
    const auto message = StunMessage::parse(wire);
    REQUIRE(message);
    out = IceOutbox();
    ice.handle_stun(now, *message, from, out);
  }
  void check(const Path& from, const Check& what, const char* ufrag = "server",
             const char* password = "password") {
    const std::string username = std::string(ufrag) + ":client";
    uint8_t buffer[256];
    const size_t size = write_binding_request(
        buffer, kId,
        {username, password, 100, 1, what.controlling, what.use_candidate, what.nomination});
    deliver(Bytes(buffer).first(size), from);
  }
  void media(const Path& from) {
    out = IceOutbox();
    ice.handle_media(from, out);
  }
  void close(const Path& which) {
    out = IceOutbox();
    ice.handle_path_closed(now, which, out);
  }
  void wait(Duration duration) {
    now += duration;
    out = IceOutbox();
    ice.handle_timeout(now, out);
  }
  void restart(const char* ufrag, const char* password) {
    out = IceOutbox();
    ice.restart(now, {ufrag, password}, out);
  }

  std::string state() const { return to_text(ice.state()); }
  uint16_t selected_port() const { return ice.selected() ? ice.selected()->remote.port : 0; }
  // The error code of the answer; 0 for a success, -1 for no answer.
  int answer_code() const {
    if (out.answer().empty()) return -1;
    const auto answer = StunMessage::parse(out.answer());
    REQUIRE(answer);
    CHECK(std::ranges::equal(answer->transaction_id(), kId));
    return answer->error_code().value_or(0);
  }
  bool answer_signed_with(const char* password) const {
    const auto answer = StunMessage::parse(out.answer());
    return answer && answer->verify_integrity(password);
  }
};

}  // namespace

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
    StunWriter writer(buffer, StunClass::request, c.method, kId);
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
    StunWriter writer(buffer, StunClass::request, kBindingMethod, kId);
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
    StunWriter writer(buffer, message_class, kBindingMethod, kId);
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
