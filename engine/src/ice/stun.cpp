#include "ice/stun.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "ice/stun_digests.h"

namespace sluice::ice {
namespace {

constexpr size_t kAttributeHeaderBytes = 4;
// RFC 8489, 14.3: fewer than 509 bytes.
constexpr size_t kMaxUsernameBytes = 508;

constexpr size_t padded(size_t bytes) {
  return (bytes + 3) & ~size_t{3};
}

std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// RFC 8489, 5: the class's two bits stand amid the method's twelve.
constexpr uint16_t message_type(StunClass message_class, uint16_t method) {
  const auto c = static_cast<unsigned>(message_class);
  return static_cast<uint16_t>((method & 0x000F) | (method & 0x0070) << 1 | (method & 0x0F80) << 2 |
                               (c & 1) << 4 | (c & 2) << 7);
}
constexpr StunClass class_of(uint16_t type) {
  return static_cast<StunClass>((type >> 4 & 1) | (type >> 7 & 2));
}
constexpr uint16_t method_of(uint16_t type) {
  return static_cast<uint16_t>((type & 0x000F) | (type >> 1 & 0x0070) | (type >> 2 & 0x0F80));
}

// The first of equal attributes counts.
template <typename T, typename V>
void set_once(std::optional<T>* target, V value) {
  if (!*target) *target = value;
}

// XORs the address with the cookie and the transaction id as they stand in the header (RFC 8489,
// 14.2); the same both ways.
void xor_address(std::array<uint8_t, 16>* ip, Bytes cookie_and_transaction_id) {
  for (size_t i = 0; i < ip->size(); ++i) (*ip)[i] ^= cookie_and_transaction_id[i];
}

}  // namespace

std::optional<StunMessage> StunMessage::parse(Bytes datagram) {
  if (datagram.size() < kStunHeaderBytes || datagram[0] > 0x3F) return std::nullopt;
  if (load_u32(datagram, 4) != kMagicCookie) return std::nullopt;
  if (load_u16(datagram, 2) + kStunHeaderBytes != datagram.size()) return std::nullopt;
  if (datagram.size() % 4 != 0) return std::nullopt;

  StunMessage message;
  message.datagram_ = datagram;
  message.class_ = class_of(load_u16(datagram, 0));
  message.method_ = method_of(load_u16(datagram, 0));

  for (size_t at = kStunHeaderBytes; at < datagram.size();) {
    if (message.has_fingerprint_) return std::nullopt;  // It must be the last.
    if (datagram.size() - at < kAttributeHeaderBytes) return std::nullopt;
    const uint16_t type = load_u16(datagram, at);
    const size_t value_bytes = load_u16(datagram, at + 2);
    if (value_bytes > datagram.size() - at - kAttributeHeaderBytes) return std::nullopt;
    const Bytes value = datagram.subspan(at + kAttributeHeaderBytes, value_bytes);
    const bool protected_by_integrity = message.integrity_at_ == 0;
    if (protected_by_integrity || type == attribute::kFingerprint) {
      if (!message.read_attribute(type, value, at)) return std::nullopt;
    }
    at += kAttributeHeaderBytes + padded(value_bytes);
  }
  return message;
}

bool StunMessage::read_attribute(uint16_t type, Bytes value, size_t at) {
  switch (type) {
    case attribute::kUsername:
      if (value.size() > kMaxUsernameBytes) return false;
      if (username_.empty()) username_ = as_text(value);
      return true;
    case attribute::kMessageIntegrity:
      integrity_at_ = at;
      return value.size() == kIntegrityBytes;
    case attribute::kFingerprint:
      has_fingerprint_ = true;
      return value.size() == 4 && load_u32(value, 0) == fingerprint(datagram_.first(at));
    case attribute::kPriority:
      if (value.size() != 4) return false;
      set_once(&priority_, load_u32(value, 0));
      return true;
    case attribute::kUseCandidate:
      use_candidate_ = true;
      return value.empty();
    case attribute::kNomination:
    case attribute::kNominationAssigned:
      if (value.size() != 4) return false;
      set_once(&nomination_, load_u32(value, 0));
      return true;
    case attribute::kIceControlling:
      if (value.size() != 8) return false;
      set_once(&ice_controlling_, load_u64(value, 0));
      return true;
    case attribute::kIceControlled:
      if (value.size() != 8) return false;
      set_once(&ice_controlled_, load_u64(value, 0));
      return true;
    case attribute::kErrorCode:
      return read_error_code(value);
    case attribute::kXorMappedAddress:
      return read_xor_address(value);
    case attribute::kMappedAddress:
    case attribute::kUnknownAttributes:
    case attribute::kRealm:
    case attribute::kNonce:
    case attribute::kMessageIntegritySha256:
    case attribute::kPasswordAlgorithm:
    case attribute::kUserhash:
      return true;  // Known, and of no use to us.
    default:
      if (type < 0x8000) note_unknown(type);
      return true;
  }
}

bool StunMessage::read_error_code(Bytes value) {
  if (value.size() < 4) return false;
  const unsigned hundreds = value[2] & 7, rest = value[3];
  if (hundreds < 3 || hundreds > 6 || rest > 99) return false;  // RFC 8489, 14.8.
  if (error_code_) return true;
  error_code_ = static_cast<uint16_t>(hundreds * 100 + rest);
  error_reason_ = as_text(value.subspan(4));
  return true;
}

bool StunMessage::read_xor_address(Bytes value) {
  constexpr uint8_t kIpv4 = 1, kIpv6 = 2;  // RFC 8489, 14.1.
  if (value.size() < 4) return false;
  Address address;
  address.is_ipv6 = value[1] == kIpv6;
  if (!address.is_ipv6 && value[1] != kIpv4) return false;
  const size_t ip_bytes = address.is_ipv6 ? 16 : 4;
  if (value.size() != 4 + ip_bytes) return false;
  address.port = static_cast<uint16_t>(load_u16(value, 2) ^ kMagicCookie >> 16);
  for (size_t i = 0; i < ip_bytes; ++i) address.ip[i] = value[4 + i];
  xor_address(&address.ip, datagram_.subspan(4, 16));
  if (!address.is_ipv6) std::fill(address.ip.begin() + 4, address.ip.end(), uint8_t{0});
  set_once(&xor_mapped_address_, address);
  return true;
}

void StunMessage::note_unknown(uint16_t type) {
  if (unknown_count_ < unknown_.size()) unknown_[unknown_count_++] = type;
}

std::string_view StunMessage::local_ufrag() const {
  const size_t colon = username_.find(':');
  return colon == std::string_view::npos ? std::string_view() : username_.substr(0, colon);
}

bool StunMessage::verify_integrity(std::string_view password) const {
  if (integrity_at_ == 0) return false;
  const size_t counted = integrity_at_ + kAttributeHeaderBytes + kIntegrityBytes - kStunHeaderBytes;
  const auto expected =
      message_integrity(datagram_.first(integrity_at_), static_cast<uint16_t>(counted), password);
  return CRYPTO_memcmp(expected.data(), datagram_.data() + integrity_at_ + kAttributeHeaderBytes,
                       expected.size()) == 0;
}

StunWriter::StunWriter(MutableBytes buffer, StunClass message_class, uint16_t method,
                       Bytes transaction_id)
    : buffer_(buffer) {
  if (buffer.size() < kStunHeaderBytes || transaction_id.size() != kTransactionIdBytes) {
    failed_ = true;
    return;
  }
  store_u16(buffer_, 0, message_type(message_class, method));
  store_u32(buffer_, 4, kMagicCookie);
  std::copy(transaction_id.begin(), transaction_id.end(), buffer_.begin() + 8);
  write_length(0);
}

MutableBytes StunWriter::append(uint16_t type, size_t value_bytes) {
  if (failed_ || value_bytes > 0xFFFF ||
      buffer_.size() - size_ < kAttributeHeaderBytes + padded(value_bytes)) {
    failed_ = true;
    return {};
  }
  store_u16(buffer_, size_, type);
  store_u16(buffer_, size_ + 2, static_cast<uint16_t>(value_bytes));
  const MutableBytes value = buffer_.subspan(size_ + kAttributeHeaderBytes, padded(value_bytes));
  std::fill(value.begin() + static_cast<ptrdiff_t>(value_bytes), value.end(), uint8_t{0});
  size_ += kAttributeHeaderBytes + value.size();
  write_length(size_ - kStunHeaderBytes);
  return value;
}

void StunWriter::write_length(size_t bytes_after_header) {
  store_u16(buffer_, 2, static_cast<uint16_t>(bytes_after_header));
}

void StunWriter::add_u32(uint16_t type, uint32_t value) {
  const MutableBytes out = append(type, 4);
  if (!out.empty()) store_u32(out, 0, value);
}

void StunWriter::add_u64(uint16_t type, uint64_t value) {
  const MutableBytes out = append(type, 8);
  if (!out.empty()) store_u64(out, 0, value);
}

void StunWriter::add_username(std::string_view username) {
  const MutableBytes out = append(attribute::kUsername, username.size());
  std::copy_n(username.begin(), std::min(username.size(), out.size()), out.begin());
}

void StunWriter::add_priority(uint32_t priority) {
  add_u32(attribute::kPriority, priority);
}
void StunWriter::add_use_candidate() {
  append(attribute::kUseCandidate, 0);
}
void StunWriter::add_nomination(uint32_t nomination) {
  add_u32(attribute::kNomination, nomination);
}
void StunWriter::add_ice_controlling(uint64_t tie_breaker) {
  add_u64(attribute::kIceControlling, tie_breaker);
}
void StunWriter::add_ice_controlled(uint64_t tie_breaker) {
  add_u64(attribute::kIceControlled, tie_breaker);
}

void StunWriter::add_xor_mapped_address(const Address& address) {
  const size_t ip_bytes = address.ip_bytes().size();
  const MutableBytes out = append(attribute::kXorMappedAddress, 4 + ip_bytes);
  if (out.empty()) return;
  auto ip = address.ip;
  xor_address(&ip, buffer_.subspan(4, 16));
  out[0] = 0;
  out[1] = address.is_ipv6 ? 2 : 1;
  store_u16(out, 2, static_cast<uint16_t>(address.port ^ kMagicCookie >> 16));
  std::copy_n(ip.begin(), ip_bytes, out.begin() + 4);
}

void StunWriter::add_error_code(uint16_t code, std::string_view reason) {
  const MutableBytes out = append(attribute::kErrorCode, 4 + reason.size());
  if (out.empty()) return;
  out[0] = out[1] = 0;
  out[2] = static_cast<uint8_t>(code / 100);
  out[3] = static_cast<uint8_t>(code % 100);
  std::copy(reason.begin(), reason.end(), out.begin() + 4);
}

void StunWriter::add_unknown_attributes(std::span<const uint16_t> types) {
  const MutableBytes out = append(attribute::kUnknownAttributes, 2 * types.size());
  if (out.empty()) return;
  for (size_t i = 0; i < types.size(); ++i) store_u16(out, 2 * i, types[i]);
}

void StunWriter::add_message_integrity(std::string_view password) {
  const size_t at = size_;
  const MutableBytes out = append(attribute::kMessageIntegrity, kIntegrityBytes);
  if (out.empty()) return;
  const auto length = static_cast<uint16_t>(size_ - kStunHeaderBytes);
  const auto digest = message_integrity(buffer_.first(at), length, password);
  std::copy(digest.begin(), digest.end(), out.begin());
}

void StunWriter::add_fingerprint() {
  const size_t at = size_;
  const MutableBytes out = append(attribute::kFingerprint, 4);
  if (!out.empty()) store_u32(out, 0, fingerprint(buffer_.first(at)));
}

size_t write_binding_request(MutableBytes buffer, Bytes transaction_id,
                             const BindingRequest& request) {
  StunWriter writer(buffer, StunClass::request, kBindingMethod, transaction_id);
  writer.add_username(request.username);
  if (request.nomination) writer.add_nomination(*request.nomination);
  if (request.controlling) {
    writer.add_ice_controlling(request.tie_breaker);
  } else {
    writer.add_ice_controlled(request.tie_breaker);
  }
  if (request.use_candidate) writer.add_use_candidate();
  writer.add_priority(request.priority);
  writer.add_message_integrity(request.password);
  writer.add_fingerprint();
  return writer.finish();
}

}  // namespace sluice::ice
