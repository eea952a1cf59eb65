#include "dtls/certificate.h"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>
#include <string>

#include "dtls/dtls_context.h"
#include "dtls/secure_random.h"
#include "tests/dtls/dtls_pair.h"

namespace sluice::dtls {
namespace {

// A certificate of openssl req -x509 -newkey ec, and its fingerprint as `openssl x509 -fingerprint`
// prints it.
constexpr char kCertificate[] = R"(-----BEGIN CERTIFICATE-----
MIIBdDCCARugAwIBAgIUWp9vJHAhDFmYNbJA6RHMJeXBL4cwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjMwMjM1NTJaGA8yMTI2MTAzMDAyMzU1
MlowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPex
bI/3cEJ8JK3HsiHqSkI03oZGCNcTHg2k+yV2xnqcuvzOfgqZzEQERvg/PLj2Vsk0
0Tkv9HMWv/+Px8gtFwKjUzBRMB0GA1UdDgQWBBR5+5prKw+5mmai6fTfKZfRu1wG
4jAfBgNVHSMEGDAWgBR5+5prKw+5mmai6fTfKZfRu1wG4jAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0cAMEQCIAJRJALngI8SkRy5iDj6cC9qTCb3hePFxj03
OOtVc1LmAiBYR4v90PvJ1ik9mDIzdFxtZEPEmbTYqBgnlqYg437lfQ==
-----END CERTIFICATE-----
)";
constexpr char kKey[] = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgnXfeDxnFoTwLOFSx
OpsvEbx5NBTmHM0d29L8HmOCU8+hRANCAAT3sWyP93BCfCStx7Ih6kpCNN6GRgjX
Ex4NpPsldsZ6nLr8zn4KmcxEBEb4Pzy49lbJNNE5L/RzFr//j8fILRcC
-----END PRIVATE KEY-----
)";
constexpr char kSha1[] = "B9:24:B2:95:DE:5D:E9:1F:DE:3A:A7:1C:6B:A7:54:00:E0:F8:C0:F3";
constexpr char kSha256[] =
    "C3:47:E4:6F:F5:07:09:C3:75:46:96:BE:A3:E9:8D:CC:"
    "92:74:36:4A:4B:01:02:5C:1A:9A:0A:29:14:EC:EB:77";

std::string pem_of(const BIO* bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(const_cast<BIO*>(bio), &text);
  return std::string(text, static_cast<size_t>(size));
}

std::string with_password(const Certificate& certificate) {
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  unsigned char password[] = "secret";
  REQUIRE(PEM_write_bio_PrivateKey(bio.get(), certificate.key(), EVP_aes_128_cbc(), password, 6,
                                   nullptr, nullptr) == 1);
  return pem_of(bio.get());
}

// Self-signed with this key, through PEM, as from a user's files.
Result<Certificate> certificate_for(EVP_PKEY* key, const EVP_MD* digest) {
  const std::unique_ptr<X509, decltype(&X509_free)> x509(X509_new(), &X509_free);
  X509_NAME* name = X509_get_subject_name(x509.get());
  REQUIRE(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                     reinterpret_cast<const unsigned char*>("test"), -1, -1,
                                     0) == 1);
  X509_set_version(x509.get(), X509_VERSION_3);
  X509_set_issuer_name(x509.get(), name);
  X509_gmtime_adj(X509_getm_notBefore(x509.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(x509.get()), 3600);
  X509_set_pubkey(x509.get(), key);
  REQUIRE(X509_sign(x509.get(), key, digest) != 0);
  const std::unique_ptr<BIO, decltype(&BIO_free)> certificate(BIO_new(BIO_s_mem()), &BIO_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> secret(BIO_new(BIO_s_mem()), &BIO_free);
  REQUIRE(PEM_write_bio_X509(certificate.get(), x509.get()) == 1);
  REQUIRE(PEM_write_bio_PrivateKey(secret.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return Certificate::from_pem(pem_of(certificate.get()), pem_of(secret.get()));
}

}  // namespace

TEST_CASE("certificates of a user's, RSA and other curves, make an association in both roles") {
  struct Case {
    const char* name;
    EVP_PKEY* key;
    const EVP_MD* digest;
  };
  for (const Case& each : {Case{"RSA", EVP_RSA_gen(2048), EVP_sha256()},
                           Case{"P-384", EVP_EC_gen("P-384"), EVP_sha384()},
                           Case{"P-256 with SHA-512", EVP_EC_gen("P-256"), EVP_sha512()}}) {
    CAPTURE(each.name);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(each.key, &EVP_PKEY_free);
    auto certificate = certificate_for(key.get(), each.digest);
    REQUIRE(certificate);
    auto context = DtlsContext::make(std::move(*certificate));
    REQUIRE(context);
    for (const bool is_client : {true, false}) {
      CAPTURE(is_client);
      DtlsPair pair(1, {.delay = 20ms}, is_client ? **context : context_of(0),
                    is_client ? context_of(1) : **context);
      pair.start();
      pair.run_for(2s);
      REQUIRE(pair.connected());
      CHECK(pair.longest <= DtlsSession::kMtu);
    }
  }
}

TEST_CASE("a certificate made at start is EC P-256 with SHA-256, and no two are alike") {
  const auto one = Certificate::make_self_signed();
  const auto other = Certificate::make_self_signed();
  REQUIRE(one);
  REQUIRE(other);
  CHECK(EVP_PKEY_get_bits((*one).key()) == 256);
  CHECK(X509_get_signature_nid((*one).x509()) == NID_ecdsa_with_SHA256);
  CHECK(X509_verify((*one).x509(), (*one).key()) == 1);
  CHECK(X509_cmp_current_time(X509_get0_notBefore((*one).x509())) < 0);
  CHECK(X509_cmp_current_time(X509_get0_notAfter((*one).x509())) > 0);
  CHECK((*one).fingerprints()[2].value != (*other).fingerprints()[2].value);
}

TEST_CASE("fingerprints come in five algorithms, upper-case hex with colons") {
  const auto certificate = Certificate::make_self_signed();
  REQUIRE(certificate);
  const auto& fingerprints = (*certificate).fingerprints();
  REQUIRE(fingerprints.size() == 5);
  const size_t sizes[] = {20, 28, 32, 48, 64};
  const char* names[] = {"sha-1", "sha-224", "sha-256", "sha-384", "sha-512"};
  for (size_t i = 0; i < fingerprints.size(); ++i) {
    CHECK(algorithm_name(fingerprints[i].algorithm) == names[i]);
    CHECK(fingerprints[i].value.size() == sizes[i] * 3 - 1);
    CHECK(is_well_formed(fingerprints[i]));
    CHECK(std::none_of(fingerprints[i].value.begin(), fingerprints[i].value.end(),
                       [](char c) { return c >= 'a' && c <= 'z'; }));
  }
}

TEST_CASE("a certificate from PEM has the fingerprint that openssl prints") {
  const auto certificate = Certificate::from_pem(kCertificate, kKey);
  REQUIRE(certificate);
  CHECK((*certificate).fingerprints()[0].value == kSha1);
  CHECK((*certificate).fingerprints()[2].value == kSha256);
}

TEST_CASE("what is wrong with a certificate or its key is said") {
  auto other = Certificate::make_self_signed();
  REQUIRE(other);
  struct Case {
    std::string certificate, key, text;
  };
  const Case cases[] = {
      {"", kKey, "the DTLS certificate is not a PEM certificate"},
      {kKey, kKey, "the DTLS certificate is not a PEM certificate"},
      {kCertificate, "", "the DTLS private key is not an unencrypted PEM private key"},
      {kCertificate, kCertificate, "the DTLS private key is not an unencrypted PEM private key"},
      {kCertificate, with_password(*other),
       "the DTLS private key is not an unencrypted PEM private key"},
  };
  for (const Case& each : cases) {
    const auto certificate = Certificate::from_pem(each.certificate, each.key);
    REQUIRE(!certificate);
    CHECK(certificate.error().kind == ErrorKind::invalid);
    CHECK(certificate.error().text.starts_with(each.text));
  }
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  REQUIRE(PEM_write_bio_PrivateKey(bio.get(), (*other).key(), nullptr, nullptr, 0, nullptr,
                                   nullptr) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  const auto mixed =
      Certificate::from_pem(kCertificate, std::string_view(text, static_cast<size_t>(size)));
  REQUIRE(!mixed);
  CHECK(mixed.error().text.starts_with("the DTLS private key does not belong to the certificate"));
}

TEST_CASE("a file that cannot be read is named") {
  const auto certificate = Certificate::from_files("/nonexistent/cert.pem", "/nonexistent/key.pem");
  REQUIRE(!certificate);
  CHECK(certificate.error().text.find("/nonexistent/cert.pem") != std::string::npos);
}

TEST_CASE("fingerprints are compared without regard to case, and fully") {
  CHECK(same_fingerprint("AB:CD:09", "ab:cd:09"));
  CHECK(same_fingerprint("AB:CD:09", "AB:CD:09"));
  CHECK(!same_fingerprint("AB:CD:09", "AB:CD:08"));
  CHECK(!same_fingerprint("BB:CD:09", "AB:CD:09"));
  CHECK(!same_fingerprint("AB:CD:09", "AB:CD"));
  CHECK(!same_fingerprint("AB:CD:09", ""));
}

TEST_CASE("a fingerprint must have the length of its algorithm, hex and colons") {
  const auto certificate = Certificate::make_self_signed();
  REQUIRE(certificate);
  const std::string good = (*certificate).fingerprints()[2].value;
  CHECK(is_well_formed({FingerprintAlgorithm::sha256, good}));
  CHECK(!is_well_formed({FingerprintAlgorithm::sha384, good}));
  CHECK(!is_well_formed({FingerprintAlgorithm::sha256, ""}));
  CHECK(!is_well_formed({FingerprintAlgorithm::sha256, good + ":"}));
  std::string bad = good;
  bad[2] = '-';
  CHECK(!is_well_formed({FingerprintAlgorithm::sha256, bad}));
  bad = good;
  bad[0] = 'G';
  CHECK(!is_well_formed({FingerprintAlgorithm::sha256, bad}));
}

TEST_CASE("algorithm names are read without regard to case") {
  CHECK(algorithm_from_name("sha-256") == FingerprintAlgorithm::sha256);
  CHECK(algorithm_from_name("SHA-512") == FingerprintAlgorithm::sha512);
  CHECK(!algorithm_from_name("md5"));
  CHECK(!algorithm_from_name("sha-2"));
  CHECK(!algorithm_from_name(""));
}

TEST_CASE("secure random numbers differ and fill what they are asked to") {
  SecureRandom random;
  std::vector<uint64_t> seen;
  for (int i = 0; i < 100; ++i) seen.push_back(random.next());
  std::sort(seen.begin(), seen.end());
  CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
  std::array<uint8_t, 64> bytes{};
  random.fill(bytes);
  CHECK(std::count(bytes.begin(), bytes.end(), 0) < 16);
}

}  // namespace sluice::dtls
