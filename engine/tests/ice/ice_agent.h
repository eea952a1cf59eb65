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
inline const std::vector<uint8_t> kId(kTransactionIdBytes, 0x5A);

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

}  // namespace sluice::ice::test
