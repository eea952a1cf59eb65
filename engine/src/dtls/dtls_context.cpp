#include "dtls/dtls_context.h"

#include <openssl/ssl.h>

#include "dtls/dtls_session.h"
#include "dtls/openssl_error.h"

namespace sluice::dtls {
namespace {

// Only forward secrecy and AEAD. The first is the one that every WebRTC endpoint must have (RFC
// 8827, 6.5); the RSA suites serve RSA certificates, ours from a file or the peer's.
constexpr char kCiphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
// In TLS 1.2 the list bounds the curves of certificates too (RFC 8422, 5.1): P-521 is here for
// peers whose certificate uses it.
constexpr char kGroups[] = "X25519:P-256:P-384:P-521";
// OpenSSL's level 1: RSA from 1,024 bits, as old peers have, and no SHA-1. What the distribution
// built in may be stricter.
constexpr int kSecurityLevel = 1;

// kSrtpProfilesByPreference in OpenSSL's names. As a server, OpenSSL takes the first of ours that
// the peer offers.
constexpr char kSrtpProfiles[] =
    "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80:SRTP_AES128_CM_SHA1_32";

// How much a peer may make us buffer before it is authenticated. A self-signed certificate has less
// than 1 KB; a chain from a file may have a few.
constexpr long kMaxPeerCertificateBytes = 32 * 1024;

// Servers without renegotiation_info (RFC 5746, 4.1) are accepted. The extension prevents that an
// attacker makes our handshake the second one of a session that the attacker began. Such a session
// would have begun with a certificate that does not match our fingerprint, so the peer would have
// refused it. We never renegotiate.
constexpr uint64_t kOptions = SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_QUERY_MTU |
                              SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                              SSL_OP_SINGLE_ECDH_USE | SSL_OP_LEGACY_SERVER_CONNECT;

bool configure(SSL_CTX* context, const Certificate& certificate) {
  SSL_CTX_set_options(context, kOptions);
  SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_security_level(context, kSecurityLevel);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, &DtlsSession::verify_certificate, nullptr);
  SSL_CTX_set_max_cert_list(context, kMaxPeerCertificateBytes);
  // Sizes the write buffer of a handshake. Nothing in it is larger: flights are cut to the MTU.
  SSL_CTX_set_max_send_fragment(context, DtlsSession::kMaxMessageBytes);
  return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, kCiphers) == 1 &&
         SSL_CTX_set1_groups_list(context, kGroups) == 1 &&
         SSL_CTX_set_tlsext_use_srtp(context, kSrtpProfiles) == 0 &&  // 0 is success here.
         SSL_CTX_use_certificate(context, certificate.x509()) == 1 &&
         SSL_CTX_use_PrivateKey(context, certificate.key()) == 1;
}

}  // namespace

Result<std::unique_ptr<DtlsContext>> DtlsContext::make(Certificate certificate) {
  SSL_CTX* context = SSL_CTX_new(DTLS_method());
  if (!context || !configure(context, certificate)) {
    SSL_CTX_free(context);
    return failed(openssl_error("cannot set up DTLS with this certificate"));
  }
  return std::unique_ptr<DtlsContext>(new DtlsContext(std::move(certificate), context));
}

DtlsContext::DtlsContext(Certificate certificate, SSL_CTX* ssl_ctx)
    : certificate_(std::move(certificate)), ssl_ctx_(ssl_ctx) {}

DtlsContext::~DtlsContext() {
  SSL_CTX_free(ssl_ctx_);
}

bool DtlsContext::set_srtp_profiles(const char* names) {
  const bool set = SSL_CTX_set_tlsext_use_srtp(ssl_ctx_, names) == 0;
  ERR_clear_error();
  return set;
}

}  // namespace sluice::dtls
