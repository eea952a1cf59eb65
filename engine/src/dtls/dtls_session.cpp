#include "dtls/dtls_session.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <utility>

#include "dtls/openssl_error.h"

namespace sluice::dtls {
namespace {

// RFC 7983, 7: the first byte of DTLS.
bool is_dtls(Bytes datagram) {
  return !datagram.empty() && datagram[0] >= 20 && datagram[0] <= 63;
}

constexpr uint8_t kFinished = 20;  // RFC 5246, 7.4.

// Should OpenSSL's own clock decide (see datagram_bio.h), and say that it is too early.
constexpr Duration kAskAgain = 10ms;

// RFC 5764, 4.2.
constexpr char kExporterLabel[] = "EXTRACTOR-dtls_srtp";

// The peer's ChangeCipherSpec has come: what follows is protected.
bool awaits_finished(const SSL* ssl) {
  const OSSL_HANDSHAKE_STATE state = SSL_get_state(ssl);
  return state == TLS_ST_CR_CHANGE || state == TLS_ST_SR_CHANGE;
}

std::string certificate_pem(SSL* ssl) {
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  X509* x509 = SSL_get0_peer_certificate(ssl);
  if (!bio || !x509 || PEM_write_bio_X509(bio.get(), x509) != 1) return {};
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

}  // namespace

const char* state_name(DtlsState state) {
  switch (state) {
    case DtlsState::fresh:
      return "new";
    case DtlsState::connecting:
      return "connecting";
    case DtlsState::connected:
      return "connected";
    case DtlsState::failed:
      return "failed";
    case DtlsState::closed:
      return "closed";
  }
  return "";
}

void DtlsSession::FreeSsl::operator()(SSL* ssl) const {
  SSL_free(ssl);
}

DtlsSession::DtlsSession(DtlsContext& context) : context_(context) {}

DtlsSession::~DtlsSession() {
  if (keys_) end(state_);
}

Status DtlsSession::start(Instant now, DtlsRole role, const std::vector<Fingerprint>& remote) {
  if (state_ != DtlsState::fresh) return failed("the DTLS session was started before");
  if (remote.empty()) return invalid("fingerprints must not be empty");
  FingerprintAlgorithm strongest = FingerprintAlgorithm::sha1;
  for (const Fingerprint& fingerprint : remote) {
    if (!is_well_formed(fingerprint)) {
      return invalid("fingerprints has a value that is no " +
                     std::string(algorithm_name(fingerprint.algorithm)) + " fingerprint");
    }
    strongest = std::max(strongest, fingerprint.algorithm);
  }
  std::copy_if(remote.begin(), remote.end(), std::back_inserter(remote_),
               [&](const Fingerprint& fingerprint) { return fingerprint.algorithm == strongest; });
  ERR_clear_error();
  if (!make_ssl()) return failed(openssl_error("cannot start DTLS"));

  state_ = DtlsState::connecting;
  give_up_at_ = now + kHandshakeLifetime;
  const auto hellos = early_hellos_.take();
  counters_.dropped_in += early_hellos_.replaced();
  if (role == DtlsRole::client) {
    // Two clients cannot meet: these are a stranger's, or of a peer that has changed its mind.
    counters_.dropped_in += hellos.size();
    SSL_set_connect_state(ssl_.get());
    run_handshake();
    settle(now);
  } else {
    SSL_set_accept_state(ssl_.get());
    for (const auto& hello : hellos) handle_datagram(now, hello);
  }
  return ok();
}

bool DtlsSession::make_ssl() {
  std::unique_ptr<SSL, FreeSsl> ssl(SSL_new(context_.ssl_ctx()));
  BIO* bio = ssl ? bio_.make() : nullptr;
  if (!bio) return false;
  SSL_set_bio(ssl.get(), bio, bio);
  SSL_set_app_data(ssl.get(), this);
  SSL_set_mtu(ssl.get(), kMtu);
  DTLS_set_timer_cb(ssl.get(), &DtlsSession::timer_duration_us);
  ssl_ = std::move(ssl);
  return true;
}

void DtlsSession::handle_datagram(Instant now, Bytes datagram) {
  ++counters_.datagrams_in;
  if (state_ == DtlsState::fresh && early_hellos_.keep(datagram)) return;
  if (!is_dtls(datagram) || (!ssl_ && !records_)) {
    ++counters_.dropped_in;
    return;
  }
  ERR_clear_error();
  if (records_) {
    read_records(datagram);
  } else {
    continue_handshake(now, datagram);
  }
  settle(now);
}

void DtlsSession::handle_timeout(Instant now) {
  if (!ssl_) return;
  if (now >= give_up_at_) {
    fail(alert_ ? "the DTLS handshake was not finished; the peer sent the alert " +
                      std::to_string(*alert_)
                : "the DTLS handshake was not finished within 30 s");
    return;
  }
  if (now < retransmit_at_) return;
  ERR_clear_error();
  bio_.expire();
  const long repeated = DTLSv1_handle_timeout(ssl_.get());
  if (repeated < 0) {
    fail(openssl_error("the DTLS handshake failed"));
    return;
  }
  if (repeated == 0) {
    retransmit_at_ = now + kAskAgain;
  } else {
    ++counters_.retransmissions;
  }
  settle(now);
}

Instant DtlsSession::next_timeout() const {
  return std::min(give_up_at_, retransmit_at_);
}

std::optional<Bytes> DtlsSession::poll_output() {
  return bio_.poll();
}

std::optional<Bytes> DtlsSession::poll_application_data() {
  if (messages_head_ == messages_.size()) {
    if (!messages_.empty()) {
      messages_ = {};
      polled_message_ = {};
      messages_head_ = 0;
    }
    return std::nullopt;
  }
  polled_message_ = std::move(messages_[messages_head_++]);
  return Bytes(polled_message_);
}

bool DtlsSession::send_application_data(Instant now, Bytes message) {
  if (state_ != DtlsState::connected || message.empty() || message.size() > kMaxMessageBytes) {
    ++counters_.dropped_messages;
    return false;
  }
  ERR_clear_error();
  auto record = records_->seal(ContentType::application_data, message);
  const bool queued = !record.empty() && bio_.queue(std::move(record));
  if (!queued) ++counters_.dropped_messages;
  settle(now);
  return queued;
}

void DtlsSession::close(Instant now) {
  if (state_ == DtlsState::failed || state_ == DtlsState::closed) return;
  ERR_clear_error();
  send_close_notify();
  settle(now);
  end(DtlsState::closed);
}

void DtlsSession::send_close_notify() {
  if (!records_) return;
  const std::array<uint8_t, 2> alert = {kAlertWarning, kCloseNotify};
  auto record = records_->seal(ContentType::alert, alert);
  if (!record.empty()) bio_.queue(std::move(record));
}

std::optional<SrtpKeys> DtlsSession::take_srtp_keys() {
  return std::exchange(keys_, std::nullopt);
}

// Called by OpenSSL when it starts its timer (with 0) and when that has expired.
unsigned int DtlsSession::timer_duration_us(SSL* ssl, unsigned int before_us) {
  auto* session = static_cast<DtlsSession*>(SSL_get_app_data(ssl));
  const Duration next =
      before_us == 0
          ? kFirstRetransmission
          : std::min<Duration>(std::chrono::microseconds(before_us) * 2, kLongestRetransmission);
  session->retransmit_after_ = next;
  return static_cast<unsigned int>(to_us(next));
}

// Replaces the checks of chain, name and time, which mean nothing for self-signed certificates: the
// fingerprint from the signalling counts (RFC 8827, 6.5).
int DtlsSession::verify_certificate(X509_STORE_CTX* store, void*) {
  auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* session = static_cast<DtlsSession*>(SSL_get_app_data(ssl));
  const X509* x509 = X509_STORE_CTX_get0_cert(store);
  bool same = false;
  if (x509 && !session->remote_.empty()) {
    const std::string value = fingerprint_value(x509, session->remote_.front().algorithm);
    for (const Fingerprint& fingerprint : session->remote_) {
      same |= same_fingerprint(value, fingerprint.value);
    }
  }
  if (!same) session->error_ = "the peer's certificate does not match its fingerprint";
  X509_STORE_CTX_set_error(store, same ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
  return same ? 1 : 0;
}

void DtlsSession::continue_handshake(Instant now, Bytes datagram) {
  const uint64_t dropped = early_records_.dropped();
  early_records_.add(datagram);
  if (const auto alert = early_records_.take_alert()) {
    alert_ = alert;
    give_up_at_ = std::min(give_up_at_, now + kHandshakeAfterAlert);
  }
  counters_.dropped_in += early_records_.dropped() - dropped;
  feed(early_records_.in_clear());
  if (ssl_ && awaits_finished(ssl_.get())) feed(early_records_.take_finished());
}

void DtlsSession::feed(Bytes records) {
  if (records.empty()) return;
  bio_.offer(records);
  run_handshake();
  bio_.withdraw();
}

void DtlsSession::run_handshake() {
  const uint64_t written = bio_.written();
  const int done = SSL_do_handshake(ssl_.get());
  if (done == 1) {
    finish_handshake(written);
    return;
  }
  switch (SSL_get_error(ssl_.get(), done)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return;
    default:
      fail(error_.empty() ? openssl_error("the DTLS handshake failed") : error_);
  }
}

void DtlsSession::finish_handshake(uint64_t flight_from) {
  auto records = RecordLayer::take_over(ssl_.get(), bio_.sent());
  if (!records || !export_keys()) {
    fail(openssl_error("DTLS made no keys"));
    return;
  }
  remote_pem_ = certificate_pem(ssl_.get());
  remote_ = {};
  give_up_at_ = kNever;
  state_ = DtlsState::connected;
  if (SSL_is_server(ssl_.get()) == 1) last_flight_ = bio_.joined_since(flight_from);
  ssl_.reset();
  bio_.detach();
  retransmit_at_ = kNever;
  records_ = std::move(records);
  read_records(early_records_.take_others());
  early_records_.clear();
}

// RFC 5764, 4.2: client key, server key, client salt, server salt.
bool DtlsSession::export_keys() {
  const SRTP_PROTECTION_PROFILE* chosen = SSL_get_selected_srtp_profile(ssl_.get());
  if (!chosen) return false;
  const auto profile = static_cast<srtp::SrtpProfile>(chosen->id);
  const size_t key = srtp::key_bytes(profile);
  const size_t salt = srtp::salt_bytes(profile);
  std::array<uint8_t, 2 * srtp::kMaxMasterBytes> material;
  if (SSL_export_keying_material(ssl_.get(), material.data(), 2 * (key + salt), kExporterLabel,
                                 sizeof kExporterLabel - 1, nullptr, 0, 0) != 1) {
    return false;
  }
  const auto master_of = [&](size_t side) {
    const auto* keys = material.data() + side * key;
    const auto* salts = material.data() + 2 * key + side * salt;
    std::vector<uint8_t> master(key + salt);
    std::copy(keys, keys + key, master.begin());
    std::copy(salts, salts + salt, master.begin() + static_cast<ptrdiff_t>(key));
    return SecretBytes(std::move(master));
  };
  const size_t our_side = SSL_is_server(ssl_.get()) ? 1 : 0;
  keys_ = SrtpKeys{profile, master_of(our_side), master_of(1 - our_side)};
  OPENSSL_cleanse(material.data(), material.size());
  return true;
}

void DtlsSession::read_records(Bytes datagram) {
  std::array<uint8_t, RecordLayer::kMaxTextBytes> buffer;
  const uint64_t dropped = records_->dropped();
  while (records_) {
    const auto record = records_->open_next(datagram, buffer);
    if (!record) {
      counters_.dropped_in += records_->dropped() - dropped;
      return;
    }
    handle_record(record->type, record->text);
  }
}

void DtlsSession::handle_record(ContentType type, Bytes text) {
  switch (type) {
    case ContentType::application_data:
      if (!text.empty()) queue_message(text);
      return;
    case ContentType::alert:
      if (text.size() != 2 || (text[0] != kAlertFatal && text[1] != kCloseNotify)) return;
      send_close_notify();
      end(DtlsState::closed);
      return;
    case ContentType::handshake:
      // Renegotiation is not for us (RFC 8827, 6.5): such a request stays without an answer.
      if (text.empty() || text[0] != kFinished || last_flight_.empty()) return;
      if (bio_.queue(last_flight_)) ++counters_.retransmissions;
      return;
    default:
      return;
  }
}

void DtlsSession::queue_message(Bytes message) {
  if (messages_.size() - messages_head_ >= kMaxQueuedMessages) {
    ++counters_.dropped_messages;
    return;
  }
  messages_.emplace_back(message.begin(), message.end());
}

void DtlsSession::settle(Instant now) {
  counters_.datagrams_out = bio_.written();
  counters_.dropped_out = bio_.dropped();
  ERR_clear_error();
  if (!ssl_) return;
  if (!bio_.timer_armed()) {
    retransmit_at_ = kNever;
  } else if (bio_.take_timer_restart()) {
    retransmit_at_ = now + retransmit_after_;
  }
}

void DtlsSession::fail(std::string why) {
  error_ = std::move(why);
  end(DtlsState::failed);
}

void DtlsSession::end(DtlsState state) {
  state_ = state;
  give_up_at_ = kNever;
  retransmit_at_ = kNever;
  bio_.withdraw();
  ssl_.reset();
  records_.reset();
  last_flight_ = {};
  early_records_.clear();
  bio_.detach();
  remote_ = {};
  counters_.datagrams_out = bio_.written();
  counters_.dropped_out = bio_.dropped();
  keys_.reset();
}

}  // namespace sluice::dtls
