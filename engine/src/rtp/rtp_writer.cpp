#include "rtp/rtp_writer.h"

#include <algorithm>
#include <cstring>

namespace sluice::rtp {
namespace {

// RFC 8285, 4.2 and 4.3: heads of the extension block and what the one-byte form can say.
constexpr uint16_t kOneByteProfile = 0xBEDE;
constexpr uint16_t kTwoByteProfile = 0x1000;
constexpr size_t kBlockHeadBytes = 4;
constexpr uint8_t kOneByteIdMax = 14;
constexpr size_t kOneByteValueMax = 16;
constexpr size_t kTwoByteValueMax = 255;
constexpr size_t kCsrcBytesMax = 15 * 4;

constexpr bool fits_one_byte(uint8_t id, size_t value_bytes) {
  return id <= kOneByteIdMax && value_bytes >= 1 && value_bytes <= kOneByteValueMax;
}
constexpr bool is_writable(uint8_t id, Bytes value) {
  return id != 0 && value.size() <= kTwoByteValueMax;
}

// Appends one element at `at`, which must have room, and moves it.
inline void put_element(uint8_t* slot, size_t& at, bool two, uint8_t id, Bytes value) {
  if (two) {
    slot[at++] = id;
    slot[at++] = static_cast<uint8_t>(value.size());
  } else {
    slot[at++] = static_cast<uint8_t>(id << 4 | (value.size() - 1));
  }
  if (!value.empty()) std::memcpy(slot + at, value.data(), value.size());
  at += value.size();
}

// The twelve bytes and the CSRCs; the X bit comes later. 0 without room.
inline size_t put_fixed(MutableBytes slot, const HeaderFields& fields) {
  const size_t csrc_bytes = std::min(fields.csrcs.size(), kCsrcBytesMax) & ~size_t{3};
  if (slot.size() < kFixedHeaderBytes + csrc_bytes) return 0;
  slot[0] = static_cast<uint8_t>(0x80 | (fields.padding ? 0x20 : 0) | csrc_bytes / 4);
  slot[1] = static_cast<uint8_t>((fields.marker ? 0x80 : 0) | (fields.payload_type & 0x7F));
  store_u16(slot, 2, fields.sequence);
  store_u32(slot, 4, fields.timestamp);
  store_u32(slot, 8, fields.ssrc);
  if (csrc_bytes != 0) std::memcpy(&slot[kFixedHeaderBytes], fields.csrcs.data(), csrc_bytes);
  return kFixedHeaderBytes + csrc_bytes;
}

// Pads the block that began at `block_at` and writes its head. Returns the header's size.
inline size_t close_block(MutableBytes slot, size_t block_at, size_t at, bool two) {
  while (at % 4 != 0) slot[at++] = 0;
  slot[0] |= 0x10;
  store_u16(slot, block_at, two ? kTwoByteProfile : kOneByteProfile);
  store_u16(slot, block_at + 2, static_cast<uint16_t>((at - block_at - kBlockHeadBytes) / 4));
  return at;
}

}  // namespace

size_t write_header(MutableBytes slot, const HeaderFields& fields,
                    std::span<const ExtensionItem> items) {
  return HeaderPlan().write(slot, fields, items).bytes;
}

bool write_padding(MutableBytes room, uint8_t bytes) {
  if (bytes == 0 || room.size() < bytes) return false;
  std::memset(room.data(), 0, bytes);
  room[bytes - size_t{1}] = bytes;
  return true;
}

bool HeaderPlan::copy(ExtensionKind kind, uint8_t id) {
  if (id == 0) return false;
  for (size_t i = 0; i < copies_size_; ++i) {
    if (copies_[i].kind == kind) {
      copies_[i].id = id;
      needs_two_ = needs_two_ || id > kOneByteIdMax;
      return true;
    }
  }
  copies_[copies_size_++] = {kind, id};
  needs_two_ = needs_two_ || id > kOneByteIdMax;
  return true;
}

bool HeaderPlan::constant(uint8_t id, Bytes value) {
  return add(id, value).has_value();
}

bool HeaderPlan::stamp_abs_send_time(uint8_t id) {
  constexpr uint8_t kRoom[kAbsSendTimeBytes] = {};
  const auto places = add(id, kRoom);
  if (!places) return false;
  prefix_one_.abs_send_time_at = places->one_at;
  prefix_two_.abs_send_time_at = places->two_at;
  return true;
}

bool HeaderPlan::stamp_transport_cc(uint8_t id) {
  constexpr uint8_t kRoom[kTransportCcBytes] = {};
  const auto places = add(id, kRoom);
  if (!places) return false;
  prefix_one_.transport_cc_at = places->one_at;
  prefix_two_.transport_cc_at = places->two_at;
  return true;
}

std::optional<HeaderPlan::Places> HeaderPlan::add(uint8_t id, Bytes value) {
  if (id == 0 || value.empty()) return std::nullopt;
  if (prefix_two_.size + 2 + value.size() > kPrefixBytesMax) return std::nullopt;

  Places places;
  size_t at = prefix_two_.size;
  put_element(prefix_two_.bytes.data(), at, true, id, value);
  places.two_at = static_cast<uint8_t>(at - value.size());
  prefix_two_.size = static_cast<uint8_t>(at);
  if (!fits_one_byte(id, value.size())) {
    needs_two_ = true;
    return places;
  }
  at = prefix_one_.size;
  put_element(prefix_one_.bytes.data(), at, false, id, value);
  places.one_at = static_cast<uint8_t>(at - value.size());
  prefix_one_.size = static_cast<uint8_t>(at);
  return places;
}

WrittenHeader HeaderPlan::write(MutableBytes slot, const HeaderFields& fields,
                                const RtpView& source, std::span<const ExtensionItem> extra) const {
  return write_with(slot, fields, &source, extra);
}

WrittenHeader HeaderPlan::write(MutableBytes slot, const HeaderFields& fields,
                                std::span<const ExtensionItem> extra) const {
  return write_with(slot, fields, nullptr, extra);
}

WrittenHeader HeaderPlan::write_with(MutableBytes slot, const HeaderFields& fields,
                                     const RtpView* source,
                                     std::span<const ExtensionItem> extra) const {
  const size_t fixed = put_fixed(slot, fields);
  if (fixed == 0) return {};

  // First what is to be written, its size and form; then the bytes.
  bool two = needs_two_;
  size_t values = 0;  // Bytes of values outside the prefix.
  size_t elements = 0;
  const auto count = [&](uint8_t id, Bytes value) {
    two = two || !fits_one_byte(id, value.size());
    values += value.size();
    ++elements;
  };
  if (source) {
    for (size_t i = 0; i < copies_size_; ++i) {
      if (source->has(copies_[i].kind)) count(copies_[i].id, source->extension(copies_[i].kind));
    }
  }
  for (const ExtensionItem& item : extra) {
    if (is_writable(item.id, item.value)) count(item.id, item.value);
  }

  const Prefix& prefix = two ? prefix_two_ : prefix_one_;
  if (prefix.size == 0 && elements == 0) return {.bytes = static_cast<uint16_t>(fixed)};
  const size_t block = prefix.size + values + elements * (two ? 2 : 1);
  if (slot.size() < fixed + kBlockHeadBytes + (block + 3) / 4 * 4) return {};

  size_t at = fixed + kBlockHeadBytes;
  WrittenHeader written;
  if (prefix.size != 0) {
    std::memcpy(&slot[at], prefix.bytes.data(), prefix.size);
    const auto place = [&](uint8_t in_prefix) {
      return static_cast<uint16_t>(in_prefix == 0 ? 0 : at + in_prefix);
    };
    written.abs_send_time_at = place(prefix.abs_send_time_at);
    written.transport_cc_at = place(prefix.transport_cc_at);
    at += prefix.size;
  }
  if (source) {
    for (size_t i = 0; i < copies_size_; ++i) {
      if (!source->has(copies_[i].kind)) continue;
      put_element(slot.data(), at, two, copies_[i].id, source->extension(copies_[i].kind));
    }
  }
  for (const ExtensionItem& item : extra) {
    if (is_writable(item.id, item.value)) put_element(slot.data(), at, two, item.id, item.value);
  }
  written.bytes = static_cast<uint16_t>(close_block(slot, fixed, at, two));
  return written;
}

}  // namespace sluice::rtp
