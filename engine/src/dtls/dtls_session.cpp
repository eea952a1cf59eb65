#include "dtls/dtls_session.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>

#include "dtls/openssl_error.h"

namespace sluice::dtls {
namespace {

// RFC 6347, 4.2.4.1 asks for one second; on real-time paths libwebrtc and mediasoup begin lower.
constexpr unsigned kRetransmitStartUs = 100'000;
constexpr unsigned kRetransmitMaxUs = 4'000'000;

// RFC 5764, 4.2.
constexpr std::string_view kExporterLabel = "EXTRACTOR-dtls_srtp";

int session_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

std::string pem_of(X509* certificate) {
  BIO* memory = BIO_new(BIO_s_mem());
  std::string text;
  if (memory && PEM_write_bio_X509(memory, certificate) == 1) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    text.assign(data, static_cast<size_t>(size));
  }
  BIO_free(memory);
  return text;
}

}  // namespace

const char* state_name(DtlsState state) {
  constexpr const char* kNames[] = {"new", "connecting", "connected", "failed", "closed"};
  return kNames[static_cast<size_t>(state)];
}

DtlsSession::DtlsSession(DtlsContext& context) : context_(context) {}

DtlsSession::~DtlsSession() {
  bio_.detach();
  ssl_.reset();
  if (keys_) {
    OPENSSL_cleanse(keys_->outbound.data(), keys_->outbound.size());
    OPENSSL_cleanse(keys_->inbound.data(), keys_->inbound.size());
  }
}

void DtlsSession::FreeSsl::operator()(SSL* ssl) const {
  SSL_free(ssl);
}

Status DtlsSession::make_ssl() {
  ssl_.reset(SSL_new(context_.ssl_ctx()));
  BIO* bio = ssl_ ? bio_.make() : nullptr;
  if (!bio) {
    ssl_.reset();
    return failed("OpenSSL could not make a DTLS session");
  }
  SSL_set_bio(ssl_.get(), bio, bio);  // Takes the one reference for both directions.
  SSL_set_ex_data(ssl_.get(), session_index(), this);
  SSL_set_mtu(ssl_.get(), kMtu);
  DTLS_set_timer_cb(ssl_.get(), timer_duration_us);
  if (role_ == DtlsRole::client) {
    SSL_set_connect_state(ssl_.get());
  } else {
    SSL_set_accept_state(ssl_.get());
  }
  return ok();
}

unsigned int DtlsSession::timer_duration_us(SSL* ssl, unsigned int before_us) {
  auto* self = static_cast<DtlsSession*>(SSL_get_ex_data(ssl, session_index()));
  const unsigned us =
      before_us == 0 ? kRetransmitStartUs : std::min(before_us * 2, kRetransmitMaxUs);
  self->retransmit_after_ = std::chrono::microseconds(us);
  return us;
}

Status DtlsSession::start(Instant now, DtlsRole role, const std::vector<Fingerprint>& remote) {
  if (state_ != DtlsState::fresh) return failed("the DTLS session was started before");
  if (remote.empty()) return invalid("fingerprints must not be empty");
  for (const Fingerprint& fingerprint : remote) {
    if (!is_well_formed(fingerprint)) return invalid("fingerprints has a malformed value");
  }
  remote_ = *std::max_element(remote.begin(), remote.end(), [](const auto& a, const auto& b) {
    return a.algorithm < b.algorithm;
  });
  role_ = role;
  if (auto made = make_ssl(); !made) return made;
  state_ = DtlsState::connecting;
  give_up_at_ = now + kHandshakeLifetime;
  run_handshake(now);
  return ok();
}

void DtlsSession::run_handshake(Instant now) {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    finish_handshake();
  } else {
    const int reason = SSL_get_error(ssl_.get(), result);
    if (reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE)
      fail(openssl_error("the handshake failed"));
  }
  note_timer(now);
}

void DtlsSession::finish_handshake() {
  if (!export_keys()) return fail("no SRTP profile was agreed on");
  state_ = DtlsState::connected;
  give_up_at_ = kNever;
}

int DtlsSession::verify_certificate(X509_STORE_CTX* store, void*) {
  auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* self = ssl ? static_cast<DtlsSession*>(SSL_get_ex_data(ssl, session_index())) : nullptr;
  X509* certificate = X509_STORE_CTX_get0_cert(store);
  if (self && certificate && self->check_certificate(certificate)) return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
  return 0;
}

bool DtlsSession::check_certificate(X509* certificate) {
  if (!same_fingerprint(fingerprint_value(certificate, remote_.algorithm), remote_.value)) {
    return false;
  }
  remote_pem_ = pem_of(certificate);
  return true;
}

bool DtlsSession::export_keys() {
  const SRTP_PROTECTION_PROFILE* agreed = SSL_get_selected_srtp_profile(ssl_.get());
  if (!agreed) return false;
  const auto profile = static_cast<srtp::SrtpProfile>(agreed->id);
  const size_t key = srtp::key_bytes(profile);
  const size_t salt = srtp::salt_bytes(profile);
  std::array<uint8_t, 2 * srtp::kMaxMasterBytes> material{};
  if (SSL_export_keying_material(ssl_.get(), material.data(), 2 * (key + salt),
                                 kExporterLabel.data(), kExporterLabel.size(), nullptr, 0,
                                 0) != 1) {
    ERR_clear_error();
    return false;
  }
  // RFC 5764, 4.2: client key, server key, client salt, server salt.
  const auto master = [&](size_t which) {
    std::vector<uint8_t> bytes(material.begin() + which * key,
                               material.begin() + (which + 1) * key);
    const auto salts = material.begin() + 2 * key;
    bytes.insert(bytes.end(), salts + which * salt, salts + (which + 1) * salt);
    return bytes;
  };
  const size_t ours = role_ == DtlsRole::client ? 0 : 1;
  keys_ = SrtpKeys{profile, master(ours), master(1 - ours)};
  OPENSSL_cleanse(material.data(), material.size());
  return true;
}

void DtlsSession::handle_datagram(Instant now, Bytes datagram) {
  if (!ssl_ || datagram.empty() ||
      (state_ != DtlsState::connecting && state_ != DtlsState::connected)) {
    ++counters_.dropped_in;
    return;
  }
  ++counters_.datagrams_in;
  bio_.offer(datagram);
  if (state_ == DtlsState::connecting) run_handshake(now);
  // A repeated flight of the peer is answered by OpenSSL while it reads.
  if (state_ == DtlsState::connected) read_records();
  bio_.withdraw();
  note_timer(now);
}

void DtlsSession::read_records() {
  std::array<uint8_t, 2048> buffer;
  for (;;) {
    ERR_clear_error();
    const int size = SSL_read(ssl_.get(), buffer.data(), buffer.size());
    if (size > 0) {
      if (messages_.size() - messages_head_ < kMaxQueuedDatagrams) {
        messages_.emplace_back(buffer.begin(), buffer.begin() + size);
      } else {
        ++counters_.dropped_in;
      }
      continue;
    }
    const int reason = SSL_get_error(ssl_.get(), size);
    ERR_clear_error();
    if (reason == SSL_ERROR_ZERO_RETURN) return end(DtlsState::closed);
    // DTLS drops bad records in silence (RFC 6347, 4.1.2.7); a fatal alert is authentic.
    if (reason == SSL_ERROR_SSL) return end(DtlsState::closed);
    return;
  }
}

void DtlsSession::note_timer(Instant now) {
  const bool restarted = bio_.take_timer_restart();
  if (!bio_.timer_armed()) {
    retransmit_at_ = kNever;
  } else if (restarted) {
    retransmit_at_ = now + retransmit_after_;
  }
}

void DtlsSession::handle_timeout(Instant now) {
  if (state_ == DtlsState::connecting && now >= give_up_at_) {
    fail("no answer in 30 seconds");
    return note_timer(now);
  }
  if (!ssl_ || now < retransmit_at_) return;
  retransmit_at_ = kNever;
  bio_.expire();
  ERR_clear_error();
  const int repeated = DTLSv1_handle_timeout(ssl_.get());
  if (repeated > 0) ++counters_.retransmissions;
  if (repeated < 0 && state_ == DtlsState::connecting) fail(openssl_error("the handshake failed"));
  ERR_clear_error();
  note_timer(now);
}

Instant DtlsSession::next_timeout() const {
  return std::min(retransmit_at_, give_up_at_);
}

std::optional<Bytes> DtlsSession::poll_output() {
  const auto datagram = bio_.poll();
  counters_.dropped_out = bio_.dropped();
  if (datagram) ++counters_.datagrams_out;
  return datagram;
}

std::optional<Bytes> DtlsSession::poll_application_data() {
  if (messages_head_ == messages_.size()) {
    if (!messages_.empty()) messages_ = {};
    messages_head_ = 0;
    polled_message_ = {};
    return std::nullopt;
  }
  polled_message_ = std::move(messages_[messages_head_++]);
  return Bytes(polled_message_);
}

bool DtlsSession::send_application_data(Instant now, Bytes message) {
  if (state_ != DtlsState::connected || message.empty() || message.size() > kMaxMessageBytes) {
    return false;
  }
  const uint64_t dropped = bio_.dropped();
  ERR_clear_error();
  const int sent = SSL_write(ssl_.get(), message.data(), static_cast<int>(message.size()));
  ERR_clear_error();
  note_timer(now);
  return sent > 0 && bio_.dropped() == dropped;
}

void DtlsSession::close(Instant now) {
  if (state_ == DtlsState::failed || state_ == DtlsState::closed) return;
  if (ssl_ && state_ == DtlsState::connected) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  end(DtlsState::closed);
  note_timer(now);
}

void DtlsSession::fail(std::string why) {
  error_ = std::move(why);
  end(DtlsState::failed);
}

void DtlsSession::end(DtlsState state) {
  state_ = state;
  give_up_at_ = kNever;
  bio_.detach();
  ssl_.reset();  // Its last alert is already in the queue.
}

std::optional<SrtpKeys> DtlsSession::take_srtp_keys() {
  return std::exchange(keys_, std::nullopt);
}

}  // namespace sluice::dtls
