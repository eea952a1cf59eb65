// Our end of DTLS-SRTP against other libraries' ends, in memory: keys, certificates, curves and
// extensions as the field has them.
#include <doctest/doctest.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <map>

#include "dtls/certificate.h"
#include "dtls/dtls_context.h"
#include "tests/dtls_peers/peer.h"

namespace sluice::dtls {
namespace {

constexpr Instant kNow = Instant(1'000s);
constexpr int kMaxRounds = 100;

struct Library {
  std::string name;
  std::unique_ptr<Peer> (*make)(const PeerOptions&);
};
const Library kLibraries[] = {
    {"OpenSSL", &make_openssl_peer},
    {"GnuTLS", &make_gnutls_peer},
    {"mbedTLS", &make_mbedtls_peer},
};
constexpr DtlsRole kRoles[] = {DtlsRole::client, DtlsRole::server};

template <typename Write>
std::string pem_of(Write write) {
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  REQUIRE(write(bio.get()) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

EVP_PKEY* make_key(const std::string& kind) {
  if (kind.starts_with("RSA-")) return EVP_RSA_gen(std::stoul(kind.substr(4)));
  if (kind == "Ed25519") return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  return EVP_EC_gen(kind.c_str());
}

// A self-signed certificate; each kind is made once, because large RSA keys take seconds.
const Identity& identity_of(const std::string& kind, const EVP_MD* digest = EVP_sha256()) {
  static std::map<std::string, Identity> made;
  if (const auto found = made.find(kind); found != made.end()) return found->second;
  EVP_PKEY* key = make_key(kind);
  X509* x509 = X509_new();
  REQUIRE(key);
  X509_set_version(x509, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), -86'400);
  X509_gmtime_adj(X509_getm_notAfter(x509), 86'400);
  X509_NAME* name = X509_get_subject_name(x509);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("peer"), -1, -1, 0);
  X509_set_issuer_name(x509, name);
  X509_set_pubkey(x509, key);
  REQUIRE(X509_sign(x509, key, kind == "Ed25519" ? nullptr : digest) != 0);
  Identity identity{
      pem_of([&](BIO* bio) { return PEM_write_bio_X509(bio, x509); }), pem_of([&](BIO* bio) {
        return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
      })};
  X509_free(x509);
  EVP_PKEY_free(key);
  return made.emplace(kind, std::move(identity)).first->second;
}

std::unique_ptr<DtlsContext> our_context(const std::string& kind) {
  const Identity& identity = identity_of(kind);
  auto certificate = Certificate::from_pem(identity.certificate_pem, identity.key_pem);
  REQUIRE(certificate);
  auto context = DtlsContext::make(std::move(*certificate));
  REQUIRE(context);
  return std::move(*context);
}

// One handshake on a link that loses nothing.
struct Meeting {
  Meeting(const Library& library, const PeerOptions& options, const std::string& ours = "P-256")
      : context(our_context(ours)), session(*context), peer(library.make(options)) {
    auto certificate =
        Certificate::from_pem(options.identity.certificate_pem, options.identity.key_pem);
    REQUIRE(certificate);
    const DtlsRole role = options.role == DtlsRole::client ? DtlsRole::server : DtlsRole::client;
    REQUIRE(session.start(kNow, role, certificate->fingerprints()));
    run();
  }

  void run() {
    for (int round = 0; round < kMaxRounds; ++round) {
      while (const auto datagram = session.poll_output()) {
        peer->incoming.emplace_back(datagram->begin(), datagram->end());
      }
      peer->run();
      if (peer->outgoing.empty()) return;
      while (!peer->outgoing.empty()) {
        const auto datagram = std::move(peer->outgoing.front());
        peer->outgoing.pop_front();
        session.handle_datagram(kNow, datagram);
      }
    }
    FAIL("the two ends do not stop to talk");
  }

  std::unique_ptr<DtlsContext> context;
  DtlsSession session;
  std::unique_ptr<Peer> peer;
};

// Both ends are connected, have the same keys, and carry data and the end of the session.
void check_works(Meeting& meeting, DtlsRole peers_role) {
  CAPTURE(meeting.session.error());
  CAPTURE(meeting.peer->error);
  REQUIRE(meeting.session.state() == DtlsState::connected);
  REQUIRE(meeting.peer->connected);
  CHECK(meeting.peer->saw_certificate);

  auto keys = meeting.session.take_srtp_keys();
  REQUIRE(keys);
  CHECK(keys->profile == srtp::SrtpProfile::aes_cm_128_hmac_sha1_80);
  const auto& material = meeting.peer->material;
  REQUIRE(material.size() == Peer::kMaterialBytes);
  const auto master_of = [&](size_t side) {
    std::vector<uint8_t> master(material.begin() + 16 * side, material.begin() + 16 * (side + 1));
    master.insert(master.end(), material.begin() + 32 + 14 * side,
                  material.begin() + 32 + 14 * (side + 1));
    return SecretBytes(std::move(master));
  };
  const size_t peers_side = peers_role == DtlsRole::client ? 0 : 1;
  CHECK(keys->inbound == master_of(peers_side));
  CHECK(keys->outbound == master_of(1 - peers_side));

  meeting.peer->send("from the peer");
  meeting.run();
  const auto message = meeting.session.poll_application_data();
  REQUIRE(message);
  CHECK(std::string(message->begin(), message->end()) == "from the peer");
  const std::string text = "from us";
  REQUIRE(meeting.session.send_application_data(
      kNow, Bytes(reinterpret_cast<const uint8_t*>(text.data()), text.size())));
  meeting.run();
  CHECK(meeting.peer->received == text);
}

void check_works(const Library& library, const PeerOptions& options,
                 const std::string& ours = "P-256") {
  CAPTURE(library.name);
  CAPTURE(ours);
  const bool client = options.role == DtlsRole::client;
  CAPTURE(client);
  Meeting meeting(library, options, ours);
  check_works(meeting, options.role);
}

}  // namespace

TEST_CASE("dtls peers: every kind of certificate that they may have") {
  for (const std::string kind : {"P-256", "P-384", "P-521", "RSA-1024", "RSA-2048", "RSA-4096"}) {
    CAPTURE(kind);
    for (const Library& library : kLibraries) {
      for (const DtlsRole role : kRoles) {
        check_works(library, {.role = role, .identity = identity_of(kind)});
      }
    }
  }
}

TEST_CASE("dtls peers: Ed25519 certificates, where the library has them") {
  // As a server, OpenSSL 3.0 has them in TLS but not in DTLS. mbedTLS 2.28 has none.
  check_works(kLibraries[0], {.role = DtlsRole::client, .identity = identity_of("Ed25519")});
  for (const DtlsRole role : kRoles) {
    check_works(kLibraries[1], {.role = role, .identity = identity_of("Ed25519")});
  }
}

TEST_CASE("dtls peers: every kind of certificate that we may be given") {
  for (const std::string kind : {"P-256", "P-384", "P-521", "RSA-2048", "RSA-4096"}) {
    for (const Library& library : kLibraries) {
      for (const DtlsRole role : kRoles) {
        check_works(library, {.role = role, .identity = identity_of("P-256")}, kind);
      }
    }
  }
}

TEST_CASE("dtls peers: each curve as the only one that they have") {
  const std::pair<Curve, const char*> curves[] = {
      {Curve::p256, "P-256"}, {Curve::p384, "P-384"}, {Curve::p521, "P-521"}};
  for (const auto& [curve, kind] : curves) {
    CAPTURE(kind);
    for (const Library& library : kLibraries) {
      for (const DtlsRole role : kRoles) {
        // The curve of an ECDSA certificate must be in the list too (RFC 8422, 5.1).
        check_works(library, {.role = role, .identity = identity_of(kind), .curve = curve}, kind);
      }
    }
  }
  for (const Library& library : {kLibraries[0], kLibraries[1]}) {
    for (const DtlsRole role : kRoles) {
      check_works(library,
                  {.role = role, .identity = identity_of("RSA-2048"), .curve = Curve::x25519},
                  "RSA-2048");
    }
  }
}

TEST_CASE("dtls peers: without extended master secret") {
  for (const Library& library : kLibraries) {
    for (const DtlsRole role : kRoles) {
      check_works(
          library,
          {.role = role, .identity = identity_of("P-256"), .extended_master_secret = false});
    }
  }
}

TEST_CASE("dtls peers: without the extensions that GnuTLS can leave out") {
  for (const std::string missing : {
           ":%DISABLE_SAFE_RENEGOTIATION",  // No renegotiation_info (RFC 5746).
           ":%NO_ETM:%NO_TICKETS",
           ":%DISABLE_SAFE_RENEGOTIATION:%NO_SESSION_HASH:%NO_ETM:%NO_TICKETS",
       }) {
    CAPTURE(missing);
    for (const DtlsRole role : kRoles) {
      check_works(kLibraries[1], {.role = role, .identity = identity_of("P-256"), .tune = missing});
    }
  }
}

TEST_CASE("dtls peers: with few groups, one cipher or few signature algorithms") {
  for (const std::string only : {
           ":-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1",
           ":-GROUP-ALL:+GROUP-SECP256R1:+GROUP-SECP384R1",
           ":-GROUP-ALL:+GROUP-SECP256R1:+GROUP-SECP521R1",
           ":-CIPHER-ALL:+AES-128-GCM",
           ":-CIPHER-ALL:+AES-256-GCM",
           ":-CIPHER-ALL:+CHACHA20-POLY1305",
           ":-SIGN-ALL:+SIGN-ECDSA-SHA256",
           ":-SIGN-ALL:+SIGN-ECDSA-SHA256:+SIGN-ECDSA-SHA384:+SIGN-ECDSA-SHA512",
       }) {
    CAPTURE(only);
    for (const DtlsRole role : kRoles) {
      check_works(kLibraries[1], {.role = role, .identity = identity_of("P-256"), .tune = only});
    }
  }
}

TEST_CASE("dtls peers: without an AEAD cipher or forward secrecy the handshake fails") {
  for (const std::string weak : {"ECDHE-ECDSA-AES256-SHA", "AES128-GCM-SHA256"}) {
    CAPTURE(weak);
    const PeerOptions options{.identity = identity_of("RSA-2048"), .tune = weak};
    Meeting meeting(kLibraries[0], options, "RSA-2048");
    CHECK(meeting.session.state() == DtlsState::failed);
    CHECK(!meeting.peer->connected);
  }
}

TEST_CASE("dtls peers: servers that ask for a cookie first") {
  for (const Library& library : {kLibraries[0], kLibraries[2]}) {
    check_works(library,
                {.role = DtlsRole::server, .identity = identity_of("P-256"), .cookie = true});
  }
}

TEST_CASE("dtls peers: the end that one side closes is closed on the other") {
  for (const Library& library : kLibraries) {
    CAPTURE(library.name);
    for (const DtlsRole role : kRoles) {
      const PeerOptions options{.role = role, .identity = identity_of("P-256")};
      Meeting ours(library, options);
      ours.session.close(kNow);
      ours.run();
      CHECK(ours.peer->was_closed);
      Meeting theirs(library, options);
      REQUIRE(theirs.session.state() == DtlsState::connected);
      theirs.peer->close();
      theirs.run();
      CHECK(theirs.session.state() == DtlsState::closed);
    }
  }
}

TEST_CASE("dtls peers: a certificate that the signalling did not announce is refused") {
  for (const Library& library : kLibraries) {
    CAPTURE(library.name);
    for (const DtlsRole role : kRoles) {
      auto context = our_context("P-256");
      DtlsSession session(*context);
      const auto peer = library.make({.role = role, .identity = identity_of("P-521")});
      const DtlsRole our_role = role == DtlsRole::client ? DtlsRole::server : DtlsRole::client;
      REQUIRE(session.start(kNow, our_role, context->fingerprints()));
      for (int round = 0; round < kMaxRounds && session.state() == DtlsState::connecting; ++round) {
        while (const auto datagram = session.poll_output()) {
          peer->incoming.emplace_back(datagram->begin(), datagram->end());
        }
        peer->run();
        for (const auto& datagram : peer->outgoing) session.handle_datagram(kNow, datagram);
        peer->outgoing.clear();
      }
      CHECK(session.state() == DtlsState::failed);
      CHECK(session.error() == "the peer's certificate does not match its fingerprint");
    }
  }
}

}  // namespace sluice::dtls
