// GnuTLS as the other end of a DtlsSession: an implementation of DTLS that shares no code with
// ours.
#pragma once

#include <gnutls/dtls.h>
#include <gnutls/gnutls.h>
#include <openssl/pem.h>

#include <deque>
#include <string>
#include <vector>

#include "dtls/certificate.h"
#include "dtls/dtls_session.h"

namespace sluice::dtls {

// Datagrams wait in `in` and `out`; the test carries them. Without loss no timer is needed.
class GnuTlsPeer {
 public:
  // `priority` is GnuTLS's text of what is allowed; `certificate` and `key` are PEM.
  GnuTlsPeer(DtlsRole role, const std::string& priority, const std::string& certificate,
             const std::string& key) {
    const bool is_server = role == DtlsRole::server;
    const unsigned flags =
        (is_server ? GNUTLS_SERVER : GNUTLS_CLIENT) | GNUTLS_DATAGRAM | GNUTLS_NONBLOCK;
    ready_ = gnutls_init(&session_, flags) == GNUTLS_E_SUCCESS &&
             gnutls_certificate_allocate_credentials(&credentials_) == GNUTLS_E_SUCCESS;
    const gnutls_datum_t pem[] = {datum(certificate), datum(key)};
    ready_ =
        ready_ &&
        gnutls_certificate_set_x509_key_mem(credentials_, &pem[0], &pem[1], GNUTLS_X509_FMT_PEM) ==
            GNUTLS_E_SUCCESS &&
        gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, credentials_) ==
            GNUTLS_E_SUCCESS &&
        gnutls_priority_set_direct(session_, priority.c_str(), nullptr) == GNUTLS_E_SUCCESS &&
        gnutls_srtp_set_profile(session_, GNUTLS_SRTP_AES128_CM_HMAC_SHA1_80) == GNUTLS_E_SUCCESS;
    if (is_server) gnutls_certificate_server_set_request(session_, GNUTLS_CERT_REQUIRE);
    gnutls_dtls_set_mtu(session_, 1200);
    gnutls_dtls_set_timeouts(session_, 100'000, 100'000);
    gnutls_transport_set_ptr(session_, this);
    gnutls_transport_set_push_function(session_, &push);
    gnutls_transport_set_pull_function(session_, &pull);
    gnutls_transport_set_pull_timeout_function(session_, &wait);
  }
  ~GnuTlsPeer() {
    gnutls_deinit(session_);
    gnutls_certificate_free_credentials(credentials_);
  }
  GnuTlsPeer(const GnuTlsPeer&) = delete;
  GnuTlsPeer& operator=(const GnuTlsPeer&) = delete;

  bool ready() const { return ready_; }

  // Goes on as far as what has come allows. False when the handshake has failed.
  bool handshake() {
    for (;;) {
      const int done = gnutls_handshake(session_);
      connected_ = done == GNUTLS_E_SUCCESS;
      if (connected_ || done == GNUTLS_E_AGAIN) return true;
      if (done == GNUTLS_E_INTERRUPTED || gnutls_error_is_fatal(done) == 0) continue;
      error = gnutls_strerror(done);
      return false;
    }
  }
  bool connected() const { return connected_; }

  // The keys as they stand in a session: the client's, then the server's, each with its salt.
  std::pair<std::vector<uint8_t>, std::vector<uint8_t>> srtp_masters() {
    uint8_t material[256];
    gnutls_datum_t client_key, client_salt, server_key, server_salt;
    if (gnutls_srtp_get_keys(session_, material, sizeof material, &client_key, &client_salt,
                             &server_key, &server_salt) < 0) {
      return {};
    }
    const auto join = [](const gnutls_datum_t& a, const gnutls_datum_t& b) {
      std::vector<uint8_t> all(a.data, a.data + a.size);
      all.insert(all.end(), b.data, b.data + b.size);
      return all;
    };
    return {join(client_key, client_salt), join(server_key, server_salt)};
  }

  std::deque<std::vector<uint8_t>> in, out;
  std::string error;

 private:
  static gnutls_datum_t datum(const std::string& text) {
    return {reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())),
            static_cast<unsigned>(text.size())};
  }
  static ssize_t push(gnutls_transport_ptr_t self, const void* data, size_t size) {
    const auto* bytes = static_cast<const uint8_t*>(data);
    static_cast<GnuTlsPeer*>(self)->out.emplace_back(bytes, bytes + size);
    return static_cast<ssize_t>(size);
  }
  static ssize_t pull(gnutls_transport_ptr_t self, void* data, size_t size) {
    auto& peer = *static_cast<GnuTlsPeer*>(self);
    if (peer.in.empty()) {
      gnutls_transport_set_errno(peer.session_, EAGAIN);
      return -1;
    }
    const auto datagram = std::move(peer.in.front());
    peer.in.pop_front();
    const size_t taken = std::min(size, datagram.size());
    std::copy_n(datagram.begin(), taken, static_cast<uint8_t*>(data));
    return static_cast<ssize_t>(taken);
  }
  static int wait(gnutls_transport_ptr_t self, unsigned) {
    return static_cast<GnuTlsPeer*>(self)->in.empty() ? 0 : 1;
  }

  gnutls_session_t session_{};
  gnutls_certificate_credentials_t credentials_{};
  bool ready_ = false;
  bool connected_ = false;
};

}  // namespace sluice::dtls
