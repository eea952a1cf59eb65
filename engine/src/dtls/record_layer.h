// The protected records of a DTLS 1.2 association after its handshake (RFC 6347, 4.1): a key, a
// number and a replay window a direction. It takes over from OpenSSL, which keeps some 40 KB a
// session for handshakes that are over; this takes 200 bytes.
//
// AEAD ciphers alone: AES-GCM (RFC 5288) and ChaCha20-Poly1305 (RFC 7905). OpenSSL's EVP computes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/replay_window.h"

typedef struct ssl_st SSL;
typedef struct evp_cipher_st EVP_CIPHER;

namespace sluice::dtls {

// RFC 5246, 6.2.1.
enum class ContentType : uint8_t {
  change_cipher_spec = 20,
  alert = 21,
  handshake = 22,
  application_data = 23,
};

// RFC 5246, 7.2.
constexpr uint8_t kAlertWarning = 1;
constexpr uint8_t kAlertFatal = 2;
constexpr uint8_t kCloseNotify = 0;

// RFC 6347, 4.1.
constexpr size_t kRecordHeaderBytes = 13;
constexpr uint16_t kProtectedEpoch = 1;  // There is no other: we never renegotiate.

struct RecordHeader {
  ContentType type{};
  uint16_t version = 0;
  uint16_t epoch = 0;
  uint64_t sequence = 0;  // 48 bits.
};

// Of the record that the datagram begins with, header included; 0 when it is cut off.
size_t record_bytes(Bytes datagram);
// `record` is whole.
RecordHeader read_record_header(Bytes record);

// Where OpenSSL's own protected records stopped: watches the datagrams that it sends, whose record
// headers are in clear.
struct SentRecords {
  void note(Bytes datagram);

  uint64_t next_sequence = 0;
  uint64_t next_nonce = 0;  // The explicit half of a GCM nonce: OpenSSL's counter goes on here.
};

// Owned by a session. Cleanses its keys at the end.
class RecordLayer {
 public:
  static constexpr size_t kMaxOverhead = kRecordHeaderBytes + 8 + 16;  // And GCM's nonce and tag.
  static constexpr size_t kMaxTextBytes = 16 * 1024;                   // RFC 5246, 6.2.1: 2^14.

  // From a session whose handshake is complete. nullopt when its cipher is not one of the above or
  // OpenSSL gives no keys.
  static std::optional<RecordLayer> take_over(SSL* ssl, const SentRecords& sent);
  ~RecordLayer();
  RecordLayer(RecordLayer&&) = default;
  RecordLayer& operator=(RecordLayer&&) = default;

  // One record as a datagram; empty when the cipher failed or the text is too long.
  std::vector<uint8_t> seal(ContentType type, Bytes text);

  // The next record of `datagram` that is authentic and new; takes what it read off its front. The
  // text is written into `buffer` (at least kMaxTextBytes). nullopt at the end of the datagram.
  struct Opened {
    ContentType type;
    Bytes text;
  };
  std::optional<Opened> open_next(Bytes& datagram, MutableBytes buffer);

  uint64_t dropped() const { return dropped_; }  // Records that were not authentic, new or whole.

 private:
  struct Direction {
    std::array<uint8_t, 32> key{};
    std::array<uint8_t, 12> fixed_nonce{};
  };

  RecordLayer() = default;
  std::optional<size_t> open(Bytes record, MutableBytes buffer);

  const EVP_CIPHER* cipher_ = nullptr;
  bool is_gcm_ = false;  // Else ChaCha20-Poly1305, whose records carry no part of the nonce.
  Direction out_;
  Direction in_;
  uint64_t next_sequence_ = 0;
  uint64_t next_nonce_ = 0;
  ReplayWindow<64> seen_{0};  // RFC 6347, 4.1.2.6. Number 0 was the peer's Finished.
  uint64_t dropped_ = 0;
};

}  // namespace sluice::dtls
