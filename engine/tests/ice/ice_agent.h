// An ICE-lite agent with virtual time, for scenarios: every message passes through the wire format.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "ice/ice_lite.h"

namespace sluice::ice::test {

inline constexpr Instant kStart{1000s};

inline Path path(uint16_t port, Protocol protocol = Protocol::udp) {
  return {1, protocol, *parse_ip("192.0.2.7", port)};
}

// What the controlling peer puts into one check.
struct Check {
  bool use_candidate = false;
  std::optional<uint32_t> nomination;
  bool controlling = true;
};
inline const Check kPlain{};
inline const Check kNominate{true, std::nullopt};
inline Check renominate(uint32_t value) {
  return {false, value};
}

struct Agent {
  IceLite ice;
  Instant now = kStart;
  IceOutbox out;  // Of the last input.
  IceLite::Verdict verdict{};
  std::vector<uint8_t> transaction = std::vector<uint8_t>(kTransactionIdBytes, 0x5A);

  explicit Agent(Duration consent = 30s) : ice({"server", "password"}, consent) {}

  void deliver(Bytes wire, const Path& from) {
    const auto message = StunMessage::parse(wire);
    REQUIRE(message);
    out = IceOutbox();
    verdict = ice.handle_stun(now, *message, from, out);
  }
  const std::vector<uint8_t>& next_transaction() {
    store_u32(transaction, 0, load_u32(transaction, 0) + 1);
    return transaction;
  }
  std::vector<uint8_t> make_check(const Check& what, const char* ufrag = "server",
                                  const char* password = "password") {
    const std::string username = std::string(ufrag) + ":client";
    std::vector<uint8_t> wire(256);
    wire.resize(write_binding_request(
        wire, next_transaction(),
        {username, password, 100, 1, what.controlling, what.use_candidate, what.nomination}));
    return wire;
  }
  void check(const Path& from, const Check& what, const char* ufrag = "server",
             const char* password = "password") {
    deliver(make_check(what, ufrag, password), from);
  }
  void media(const Path& from) {
    out = IceOutbox();
    ice.handle_authentic(now, from, out);
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
    CHECK(std::ranges::equal(answer->transaction_id(), transaction));
    return answer->error_code().value_or(0);
  }
  bool answer_signed_with(const char* password) const {
    const auto answer = StunMessage::parse(out.answer());
    return answer && answer->verify_integrity(password);
  }
};

}  // namespace sluice::ice::test
