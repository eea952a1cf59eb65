// The ICE agent of one transport: lite and controlled (RFC 8445, 2.5), component 1 only. It answers
// connectivity checks, keeps the paths they came from, and says which one to send on.
//
// Two invariants: there are paths exactly in the states `connected` and `completed`, and exactly
// then one of them is selected.
//
// A check proves that its sender knows the password, but neither when it was made nor where:
// somebody who captured one can send it again from anywhere. So a transaction counts once, and an
// established session leaves a path that is in use only for one on which the peer has proved itself
// by its keys.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/address.h"
#include "base/prefetch.h"
#include "base/random.h"
#include "base/time.h"
#include "ice/stun.h"
#include "ice/transaction_memory.h"

namespace sluice::ice {

enum class IceState : uint8_t { fresh, connected, completed, disconnected };
const char* to_text(IceState state);  // "new", "connected", "completed", "disconnected".

struct IceCredentials {
  std::string ufrag;
  std::string password;
};
// RFC 8445, 5.3 asks for 24 and 128 random bits; 32 characters of 36 kinds hold 165. The random
// numbers must be secret: dtls/secure_random.h outside simulations.
IceCredentials make_credentials(Random& random);

// What one call of IceLite wants done. The caller gives a fresh one to each call and carries all of
// it out afterwards; nothing in it needs another call first.
struct IceOutbox {
  static constexpr size_t kMaxAnswerBytes = 160;
  static constexpr size_t kMaxRemoved = 9;

  // A datagram to send back on the path of the question; empty for none.
  Bytes answer() const { return std::span(answer_buffer).first(answer_bytes); }
  std::span<const Path> removed() const { return std::span(removed_paths).first(removed_count); }

  std::array<uint8_t, kMaxAnswerBytes> answer_buffer;
  size_t answer_bytes = 0;
  bool state_changed = false;      // Read state().
  bool selected_changed = false;   // Read selected().
  bool old_ufrag_retired = false;  // retired_ufrag() no longer leads here.
  std::optional<Path> added;
  std::array<Path, kMaxRemoved> removed_paths;
  size_t removed_count = 0;
};

// Owned by a transport, called on its worker's thread.
class IceLite {
 public:
  // mediasoup's limit: more candidate pairs than any peer uses in earnest.
  static constexpr size_t kMaxPaths = 8;
  // RFC 7675, 5.1: consent ends after at most 30 s; mediasoup lets the user choose within these.
  static constexpr Duration kMinConsent = 10s;
  static constexpr Duration kMaxConsent = 60s;

  // RFC 7675, 5.1: a peer checks every 4 to 6 s. After three that are missing it is likely gone.
  static constexpr Duration kAliveFor = 18s;
  // How long a silent path counts as in use: until a second check is missing.
  static constexpr Duration kInUseFor = 10s;

  // What became of a STUN message.
  enum class Verdict : uint8_t {
    accepted,  // A valid check.
    repeated,  // A valid check that had been received before: answered, and nothing else.
    refused,   // Answered with an error, or not at all.
  };

  struct Counters {
    uint64_t requests = 0;            // Valid ones, repeated ones among them.
    uint64_t repeated = 0;            // Of a transaction that had been received before.
    uint64_t bad_requests = 0;        // Answered 400.
    uint64_t unauthorized = 0;        // Answered 401.
    uint64_t unknown_attributes = 0;  // Answered 420.
    uint64_t role_conflicts = 0;      // Answered 487.
    uint64_t ignored = 0;             // Responses and indications.
    uint64_t unanswered = 0;          // Errors that would have been larger than the question.
    uint64_t paths_evicted = 0;
    uint64_t consent_expired = 0;
  };

  // `consent_timeout` is brought into [kMinConsent, kMaxConsent]; zero switches consent off.
  IceLite(IceCredentials credentials, Duration consent_timeout);

  // A STUN message whose USERNAME led here, or that came on a path of ours.
  Verdict handle_stun(Instant now, const StunMessage& message, const Path& from, IceOutbox& out);

  // An authenticated DTLS, SRTP or SRTCP packet came: the session is established. Peers that
  // nominate aggressively may send on another path than the one they nominated last (mediasoup's
  // issue 650): we follow.
  void handle_authentic(Instant now, const Path& from, IceOutbox& out) {
    established_ = true;
    if (selected_ != kNone && paths_[selected_] != from) follow(from, out);
    selected_used_at_ = now;
  }
  // A datagram of a DTLS handshake came, which nobody can authenticate before it is over.
  void handle_handshake(const Path& from, IceOutbox& out) {
    if (!established_) follow(from, out);
  }

  // What handle_authentic() looks at.
  void prefetch() const {
    sluice::prefetch(&paths_, kCacheLineBytes);
    sluice::prefetch(&selected_, sizeof selected_);
  }

  // The path's socket or connection is gone.
  void handle_path_closed(Instant now, const Path& path, IceOutbox& out);

  void handle_timeout(Instant now, IceOutbox& out);
  Instant next_timeout() const { return consent_until_; }

  // New credentials. The old pair serves until the first valid request with the new one.
  // The ufrag of a restart before that is retired at once.
  void restart(Instant now, IceCredentials credentials, IceOutbox& out);

  IceState state() const { return state_; }
  const IceCredentials& credentials() const { return credentials_; }
  // Valid after an outbox said old_ufrag_retired, until the next call.
  const std::string& retired_ufrag() const { return retired_ufrag_; }
  // The pair before a pending restart; an empty ufrag when none is pending.
  const IceCredentials& old_credentials() const { return old_credentials_; }
  // Null unless connected or completed. Valid until the next handle_* call.
  const Path* selected() const { return selected_ == kNone ? nullptr : &paths_[selected_]; }
  std::span<const Path> paths() const { return std::span(paths_).first(path_count_); }
  bool knows(const Path& path) const { return find(path) != kNone; }
  // Whether `path` is the selected one and the peer has shown itself lately, on any path.
  bool is_alive(Instant now, const Path& path) const {
    return selected_ != kNone && paths_[selected_] == path && now < last_check_ + kAliveFor;
  }
  const Counters& counters() const { return counters_; }

 private:
  static constexpr size_t kNone = SIZE_MAX;

  const std::string* authenticate(const StunMessage& message, IceOutbox& out);
  void accept_request(Instant now, const StunMessage& message, const Path& from, IceOutbox& out);
  void answer_success(const StunMessage& message, const Path& from, const std::string& password,
                      IceOutbox& out);
  void answer_unauthenticated(const StunMessage& message, uint16_t code, const char* reason,
                              IceOutbox& out);
  void answer_error(const StunMessage& message, uint16_t code, const char* reason,
                    const std::string& password, IceOutbox& out);
  void follow(const Path& from, IceOutbox& out);
  bool may_select(Instant now, size_t index) const;
  size_t find(const Path& path) const;
  size_t add_path(const Path& path, IceOutbox& out);
  void remove_at(size_t index, IceOutbox& out);
  void select(size_t index, IceOutbox& out);
  void set_state(IceState state, IceOutbox& out);
  void disconnect(IceOutbox& out);
  void restart_consent(Instant now);
  void retire_old(IceOutbox& out);

  IceCredentials credentials_;
  IceCredentials old_credentials_;
  std::string retired_ufrag_;
  Duration consent_timeout_;
  TransactionMemory transactions_;
  Instant last_check_{};
  Instant consent_until_ = kNever;
  std::optional<Path> nominated_;          // Not selected, because the selected one was in use.
  std::array<Path, kMaxPaths + 1> paths_;  // The newest first; one more while evicting.
  size_t path_count_ = 0;
  size_t selected_ = kNone;
  Instant selected_used_at_{};  // The last check or authentic packet on the selected path.
  bool established_ = false;    // The peer has proved itself by its keys.
  bool restarted_ = false;      // And nobody has nominated with the new credentials since.
  uint32_t remote_nomination_ = 0;
  IceState state_ = IceState::fresh;
  Counters counters_;
};

}  // namespace sluice::ice
