// OpenSSL in its own defaults, with an older peer's leniency, not as DtlsSession sets it up.
#include <doctest/doctest.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <array>
#include <cstring>

#include "dtls/datagram_bio.h"
#include "tests/dtls_peers/peer.h"

namespace sluice::dtls {
namespace {

constexpr char kCookie[] = "a cookie";
constexpr size_t kMaxQueued = 64;

const char* group_of(Curve curve) {
  switch (curve) {
    case Curve::x25519:
      return "X25519";
    case Curve::p256:
      return "P-256";
    case Curve::p384:
      return "P-384";
    case Curve::p521:
      return "P-521";
    default:
      return "X25519:P-256:P-384:P-521";
  }
}

class OpenSslPeer final : public Peer {
 public:
  explicit OpenSslPeer(const PeerOptions& options) : bio_(kMaxQueued) {
    context_ = SSL_CTX_new(DTLS_method());
    const std::string ciphers = options.tune.empty() ? "DEFAULT@SECLEVEL=0" : options.tune;
    REQUIRE(SSL_CTX_set_cipher_list(context_, ciphers.c_str()) == 1);
    REQUIRE(SSL_CTX_set1_groups_list(context_, group_of(options.curve)) == 1);
    REQUIRE(SSL_CTX_set_tlsext_use_srtp(context_, "SRTP_AES128_CM_SHA1_80") == 0);
    SSL_CTX_set_options(context_, SSL_OP_NO_QUERY_MTU);
    if (!options.extended_master_secret) {
      SSL_CTX_set_options(context_, SSL_OP_NO_EXTENDED_MASTER_SECRET);
    }
    if (options.cookie) {
      SSL_CTX_set_options(context_, SSL_OP_COOKIE_EXCHANGE);
      SSL_CTX_set_cookie_generate_cb(context_, &make_cookie);
      SSL_CTX_set_cookie_verify_cb(context_, &check_cookie);
    }
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       [](int, X509_STORE_CTX*) { return 1; });
    use(options.identity);
    ssl_ = SSL_new(context_);
    BIO* bio = bio_.make();
    SSL_set_bio(ssl_, bio, bio);
    SSL_set_mtu(ssl_, DtlsSession::kMtu);
    if (options.role == DtlsRole::client) {
      SSL_set_connect_state(ssl_);
    } else {
      SSL_set_accept_state(ssl_);
    }
  }
  ~OpenSslPeer() override {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }

  void run() override {
    ERR_clear_error();
    do {
      if (!incoming.empty()) bio_.offer(incoming.front());
      step();
      bio_.withdraw();
      if (!incoming.empty()) incoming.pop_front();
    } while (!incoming.empty());
    flush();
  }
  void send(const std::string& text) override {
    SSL_write(ssl_, text.data(), static_cast<int>(text.size()));
    flush();
  }
  void close() override {
    SSL_shutdown(ssl_);
    flush();
  }

 private:
  void use(const Identity& identity) {
    BIO* bio = BIO_new_mem_buf(identity.certificate_pem.data(), -1);
    X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    bio = BIO_new_mem_buf(identity.key_pem.data(), -1);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    REQUIRE(SSL_CTX_use_certificate(context_, certificate) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(context_, key) == 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  void step() {
    if (!error.empty()) return;
    if (!connected) {
      const int done = SSL_do_handshake(ssl_);
      if (done == 1) return finish();
      if (SSL_get_error(ssl_, done) == SSL_ERROR_SSL) {
        error = ERR_reason_error_string(ERR_get_error());
      }
      return;
    }
    std::array<char, 2048> buffer;
    const int size = SSL_read(ssl_, buffer.data(), buffer.size());
    if (size > 0) received.append(buffer.data(), static_cast<size_t>(size));
    was_closed |= (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0;
  }
  void finish() {
    connected = true;
    saw_certificate = SSL_get0_peer_certificate(ssl_) != nullptr;
    material.resize(kMaterialBytes);
    constexpr const char* kLabel = "EXTRACTOR-dtls_srtp";
    if (SSL_export_keying_material(ssl_, material.data(), material.size(), kLabel,
                                   std::strlen(kLabel), nullptr, 0, 0) != 1) {
      material.clear();
    }
  }
  void flush() {
    while (const auto datagram = bio_.poll()) put(datagram->data(), datagram->size());
  }

  static int make_cookie(SSL*, unsigned char* cookie, unsigned* size) {
    std::copy_n(kCookie, sizeof kCookie, cookie);
    *size = sizeof kCookie;
    return 1;
  }
  static int check_cookie(SSL*, const unsigned char* cookie, unsigned size) {
    return size == sizeof kCookie && std::memcmp(cookie, kCookie, size) == 0 ? 1 : 0;
  }

  DatagramBio bio_;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
};

}  // namespace

std::unique_ptr<Peer> make_openssl_peer(const PeerOptions& options) {
  return std::make_unique<OpenSslPeer>(options);
}

}  // namespace sluice::dtls
