// STUN messages (RFC 8489) as ICE uses them (RFC 8445): parsed into a checked view, written into a
// buffer of the caller. No allocation in either direction.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/address.h"
#include "base/bytes.h"

namespace sluice::ice {

// RFC 8489, 5.
constexpr size_t kStunHeaderBytes = 20;
constexpr size_t kTransactionIdBytes = 12;
constexpr uint32_t kMagicCookie = 0x2112A442;
constexpr uint16_t kBindingMethod = 0x001;

enum class StunClass : uint8_t { request = 0, indication = 1, success = 2, error = 3 };

namespace attribute {
// RFC 8489, 18.3. Types below 0x8000 must be understood by the receiver.
constexpr uint16_t kMappedAddress = 0x0001;
constexpr uint16_t kUsername = 0x0006;
constexpr uint16_t kMessageIntegrity = 0x0008;
constexpr uint16_t kErrorCode = 0x0009;
constexpr uint16_t kUnknownAttributes = 0x000A;
constexpr uint16_t kRealm = 0x0014;
constexpr uint16_t kNonce = 0x0015;
constexpr uint16_t kMessageIntegritySha256 = 0x001C;
constexpr uint16_t kPasswordAlgorithm = 0x001D;
constexpr uint16_t kUserhash = 0x001E;
constexpr uint16_t kXorMappedAddress = 0x0020;
constexpr uint16_t kFingerprint = 0x8028;
// RFC 8445, 16.1.
constexpr uint16_t kPriority = 0x0024;
constexpr uint16_t kUseCandidate = 0x0025;
constexpr uint16_t kIceControlled = 0x8029;
constexpr uint16_t kIceControlling = 0x802A;
// draft-thatcher-ice-renomination-01; libwebrtc and mediasoup-client's browsers send it as 0xC001.
constexpr uint16_t kNomination = 0xC001;
constexpr uint16_t kNominationAssigned = 0x0030;  // The number IANA gave it later.
}  // namespace attribute

// RFC 7983: the first byte tells STUN from DTLS and RTP. Nothing else is checked.
inline bool looks_like_stun(Bytes datagram) {
  return !datagram.empty() && datagram[0] <= 3;
}

// A view: the datagram must outlive it.
class StunMessage {
 public:
  // Checks the header, the cookie, that every attribute lies inside the message and has the size
  // its type demands, and the FINGERPRINT when there is one. Of equal attributes the first counts;
  // those behind MESSAGE-INTEGRITY do not, but for FINGERPRINT (RFC 8489, 14 and 14.5).
  static std::optional<StunMessage> parse(Bytes datagram);

  StunClass message_class() const { return class_; }
  uint16_t method() const { return method_; }
  Bytes transaction_id() const { return datagram_.subspan(8, kTransactionIdBytes); }
  size_t size() const { return datagram_.size(); }

  std::string_view username() const { return username_; }  // Empty when absent.
  // The part of USERNAME before the colon: in a request, the receiver's fragment. It finds the
  // transport behind a shared socket. Empty when there is none.
  std::string_view local_ufrag() const;

  bool has_fingerprint() const { return has_fingerprint_; }
  bool has_integrity() const { return integrity_at_ != 0; }
  bool use_candidate() const { return use_candidate_; }
  std::optional<uint32_t> priority() const { return priority_; }
  std::optional<uint32_t> nomination() const { return nomination_; }
  std::optional<uint64_t> ice_controlling() const { return ice_controlling_; }
  std::optional<uint64_t> ice_controlled() const { return ice_controlled_; }
  std::optional<Address> xor_mapped_address() const { return xor_mapped_address_; }
  std::optional<uint16_t> error_code() const { return error_code_; }
  std::string_view error_reason() const { return error_reason_; }

  // Attributes that must be understood and are not; the first eight. An answer of 420 lists them.
  std::span<const uint16_t> unknown_attributes() const {
    return std::span(unknown_).first(unknown_count_);
  }

  // True when MESSAGE-INTEGRITY is there and was made with this password (short-term credentials,
  // RFC 8489, 9.1). Compared in constant time.
  bool verify_integrity(std::string_view password) const;

 private:
  bool read_attribute(uint16_t type, Bytes value, size_t at);
  bool read_error_code(Bytes value);
  bool read_xor_address(Bytes value);
  void note_unknown(uint16_t type);

  Bytes datagram_;
  std::string_view username_;
  std::string_view error_reason_;
  std::optional<uint64_t> ice_controlling_;
  std::optional<uint64_t> ice_controlled_;
  std::optional<Address> xor_mapped_address_;
  std::optional<uint32_t> priority_;
  std::optional<uint32_t> nomination_;
  std::optional<uint16_t> error_code_;
  std::array<uint16_t, 8> unknown_{};
  size_t unknown_count_ = 0;
  size_t integrity_at_ = 0;  // Where its attribute begins; 0 when absent.
  uint16_t method_ = 0;
  StunClass class_ = StunClass::request;
  bool has_fingerprint_ = false;
  bool use_candidate_ = false;
};

// Writes one message from front to back. When the room ends, finish() returns 0 and what was
// written is worthless.
class StunWriter {
 public:
  // `buffer` must outlive the writer. `transaction_id` has kTransactionIdBytes.
  StunWriter(MutableBytes buffer, StunClass message_class, uint16_t method, Bytes transaction_id);

  void add_username(std::string_view username);  // "receiver's fragment:sender's fragment".
  void add_priority(uint32_t priority);
  void add_use_candidate();
  void add_nomination(uint32_t nomination);
  void add_ice_controlling(uint64_t tie_breaker);
  void add_ice_controlled(uint64_t tie_breaker);
  void add_xor_mapped_address(const Address& address);
  void add_error_code(uint16_t code, std::string_view reason);
  void add_unknown_attributes(std::span<const uint16_t> types);
  void add_message_integrity(std::string_view password);  // Only FINGERPRINT may follow.
  void add_fingerprint();                                 // The last.

  size_t finish() const { return failed_ ? 0 : size_; }

 private:
  MutableBytes append(uint16_t type, size_t value_bytes);  // Empty when there is no room.
  void add_u32(uint16_t type, uint32_t value);
  void add_u64(uint16_t type, uint64_t value);
  void write_length(size_t bytes_after_header);

  MutableBytes buffer_;
  size_t size_ = kStunHeaderBytes;
  bool failed_ = false;
};

// A connectivity check as a controlling peer sends it (RFC 8445, 7.2.2): for clients and tests.
struct BindingRequest {
  std::string_view username;  // "server fragment:client fragment".
  std::string_view password;  // The server's.
  uint32_t priority = 0;
  uint64_t tie_breaker = 0;
  bool controlling = true;
  bool use_candidate = false;
  std::optional<uint32_t> nomination;
};
size_t write_binding_request(MutableBytes buffer, Bytes transaction_id,
                             const BindingRequest& request);  // 0 when the room ended.

}  // namespace sluice::ice
