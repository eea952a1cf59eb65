#include "ice/ice_lite.h"

#include <algorithm>
#include <string_view>

namespace sluice::ice {
namespace {

constexpr size_t kCredentialCharacters = 32;

std::string random_text(Random& random, size_t characters) {
  constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string text(characters, '\0');
  for (char& c : text) c = kAlphabet[random.between(0, kAlphabet.size() - 1)];
  return text;
}

// RFC 8445, 7.2.2: "receiver's fragment:sender's fragment".
bool is_for(std::string_view username, const IceCredentials& credentials) {
  const std::string& ufrag = credentials.ufrag;
  return !ufrag.empty() && username.size() > ufrag.size() && username.starts_with(ufrag) &&
         username[ufrag.size()] == ':';
}

}  // namespace

const char* to_text(IceState state) {
  switch (state) {
    case IceState::fresh:
      return "new";
    case IceState::connected:
      return "connected";
    case IceState::completed:
      return "completed";
    case IceState::disconnected:
      return "disconnected";
  }
  return "";
}

IceCredentials make_credentials(Random& random) {
  IceCredentials credentials;
  credentials.ufrag = random_text(random, kCredentialCharacters);
  credentials.password = random_text(random, kCredentialCharacters);
  return credentials;
}

IceLite::IceLite(IceCredentials credentials, Duration consent_timeout)
    : credentials_(std::move(credentials)),
      consent_timeout_(consent_timeout <= Duration::zero()
                           ? Duration::zero()
                           : std::clamp(consent_timeout, kMinConsent, kMaxConsent)) {}

IceLite::Verdict IceLite::handle_stun(Instant now, const StunMessage& message, const Path& from,
                                      IceOutbox& out) {
  if (message.message_class() != StunClass::request) {
    ++counters_.ignored;  // We send no requests; indications only keep bindings of NATs alive.
    return Verdict::refused;
  }
  const std::string* password = authenticate(message, out);
  if (!password) return Verdict::refused;

  // RFC 8489, 6.3.1: what must be understood and is not.
  if (!message.unknown_attributes().empty()) {
    ++counters_.unknown_attributes;
    answer_error(message, 420, "Unknown Attribute", *password, out);
    return Verdict::refused;
  }
  // RFC 8445, 7.3.1.1: a lite agent stays controlled, so the peer has to switch.
  if (message.ice_controlled()) {
    ++counters_.role_conflicts;
    answer_error(message, 487, "Role Conflict", *password, out);
    return Verdict::refused;
  }
  ++counters_.requests;
  answer_success(message, from, *password, out);
  // RFC 8489, 6.3.1: a request that is sent again, because our answer was lost, gets the same one.
  if (!transactions_.insert(message.transaction_id())) {
    ++counters_.repeated;
    return Verdict::repeated;
  }
  accept_request(now, message, from, out);
  return Verdict::accepted;
}

// Returns the password that the request was signed with; null when it has been answered.
const std::string* IceLite::authenticate(const StunMessage& message, IceOutbox& out) {
  if (message.method() != kBindingMethod || !message.has_fingerprint() || !message.priority() ||
      message.username().empty() || !message.has_integrity()) {
    ++counters_.bad_requests;
    answer_unauthenticated(message, 400, "Bad Request", out);
    return nullptr;
  }
  if (is_for(message.username(), credentials_) && message.verify_integrity(credentials_.password)) {
    retire_old(out);
    return &credentials_.password;
  }
  if (is_for(message.username(), old_credentials_) &&
      message.verify_integrity(old_credentials_.password)) {
    return &old_credentials_.password;
  }
  ++counters_.unauthorized;
  answer_unauthenticated(message, 401, "Unauthorized", out);
  return nullptr;
}

void IceLite::answer_success(const StunMessage& message, const Path& from,
                             const std::string& password, IceOutbox& out) {
  StunWriter writer(out.answer_buffer, StunClass::success, message.method(),
                    message.transaction_id());
  writer.add_xor_mapped_address(from.remote);
  writer.add_message_integrity(password);
  writer.add_fingerprint();
  out.answer_bytes = writer.finish();
}

// Anybody can send this question in anybody's name: the answer is never larger, so that we are of
// no use for an amplification attack. What is optional goes first.
void IceLite::answer_unauthenticated(const StunMessage& message, uint16_t code, const char* reason,
                                     IceOutbox& out) {
  struct Form {
    bool reason, fingerprint;
  };
  for (const Form form : {Form{true, true}, Form{false, true}, Form{false, false}}) {
    StunWriter writer(out.answer_buffer, StunClass::error, message.method(),
                      message.transaction_id());
    writer.add_error_code(code, form.reason ? reason : "");
    if (form.fingerprint) writer.add_fingerprint();
    if (writer.finish() != 0 && writer.finish() <= message.size()) {
      out.answer_bytes = writer.finish();
      return;
    }
  }
  ++counters_.unanswered;
}

void IceLite::answer_error(const StunMessage& message, uint16_t code, const char* reason,
                           const std::string& password, IceOutbox& out) {
  StunWriter writer(out.answer_buffer, StunClass::error, message.method(),
                    message.transaction_id());
  writer.add_error_code(code, reason);
  if (code == 420) writer.add_unknown_attributes(message.unknown_attributes());
  writer.add_message_integrity(password);
  writer.add_fingerprint();
  out.answer_bytes = writer.finish();
}

void IceLite::accept_request(Instant now, const StunMessage& message, const Path& from,
                             IceOutbox& out) {
  last_check_ = now;
  const bool first = state_ == IceState::fresh || state_ == IceState::disconnected;
  const size_t index = add_path(from, out);

  // draft-thatcher-ice-renomination-01, 4: only a value higher than all before nominates. A peer
  // that renominates sets USE-CANDIDATE too; before completion the value then decides, afterwards
  // either is enough.
  const bool higher = message.nomination().value_or(0) > remote_nomination_;
  const bool nominates = state_ == IceState::completed
                             ? higher || message.use_candidate()
                             : higher || (message.use_candidate() && !message.nomination());
  if (higher) remote_nomination_ = *message.nomination();
  if (first || nominates || nominated_ == from) {
    if (may_select(now, index)) {
      select(index, out);
    } else {
      nominated_ = from;
    }
  }
  if (index == selected_) {
    selected_used_at_ = now;
    nominated_.reset();
    if (nominates && old_credentials_.ufrag.empty()) restarted_ = false;
  }
  if (nominates) {
    set_state(IceState::completed, out);
  } else if (first) {
    set_state(IceState::connected, out);
  }
  restart_consent(now);
}

bool IceLite::may_select(Instant now, size_t index) const {
  // After a restart a check proves that its sender has what was signalled just now.
  if (restarted_ && old_credentials_.ufrag.empty()) return true;
  return selected_ == kNone || index == selected_ || !established_ ||
         now >= selected_used_at_ + kInUseFor;
}

void IceLite::follow(const Path& from, IceOutbox& out) {
  const size_t index = find(from);
  if (index == kNone) return;
  select(index, out);
  nominated_.reset();
}

void IceLite::handle_path_closed(Instant now, const Path& path, IceOutbox& out) {
  const size_t index = find(path);
  if (index == kNone) return;
  const bool was_selected = index == selected_;
  remove_at(index, out);
  if (!was_selected) return;
  if (path_count_ == 0) return disconnect(out);
  const size_t nominated = nominated_ ? find(*nominated_) : kNone;
  select(nominated != kNone ? nominated : 0, out);
  nominated_.reset();
  selected_used_at_ = now;
  restart_consent(now);  // The peer needs time to find that its path is gone.
}

void IceLite::handle_timeout(Instant now, IceOutbox& out) {
  if (now < consent_until_) return;
  ++counters_.consent_expired;
  disconnect(out);
}

void IceLite::restart(Instant now, IceCredentials credentials, IceOutbox& out) {
  retire_old(out);
  old_credentials_ = std::move(credentials_);
  credentials_ = std::move(credentials);
  remote_nomination_ = 0;
  restarted_ = true;
  if (consent_until_ != kNever) restart_consent(now);
}

size_t IceLite::find(const Path& path) const {
  for (size_t i = 0; i < path_count_; ++i) {
    if (paths_[i] == path) return i;
  }
  return kNone;
}

// Returns where the path is. When there are too many the oldest goes, but never the selected one.
size_t IceLite::add_path(const Path& path, IceOutbox& out) {
  const size_t known = find(path);
  if (known != kNone) return known;

  std::copy_backward(paths_.begin(), paths_.begin() + static_cast<ptrdiff_t>(path_count_),
                     paths_.begin() + static_cast<ptrdiff_t>(path_count_ + 1));
  paths_[0] = path;
  ++path_count_;
  if (selected_ != kNone) ++selected_;
  out.added = path;

  if (path_count_ > kMaxPaths) {
    ++counters_.paths_evicted;
    remove_at(selected_ == path_count_ - 1 ? path_count_ - 2 : path_count_ - 1, out);
  }
  return 0;
}

void IceLite::remove_at(size_t index, IceOutbox& out) {
  out.removed_paths[out.removed_count++] = paths_[index];
  std::copy(paths_.begin() + static_cast<ptrdiff_t>(index + 1),
            paths_.begin() + static_cast<ptrdiff_t>(path_count_),
            paths_.begin() + static_cast<ptrdiff_t>(index));
  --path_count_;
  if (selected_ == kNone) return;
  if (selected_ == index) {
    selected_ = kNone;
    out.selected_changed = true;
  } else if (selected_ > index) {
    --selected_;
  }
}

void IceLite::select(size_t index, IceOutbox& out) {
  if (index == selected_) return;
  selected_ = index;
  out.selected_changed = true;
}

void IceLite::set_state(IceState state, IceOutbox& out) {
  if (state == state_) return;
  state_ = state;
  out.state_changed = true;
}

void IceLite::disconnect(IceOutbox& out) {
  while (path_count_ > 0) remove_at(path_count_ - 1, out);
  remote_nomination_ = 0;
  nominated_.reset();
  consent_until_ = kNever;
  set_state(IceState::disconnected, out);
}

void IceLite::restart_consent(Instant now) {
  if (consent_timeout_ > Duration::zero()) consent_until_ = now + consent_timeout_;
}

void IceLite::retire_old(IceOutbox& out) {
  if (old_credentials_.ufrag.empty()) return;
  retired_ufrag_ = std::move(old_credentials_.ufrag);
  old_credentials_ = {};
  transactions_.clear();  // Checks with the old password are refused from now on.
  out.old_ufrag_retired = true;
}

}  // namespace sluice::ice
