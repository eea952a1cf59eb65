#include <doctest/doctest.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cookie.h>

#include <array>

#include "tests/dtls_peers/peer.h"

namespace sluice::dtls {
namespace {

constexpr std::array<mbedtls_ssl_srtp_profile, 2> kProfiles = {
    MBEDTLS_TLS_SRTP_AES128_CM_HMAC_SHA1_80, MBEDTLS_TLS_SRTP_UNSET};
constexpr size_t kMasterBytes = 48;
constexpr size_t kRandomBytes = 32;

mbedtls_ecp_group_id group_of(Curve curve) {
  switch (curve) {
    case Curve::x25519:
      return MBEDTLS_ECP_DP_CURVE25519;
    case Curve::p256:
      return MBEDTLS_ECP_DP_SECP256R1;
    case Curve::p384:
      return MBEDTLS_ECP_DP_SECP384R1;
    case Curve::p521:
      return MBEDTLS_ECP_DP_SECP521R1;
    default:
      return MBEDTLS_ECP_DP_NONE;
  }
}

class MbedTlsPeer final : public Peer {
 public:
  explicit MbedTlsPeer(const PeerOptions& options) {
    initialize();
    REQUIRE(mbedtls_ctr_drbg_seed(&random_, mbedtls_entropy_func, &entropy_, nullptr, 0) == 0);
    const bool server = options.role == DtlsRole::server;
    REQUIRE(mbedtls_ssl_config_defaults(
                &config_, server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT,
                MBEDTLS_SSL_TRANSPORT_DATAGRAM, MBEDTLS_SSL_PRESET_DEFAULT) == 0);
    mbedtls_ssl_conf_rng(&config_, mbedtls_ctr_drbg_random, &random_);
    use(options.identity);
    mbedtls_ssl_conf_authmode(&config_, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_verify(&config_, &accept_any, this);
    REQUIRE(mbedtls_ssl_conf_dtls_srtp_protection_profiles(&config_, kProfiles.data()) == 0);
    mbedtls_ssl_conf_export_keys_ext_cb(&config_, &keep_keys, this);
    mbedtls_ssl_conf_extended_master_secret(&config_, options.extended_master_secret
                                                          ? MBEDTLS_SSL_EXTENDED_MS_ENABLED
                                                          : MBEDTLS_SSL_EXTENDED_MS_DISABLED);
    groups_ = {group_of(options.curve), MBEDTLS_ECP_DP_NONE};
    if (options.curve != Curve::any) mbedtls_ssl_conf_curves(&config_, groups_.data());
    if (options.cookie) {
      REQUIRE(mbedtls_ssl_cookie_setup(&cookies_, mbedtls_ctr_drbg_random, &random_) == 0);
      mbedtls_ssl_conf_dtls_cookies(&config_, mbedtls_ssl_cookie_write, mbedtls_ssl_cookie_check,
                                    &cookies_);
    } else if (server) {
      mbedtls_ssl_conf_dtls_cookies(&config_, nullptr, nullptr, nullptr);
    }
    REQUIRE(mbedtls_ssl_setup(&ssl_, &config_) == 0);
    if (options.cookie) {
      const std::array<uint8_t, 4> address = {127, 0, 0, 1};
      mbedtls_ssl_set_client_transport_id(&ssl_, address.data(), address.size());
    }
    mbedtls_ssl_set_mtu(&ssl_, DtlsSession::kMtu);
    mbedtls_ssl_set_timer_cb(&ssl_, this, &set_timer, &get_timer);
    mbedtls_ssl_set_bio(&ssl_, this, &push, &pull, nullptr);
  }
  ~MbedTlsPeer() override {
    mbedtls_ssl_free(&ssl_);
    mbedtls_ssl_config_free(&config_);
    mbedtls_ssl_cookie_free(&cookies_);
    mbedtls_x509_crt_free(&certificate_);
    mbedtls_pk_free(&key_);
    mbedtls_ctr_drbg_free(&random_);
    mbedtls_entropy_free(&entropy_);
  }

  void run() override {
    if (!error.empty()) return;
    if (!connected) {
      const int done = mbedtls_ssl_handshake(&ssl_);
      if (done == MBEDTLS_ERR_SSL_HELLO_VERIFY_REQUIRED) return restart();
      if (done == 0) return finish();
      if (done != MBEDTLS_ERR_SSL_WANT_READ && done != MBEDTLS_ERR_SSL_WANT_WRITE) fail(done);
      return;
    }
    std::array<uint8_t, 2048> buffer;
    while (!incoming.empty()) {
      const int size = mbedtls_ssl_read(&ssl_, buffer.data(), buffer.size());
      was_closed |= size == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY;
      if (size > 0) received.append(buffer.begin(), buffer.begin() + size);
    }
  }
  void send(const std::string& text) override {
    mbedtls_ssl_write(&ssl_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  void close() override { mbedtls_ssl_close_notify(&ssl_); }

 private:
  void initialize() {
    mbedtls_ssl_init(&ssl_);
    mbedtls_ssl_config_init(&config_);
    mbedtls_ssl_cookie_init(&cookies_);
    mbedtls_x509_crt_init(&certificate_);
    mbedtls_pk_init(&key_);
    mbedtls_ctr_drbg_init(&random_);
    mbedtls_entropy_init(&entropy_);
  }
  void use(const Identity& identity) {
    const auto bytes = [](const std::string& text) {
      return reinterpret_cast<const unsigned char*>(text.c_str());
    };
    // PEM is parsed with its terminating zero.
    REQUIRE(mbedtls_x509_crt_parse(&certificate_, bytes(identity.certificate_pem),
                                   identity.certificate_pem.size() + 1) == 0);
    REQUIRE(mbedtls_pk_parse_key(&key_, bytes(identity.key_pem), identity.key_pem.size() + 1,
                                 nullptr, 0) == 0);
    // Nothing is verified against it, but without a chain mbedTLS refuses to ask for a certificate.
    mbedtls_ssl_conf_ca_chain(&config_, &certificate_, nullptr);
    REQUIRE(mbedtls_ssl_conf_own_cert(&config_, &certificate_, &key_) == 0);
  }
  // After HelloVerifyRequest the server starts again without state.
  void restart() {
    mbedtls_ssl_session_reset(&ssl_);
    const std::array<uint8_t, 4> address = {127, 0, 0, 1};
    mbedtls_ssl_set_client_transport_id(&ssl_, address.data(), address.size());
  }
  void finish() {
    connected = true;
    mbedtls_dtls_srtp_info info;
    mbedtls_ssl_get_dtls_srtp_negotiation_result(&ssl_, &info);
    if (info.chosen_dtls_srtp_profile != kProfiles[0]) return;
    std::vector<uint8_t> made(kMaterialBytes);
    if (mbedtls_ssl_tls_prf(prf_, master_.data(), master_.size(), "EXTRACTOR-dtls_srtp",
                            randoms_.data(), randoms_.size(), made.data(), made.size()) == 0) {
      material = made;
    }
  }
  void fail(int code) {
    std::array<char, 200> text{};
    mbedtls_strerror(code, text.data(), text.size());
    error = text.data();
  }

  static int accept_any(void* self, mbedtls_x509_crt*, int, uint32_t* flags) {
    static_cast<MbedTlsPeer*>(self)->saw_certificate = true;
    *flags = 0;
    return 0;
  }
  static int keep_keys(void* pointer, const unsigned char* master, const unsigned char*, size_t,
                       size_t, size_t, const unsigned char client[kRandomBytes],
                       const unsigned char server[kRandomBytes], mbedtls_tls_prf_types prf) {
    auto* self = static_cast<MbedTlsPeer*>(pointer);
    std::copy_n(master, kMasterBytes, self->master_.begin());
    std::copy_n(client, kRandomBytes, self->randoms_.begin());
    std::copy_n(server, kRandomBytes, self->randoms_.begin() + kRandomBytes);
    self->prf_ = prf;
    return 0;
  }
  static int push(void* self, const unsigned char* data, size_t size) {
    static_cast<MbedTlsPeer*>(self)->put(data, size);
    return static_cast<int>(size);
  }
  static int pull(void* pointer, unsigned char* out, size_t size) {
    auto* self = static_cast<MbedTlsPeer*>(pointer);
    if (self->incoming.empty()) return MBEDTLS_ERR_SSL_WANT_READ;
    return static_cast<int>(self->take(out, size));
  }
  // The link loses nothing, so no timer ever expires.
  static void set_timer(void* self, uint32_t, uint32_t final_ms) {
    static_cast<MbedTlsPeer*>(self)->timer_set_ = final_ms != 0;
  }
  static int get_timer(void* self) { return static_cast<MbedTlsPeer*>(self)->timer_set_ ? 0 : -1; }

  mbedtls_ssl_context ssl_;
  mbedtls_ssl_config config_;
  mbedtls_ssl_cookie_ctx cookies_;
  mbedtls_x509_crt certificate_;
  mbedtls_pk_context key_;
  mbedtls_ctr_drbg_context random_;
  mbedtls_entropy_context entropy_;
  std::array<mbedtls_ecp_group_id, 2> groups_{};
  std::array<uint8_t, kMasterBytes> master_{};
  std::array<uint8_t, 2 * kRandomBytes> randoms_{};
  mbedtls_tls_prf_types prf_ = MBEDTLS_SSL_TLS_PRF_NONE;
  bool timer_set_ = false;
};

}  // namespace

std::unique_ptr<Peer> make_mbedtls_peer(const PeerOptions& options) {
  return std::make_unique<MbedTlsPeer>(options);
}

}  // namespace sluice::dtls
