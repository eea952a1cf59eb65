// The other end of a DTLS-SRTP handshake, made by another library: what the field sends us.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "dtls/dtls_session.h"

namespace sluice::dtls {

enum class Curve : uint8_t { any, x25519, p256, p384, p521 };

struct Identity {
  std::string certificate_pem;
  std::string key_pem;
};

struct PeerOptions {
  DtlsRole role = DtlsRole::client;
  Identity identity;
  Curve curve = Curve::any;  // `any` leaves the library's own list.
  std::string tune = {};     // Appended to GnuTLS' priority string; OpenSSL's cipher list.
  bool extended_master_secret = true;  // RFC 7627.
  bool cookie = false;                 // A server that sends HelloVerifyRequest first.
};

// All peers offer SRTP_AES128_CM_SHA1_80 alone, which is the profile that all libraries have.
class Peer {
 public:
  // Master keys and salts as the exporter gives them (RFC 5764, 4.2).
  static constexpr size_t kMaterialBytes = 60;

  virtual ~Peer() = default;

  // Goes on with the handshake, or reads application data once it is done.
  virtual void run() = 0;
  virtual void send(const std::string& text) = 0;
  virtual void close() = 0;

  std::deque<std::vector<uint8_t>> incoming;
  std::deque<std::vector<uint8_t>> outgoing;
  bool connected = false;
  bool saw_certificate = false;
  bool was_closed = false;  // By our close_notify.
  std::string error;
  std::string received;
  std::vector<uint8_t> material;

 protected:
  // What a read from a datagram socket does: one datagram, and what does not fit is lost.
  size_t take(void* out, size_t size) {
    const size_t taken = std::min(size, incoming.front().size());
    std::copy_n(incoming.front().begin(), taken, static_cast<uint8_t*>(out));
    incoming.pop_front();
    return taken;
  }
  void put(const void* data, size_t size) {
    const auto* bytes = static_cast<const uint8_t*>(data);
    outgoing.emplace_back(bytes, bytes + size);
  }
};

std::unique_ptr<Peer> make_openssl_peer(const PeerOptions& options);
std::unique_ptr<Peer> make_gnutls_peer(const PeerOptions& options);
std::unique_ptr<Peer> make_mbedtls_peer(const PeerOptions& options);

}  // namespace sluice::dtls
