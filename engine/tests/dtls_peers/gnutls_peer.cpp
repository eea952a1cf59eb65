#include <doctest/doctest.h>
#include <gnutls/dtls.h>
#include <gnutls/gnutls.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "tests/dtls_peers/peer.h"

namespace sluice::dtls {
namespace {

constexpr unsigned kMtu = 1200;
constexpr unsigned kNeverMs = 1'000'000;

std::string priority_of(const PeerOptions& options) {
  std::string text = "NORMAL:-VERS-ALL:+VERS-DTLS1.2" + options.tune;
  switch (options.curve) {
    case Curve::any:
      break;
    case Curve::x25519:
      text += ":-GROUP-ALL:+GROUP-X25519";
      break;
    case Curve::p256:
      text += ":-GROUP-ALL:+GROUP-SECP256R1";
      break;
    case Curve::p384:
      text += ":-GROUP-ALL:+GROUP-SECP384R1";
      break;
    case Curve::p521:
      text += ":-GROUP-ALL:+GROUP-SECP521R1";
      break;
  }
  if (!options.extended_master_secret) text += ":%NO_SESSION_HASH";
  return text;
}

gnutls_datum_t datum_of(const std::string& text) {
  return {reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())),
          static_cast<unsigned>(text.size())};
}

class GnuTlsPeer final : public Peer {
 public:
  explicit GnuTlsPeer(const PeerOptions& options) {
    const bool server = options.role == DtlsRole::server;
    REQUIRE(gnutls_init(&session_, GNUTLS_DATAGRAM | GNUTLS_NONBLOCK |
                                       (server ? GNUTLS_SERVER : GNUTLS_CLIENT)) == 0);
    REQUIRE(gnutls_certificate_allocate_credentials(&credentials_) == 0);
    const gnutls_datum_t certificate = datum_of(options.identity.certificate_pem);
    const gnutls_datum_t key = datum_of(options.identity.key_pem);
    REQUIRE(gnutls_certificate_set_x509_key_mem(credentials_, &certificate, &key,
                                                GNUTLS_X509_FMT_PEM) >= 0);
    REQUIRE(gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, credentials_) == 0);
    REQUIRE(gnutls_priority_set_direct(session_, priority_of(options).c_str(), nullptr) == 0);
    REQUIRE(gnutls_srtp_set_profile(session_, GNUTLS_SRTP_AES128_CM_HMAC_SHA1_80) == 0);
    if (server) gnutls_certificate_server_set_request(session_, GNUTLS_CERT_REQUIRE);
    gnutls_dtls_set_mtu(session_, kMtu);
    gnutls_dtls_set_timeouts(session_, kNeverMs, kNeverMs);
    gnutls_transport_set_ptr(session_, this);
    gnutls_transport_set_push_function(session_, &push);
    gnutls_transport_set_pull_function(session_, &pull);
    gnutls_transport_set_pull_timeout_function(session_, &pull_timeout);
  }
  ~GnuTlsPeer() override {
    gnutls_deinit(session_);
    gnutls_certificate_free_credentials(credentials_);
  }

  void run() override {
    if (!error.empty()) return;
    if (!connected) {
      int done = gnutls_handshake(session_);
      // It may ask to be called again while datagrams still wait.
      while (done < 0 && gnutls_error_is_fatal(done) == 0 &&
             (done != GNUTLS_E_AGAIN || !incoming.empty())) {
        done = gnutls_handshake(session_);
      }
      if (done == 0) return finish();
      if (done != GNUTLS_E_AGAIN) error = gnutls_strerror(done);
      return;
    }
    std::array<char, 2048> buffer;
    while (!incoming.empty()) {
      const auto size = gnutls_record_recv(session_, buffer.data(), buffer.size());
      if (size == 0) was_closed = true;
      if (size > 0) received.append(buffer.data(), static_cast<size_t>(size));
    }
  }
  void send(const std::string& text) override {
    gnutls_record_send(session_, text.data(), text.size());
  }
  void close() override { gnutls_bye(session_, GNUTLS_SHUT_WR); }

 private:
  void finish() {
    connected = true;
    unsigned count = 0;
    saw_certificate = gnutls_certificate_get_peers(session_, &count) != nullptr && count == 1;
    material.resize(kMaterialBytes);
    constexpr const char* kLabel = "EXTRACTOR-dtls_srtp";
    if (gnutls_prf_rfc5705(session_, std::strlen(kLabel), kLabel, 0, nullptr, material.size(),
                           reinterpret_cast<char*>(material.data())) != 0) {
      material.clear();
    }
  }

  static ssize_t push(gnutls_transport_ptr_t self, const void* data, size_t size) {
    static_cast<GnuTlsPeer*>(self)->put(data, size);
    return static_cast<ssize_t>(size);
  }
  static ssize_t pull(gnutls_transport_ptr_t pointer, void* out, size_t size) {
    auto* self = static_cast<GnuTlsPeer*>(pointer);
    if (!self->incoming.empty()) return static_cast<ssize_t>(self->take(out, size));
    gnutls_transport_set_errno(self->session_, EAGAIN);
    return -1;
  }
  static int pull_timeout(gnutls_transport_ptr_t self, unsigned) {
    return static_cast<GnuTlsPeer*>(self)->incoming.empty() ? 0 : 1;
  }

  gnutls_session_t session_ = nullptr;
  gnutls_certificate_credentials_t credentials_ = nullptr;
};

}  // namespace

std::unique_ptr<Peer> make_gnutls_peer(const PeerOptions& options) {
  return std::make_unique<GnuTlsPeer>(options);
}

}  // namespace sluice::dtls
