// What peers of the field have: certificates of many kinds, and servers without extensions that
// OpenSSL asks for. GnuTLS is the peer.
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "dtls_pair.h"
#include "gnutls_peer.h"

namespace sluice::dtls {
namespace {

struct Pem {
  std::string certificate, key;
  std::vector<Fingerprint> fingerprints;
};

std::string text_of(BIO* bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  std::string copy(text, static_cast<size_t>(size));
  BIO_free(bio);
  return copy;
}

// Self-signed, as WebRTC has them.
Pem make_pem(EVP_PKEY* key) {
  REQUIRE(key);
  X509* x509 = X509_new();
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 7);
  X509_gmtime_adj(X509_getm_notBefore(x509), -86400);
  X509_gmtime_adj(X509_getm_notAfter(x509), 86400);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("peer"), -1, -1, 0);
  X509_set_issuer_name(x509, X509_get_subject_name(x509));
  X509_set_pubkey(x509, key);
  REQUIRE(X509_sign(x509, key, EVP_sha256()) != 0);
  Pem pem;
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(out, x509);
  pem.certificate = text_of(out);
  out = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  pem.key = text_of(out);
  pem.fingerprints = {
      {FingerprintAlgorithm::sha256, fingerprint_value(x509, FingerprintAlgorithm::sha256)}};
  X509_free(x509);
  EVP_PKEY_free(key);
  return pem;
}

// Whether both have the same SRTP keys in the end; says why not.
std::string meet(DtlsRole ours, const Pem& pem, const std::string& priority) {
  GnuTlsPeer peer(ours == DtlsRole::client ? DtlsRole::server : DtlsRole::client, priority,
                  pem.certificate, pem.key);
  if (!peer.ready()) return "GnuTLS is not ready";
  DtlsSession session(context_of(0));
  const Instant now = DtlsPair::kStart;
  REQUIRE(session.start(now, ours, pem.fingerprints));
  for (int turn = 0; turn < 20; ++turn) {
    while (const auto datagram = session.poll_output()) {
      peer.in.emplace_back(datagram->begin(), datagram->end());
    }
    if (!peer.connected() && !peer.handshake()) return "GnuTLS: " + peer.error;
    while (!peer.out.empty()) {
      session.handle_datagram(now, peer.out.front());
      peer.out.pop_front();
    }
  }
  if (session.state() != DtlsState::connected) {
    return std::string(state_name(session.state())) + " " + session.error();
  }
  if (!peer.connected()) return "GnuTLS is not connected";
  const auto keys = session.take_srtp_keys();
  const auto [client, server] = peer.srtp_masters();
  const auto same = [](Bytes a, const std::vector<uint8_t>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  };
  const bool is_client = ours == DtlsRole::client;
  return keys && same(keys->outbound, is_client ? client : server) &&
                 same(keys->inbound, is_client ? server : client)
             ? ""
             : "other keys";
}

constexpr char kUsual[] = "NORMAL:-VERS-ALL:+VERS-DTLS1.2";

}  // namespace

TEST_CASE("peers of the field: certificates on every curve, and RSA of every usual size") {
  const struct {
    const char* name;
    Pem pem;
  } certificates[] = {
      {"P-256", make_pem(EVP_EC_gen("P-256"))},  {"P-384", make_pem(EVP_EC_gen("P-384"))},
      {"P-521", make_pem(EVP_EC_gen("P-521"))},  {"RSA 1024", make_pem(EVP_RSA_gen(1024))},
      {"RSA 2048", make_pem(EVP_RSA_gen(2048))}, {"RSA 4096", make_pem(EVP_RSA_gen(4096))},
  };
  for (const auto& each : certificates) {
    for (const DtlsRole ours : {DtlsRole::client, DtlsRole::server}) {
      CAPTURE(each.name);
      CAPTURE(static_cast<int>(ours));
      CHECK(meet(ours, each.pem, kUsual) == "");
    }
  }
}

TEST_CASE("peers of the field: without extensions that OpenSSL would like to see") {
  const Pem pem = make_pem(EVP_EC_gen("P-256"));
  for (const char* missing : {
           ":%DISABLE_SAFE_RENEGOTIATION",  // No renegotiation_info (RFC 5746).
           ":%NO_SESSION_HASH",             // No extended master secret (RFC 7627).
           ":%NO_ETM:%NO_TICKETS",
           ":%DISABLE_SAFE_RENEGOTIATION:%NO_SESSION_HASH:%NO_ETM:%NO_TICKETS",
       }) {
    for (const DtlsRole ours : {DtlsRole::client, DtlsRole::server}) {
      CAPTURE(missing);
      CAPTURE(static_cast<int>(ours));
      CHECK(meet(ours, pem, std::string(kUsual) + missing) == "");
    }
  }
}

TEST_CASE("peers of the field: with one group, cipher or signature algorithm alone") {
  const Pem pem = make_pem(EVP_EC_gen("P-256"));
  for (const char* only : {
           ":-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1",
           ":-GROUP-ALL:+GROUP-SECP256R1",
           ":-GROUP-ALL:+GROUP-SECP256R1:+GROUP-SECP384R1",
           ":-GROUP-ALL:+GROUP-SECP256R1:+GROUP-SECP521R1",
           ":-CIPHER-ALL:+AES-128-GCM",
           ":-CIPHER-ALL:+AES-256-GCM",
           ":-CIPHER-ALL:+CHACHA20-POLY1305",
           ":-SIGN-ALL:+SIGN-ECDSA-SHA256",
           ":-SIGN-ALL:+SIGN-ECDSA-SHA256:+SIGN-ECDSA-SHA384:+SIGN-ECDSA-SHA512",
       }) {
    for (const DtlsRole ours : {DtlsRole::client, DtlsRole::server}) {
      CAPTURE(only);
      CAPTURE(static_cast<int>(ours));
      CHECK(meet(ours, pem, std::string(kUsual) + only) == "");
    }
  }
}

}  // namespace sluice::dtls
