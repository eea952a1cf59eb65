// The certificate a worker shows to its peers. WebRTC trusts the fingerprint, not the issuer
// (RFC 8827, 6.5), so a self-signed one made at start serves.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dtls/fingerprint.h"

typedef struct x509_st X509;
typedef struct evp_pkey_st EVP_PKEY;

namespace sluice::dtls {

// Upper-case hex with colons; empty when OpenSSL has no memory.
std::string fingerprint_value(const X509* x509, FingerprintAlgorithm algorithm);

// Immutable once made.
class Certificate {
 public:
  // EC P-256, SHA-256 (RFC 8827, 6.5), with a random serial number, valid for about a year around
  // the time of the host's clock.
  static Result<Certificate> make_self_signed();

  // The texts of a PEM certificate and of its unencrypted private key. The errors say which is
  // wrong.
  static Result<Certificate> from_pem(std::string_view certificate_pem, std::string_view key_pem);
  // The same from files: reads them once, at the start of a worker.
  static Result<Certificate> from_files(const std::string& certificate_file,
                                        const std::string& key_file);

  // One for each of kFingerprintAlgorithms, in that order.
  const std::vector<Fingerprint>& fingerprints() const { return fingerprints_; }

  X509* x509() const { return x509_.get(); }
  EVP_PKEY* key() const { return key_.get(); }

 private:
  Certificate(X509* x509, EVP_PKEY* key);  // Takes both over.

  struct FreeX509 {
    void operator()(X509* x509) const;
  };
  struct FreeKey {
    void operator()(EVP_PKEY* key) const;
  };
  std::unique_ptr<X509, FreeX509> x509_;
  std::unique_ptr<EVP_PKEY, FreeKey> key_;
  std::vector<Fingerprint> fingerprints_;
};

}  // namespace sluice::dtls
