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

std::string with_password(const Certificate& certificate) {
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  unsigned char password[] = "secret";
  REQUIRE(PEM_write_bio_PrivateKey(bio.get(), certificate.key(), EVP_aes_128_cbc(), password, 6,
                                   nullptr, nullptr) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

}  // namespace

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
  CHECK(random.fill(bytes));
  CHECK(std::count(bytes.begin(), bytes.end(), 0) < 16);
  CHECK(random.ok());
}

}  // namespace sluice::dtls
