// The records that come while the handshake runs, sorted: OpenSSL gets those of the handshake, the
// RecordLayer the others once it has the keys.
//
// OpenSSL would take them all. But it buffers each protected record that comes before its time in
// 17 KB of its own, and ends the association for one that is too short, which anybody can send. So
// it sees protected records only when it can open them, which is when it waits for a Finished.
//
// Alerts in clear go to nobody: anybody can send one, and a fatal one would end the handshake
// (RFC 6347, 4.1.2.7 leaves it to us to ignore what cannot be authenticated).
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace sluice::dtls {

constexpr size_t kHandshakeHeaderBytes = 12;  // RFC 6347, 4.2.2.

// The ClientHello of a peer that begins before the session may. Owned by a session; bounded.
class EarlyHellos {
 public:
  // A ClientHello with large key shares takes two datagrams. The peer may also have begun anew: the
  // latest count.
  static constexpr size_t kMaxHeld = 4;
  static constexpr size_t kMaxDatagramBytes = 1500;

  // Keeps the datagram; false when it does not begin with (a fragment of) a ClientHello.
  bool keep(Bytes datagram);
  std::vector<std::vector<uint8_t>> take() { return std::exchange(held_, {}); }
  uint64_t replaced() const { return replaced_; }  // Datagrams that made room for later ones.

 private:
  std::vector<std::vector<uint8_t>> held_;
  uint64_t replaced_ = 0;
};

// Owned by a session. Bounded; holds no memory once cleared.
class EarlyRecords {
 public:
  // A Finished has 61 bytes at most (RFC 5246, 7.4.9).
  static constexpr size_t kMaxFinishedBytes = 64;
  // Several of them, should a stranger send what looks like one; the newest count.
  static constexpr size_t kMaxFinishedHeld = 16 * kMaxFinishedBytes;
  // Messages and alerts behind the peer's Finished, or before it in a reordered flight.
  static constexpr size_t kMaxOthersHeld = 8 * 1024;

  void add(Bytes datagram);

  // The datagram's records in clear; valid until the next call.
  Bytes in_clear() const { return in_clear_; }
  // What may be a Finished, in a row; to be asked for when it is awaited.
  std::vector<uint8_t> take_finished() { return std::exchange(finished_, {}); }
  // All other protected records, in a row.
  std::vector<uint8_t> take_others() { return std::exchange(others_, {}); }
  // The description of a fatal alert or close_notify in clear, once (RFC 5246, 7.2).
  std::optional<uint8_t> take_alert() { return std::exchange(alert_, std::nullopt); }
  void clear() { *this = {}; }

  uint64_t dropped() const { return dropped_; }  // Records: cut off, of no use, or too many.

 private:
  void sort(Bytes record);

  std::vector<uint8_t> in_clear_;
  std::vector<uint8_t> finished_;
  std::vector<uint8_t> others_;
  std::optional<uint8_t> alert_;
  uint64_t dropped_ = 0;
};

}  // namespace sluice::dtls
