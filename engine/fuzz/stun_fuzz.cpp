// STUN as anybody can send it: the parser, the agent behind it, and the rule that nobody who is not
// authenticated gets more bytes back than he sent.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "ice/ice_lite.h"
#include "ice/stun.h"
#include "ice/stun_digests.h"

using namespace sluice;
using namespace sluice::ice;

namespace {

// The credentials of RFC 5769's request, so that the corpus reaches what lies behind
// authentication.
constexpr std::string_view kUfrag = "evtj";
constexpr std::string_view kPassword = "VOkJxbRl1RmTxUk/WvJxBt";

void require(bool holds) {
  if (!holds) std::abort();
}

void deliver(Bytes wire) {
  const auto message = StunMessage::parse(wire);
  if (!message) return;

  IceLite agent({std::string(kUfrag), std::string(kPassword)}, 30s);
  IceOutbox out;
  const Path path{1, Protocol::udp, *parse_ip("192.0.2.1", 1000)};
  agent.handle_stun(Instant{1s}, *message, path, out);

  const bool authenticated = message->verify_integrity(kPassword);
  require(authenticated || out.answer().size() <= wire.size());
  require(authenticated || agent.state() == IceState::fresh);
  require(out.answer().empty() || StunMessage::parse(out.answer()).has_value());
  require((agent.selected() != nullptr) == !agent.paths().empty());
}

// The input with MESSAGE-INTEGRITY and FINGERPRINT made for it: no fuzzer guesses those.
std::vector<uint8_t> sign(Bytes unsigned_wire) {
  std::vector<uint8_t> wire(unsigned_wire.begin(), unsigned_wire.end());
  wire.resize(wire.size() & ~size_t{3});
  const size_t integrity_at = wire.size();
  wire.resize(integrity_at + 4 + kIntegrityBytes);
  store_u16(wire, integrity_at, attribute::kMessageIntegrity);
  store_u16(wire, integrity_at + 2, kIntegrityBytes);
  const auto length = static_cast<uint16_t>(wire.size() - kStunHeaderBytes);
  const auto digest = message_integrity(Bytes(wire).first(integrity_at), length, kPassword);
  std::copy(digest.begin(), digest.end(), wire.begin() + static_cast<ptrdiff_t>(integrity_at + 4));

  const size_t fingerprint_at = wire.size();
  wire.resize(fingerprint_at + 8);
  store_u16(wire, 2, static_cast<uint16_t>(wire.size() - kStunHeaderBytes));
  store_u16(wire, fingerprint_at, attribute::kFingerprint);
  store_u16(wire, fingerprint_at + 2, 4);
  store_u32(wire, fingerprint_at + 4, fingerprint(Bytes(wire).first(fingerprint_at)));
  return wire;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes wire(data, size);
  deliver(wire);
  if (size >= kStunHeaderBytes && size < 0xFF00) deliver(sign(wire));
  return 0;
}
