#include "dtls/certificate.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <array>
#include <fstream>
#include <iterator>

#include "dtls/openssl_error.h"

namespace sluice::dtls {
namespace {

// RFC 5280, 4.1.2.2: positive and at most 20 octets; 64 bits are hard enough to guess.
constexpr int kSerialBits = 64;
// Peers look at the fingerprint alone; a worker may run for long.
constexpr long kSecondsADay = 24 * 60 * 60;
constexpr long kDaysBefore = 1;
constexpr long kDaysAfter = 3650;
// More than any certificate or key; keeps a wrong path from filling the memory.
constexpr size_t kMaxFileBytes = 256 * 1024;

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using MemoryBio = std::unique_ptr<BIO, FreeBio>;

const EVP_MD* digest_of(FingerprintAlgorithm algorithm) {
  switch (algorithm) {
    case FingerprintAlgorithm::sha1:
      return EVP_sha1();
    case FingerprintAlgorithm::sha224:
      return EVP_sha224();
    case FingerprintAlgorithm::sha256:
      return EVP_sha256();
    case FingerprintAlgorithm::sha384:
      return EVP_sha384();
    case FingerprintAlgorithm::sha512:
      return EVP_sha512();
  }
  return EVP_sha256();
}

// Without this OpenSSL would ask for a password on the terminal.
int no_password(char*, int, int, void*) {
  return -1;
}

bool fill_in(X509* x509, EVP_PKEY* key) {
  std::unique_ptr<BIGNUM, decltype(&BN_free)> serial(BN_new(), &BN_free);
  if (!serial || !BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ODD) ||
      !BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(x509))) {
    return false;
  }
  X509_NAME* name = X509_get_subject_name(x509);
  const auto* common_name = reinterpret_cast<const unsigned char*>("sluice");
  return X509_set_version(x509, X509_VERSION_3) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(x509), -kDaysBefore * kSecondsADay) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(x509), kDaysAfter * kSecondsADay) != nullptr &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
         X509_set_issuer_name(x509, name) == 1 && X509_set_pubkey(x509, key) == 1 &&
         X509_sign(x509, key, EVP_sha256()) != 0;
}

Result<std::string> read_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return invalid("cannot read " + file);
  std::string text(kMaxFileBytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return invalid("cannot read " + file);
  text.resize(static_cast<size_t>(in.gcount()));
  return text;
}

}  // namespace

void Certificate::FreeX509::operator()(X509* x509) const {
  X509_free(x509);
}
void Certificate::FreeKey::operator()(EVP_PKEY* key) const {
  EVP_PKEY_free(key);
}

std::string fingerprint_value(const X509* x509, FingerprintAlgorithm algorithm) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  if (X509_digest(x509, digest_of(algorithm), digest.data(), &size) != 1) return {};
  std::string text;
  text.reserve(size * 3);
  for (unsigned int i = 0; i < size; ++i) {
    if (i != 0) text += ':';
    text += kHex[digest[i] >> 4];
    text += kHex[digest[i] & 15];
  }
  return text;
}

Certificate::Certificate(X509* x509, EVP_PKEY* key) : x509_(x509), key_(key) {
  for (const FingerprintAlgorithm algorithm : kFingerprintAlgorithms) {
    fingerprints_.push_back({algorithm, fingerprint_value(x509, algorithm)});
  }
}

Result<Certificate> Certificate::make_self_signed() {
  std::unique_ptr<EVP_PKEY, FreeKey> key(EVP_EC_gen("P-256"));
  std::unique_ptr<X509, FreeX509> x509(X509_new());
  if (!key || !x509 || !fill_in(x509.get(), key.get())) {
    return failed(openssl_error("cannot make a DTLS certificate"));
  }
  return Certificate(x509.release(), key.release());
}

Result<Certificate> Certificate::from_pem(std::string_view certificate_pem,
                                          std::string_view key_pem) {
  const MemoryBio certificate_bio(
      BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size())));
  const MemoryBio key_bio(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
  if (!certificate_bio || !key_bio) return failed("out of memory");
  std::unique_ptr<X509, FreeX509> x509(
      PEM_read_bio_X509(certificate_bio.get(), nullptr, &no_password, nullptr));
  if (!x509) return invalid(openssl_error("the DTLS certificate is not a PEM certificate"));
  std::unique_ptr<EVP_PKEY, FreeKey> key(
      PEM_read_bio_PrivateKey(key_bio.get(), nullptr, &no_password, nullptr));
  if (!key) {
    return invalid(openssl_error("the DTLS private key is not an unencrypted PEM private key"));
  }
  if (X509_check_private_key(x509.get(), key.get()) != 1) {
    return invalid(openssl_error("the DTLS private key does not belong to the certificate"));
  }
  return Certificate(x509.release(), key.release());
}

Result<Certificate> Certificate::from_files(const std::string& certificate_file,
                                            const std::string& key_file) {
  auto certificate_pem = read_file(certificate_file);
  if (!certificate_pem) return certificate_pem.error();
  auto key_pem = read_file(key_file);
  if (!key_pem) return key_pem.error();
  auto certificate = from_pem(*certificate_pem, *key_pem);
  OPENSSL_cleanse(key_pem->data(), key_pem->size());
  if (certificate) return certificate;
  return invalid(certificate.error().text + " (" + certificate_file + ", " + key_file + ")");
}

}  // namespace sluice::dtls
