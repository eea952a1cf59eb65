// Writes RTP headers (RFC 3550, 5.1; RFC 8285) straight into a send slot.
//
// A consumer makes a HeaderPlan once, when its extensions are negotiated: which values it copies
// from the received packet, which are its own and constant (MID), and which are stamped when the
// packet leaves (abs-send-time, transport-cc). The constant and stamped elements are laid out ahead
// in both forms of RFC 8285, so that a packet costs two copies and one element a forwarded value.
// The one-byte form is used whenever every element fits it (ids 1..14, 1..16 bytes).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "rtp/extension_values.h"
#include "rtp/rtp_view.h"

namespace sluice::rtp {

struct HeaderFields {
  uint32_t ssrc = 0;
  uint32_t timestamp = 0;
  uint16_t sequence = 0;
  uint8_t payload_type = 0;  // 7 bits.
  bool marker = false;
  bool padding = false;  // The P bit; whoever sets it writes the padding after the payload.
  Bytes csrcs{};         // A multiple of 4 bytes, at most 60.
};

struct ExtensionItem {
  uint8_t id = 0;  // 1..255; an item with id 0 or more than 255 bytes is left out.
  Bytes value;
};

// One header from a list. Returns its size, 0 when `slot` is too small.
size_t write_header(MutableBytes slot, const HeaderFields& fields,
                    std::span<const ExtensionItem> items = {});

// RFC 3550, 5.1: padding, whose last byte is its count. `bytes` is 1..255; false without room.
bool write_padding(MutableBytes room, uint8_t bytes);

// A written header and where the stamped values stand in it (0: not in this header).
struct WrittenHeader {
  uint16_t bytes = 0;  // 0: no room.
  uint16_t abs_send_time_at = 0;
  uint16_t transport_cc_at = 0;

  explicit operator bool() const { return bytes != 0; }
};

class HeaderPlan {
 public:
  // Limits of one header: more than any negotiation yields; what exceeds them is refused.
  static constexpr size_t kPrefixBytesMax = 128;

  // Copies the value of `kind` from each received packet that carries it.
  bool copy(ExtensionKind kind, uint8_t id);
  // The same value in each packet (MID, RID). False when it is empty or too long.
  bool constant(uint8_t id, Bytes value);
  // Room for a value that is stamped at send time: WrittenHeader says where.
  bool stamp_abs_send_time(uint8_t id);
  bool stamp_transport_cc(uint8_t id);
  bool empty() const { return copies_size_ == 0 && prefix_two_.size == 0; }

  // The header of a forwarded packet. `source` is the received packet the copies come from; its
  // CSRCs are not forwarded unless `fields` names them. `extra` are values that differ from packet
  // to packet (a rewritten abs-capture-time or dependency descriptor), appended last.
  WrittenHeader write(MutableBytes slot, const HeaderFields& fields, const RtpView& source,
                      std::span<const ExtensionItem> extra = {}) const;
  // A header without a received packet behind it (probation): constants and stamps alone.
  WrittenHeader write(MutableBytes slot, const HeaderFields& fields,
                      std::span<const ExtensionItem> extra = {}) const;

 private:
  struct Copy {
    ExtensionKind kind;
    uint8_t id;
  };
  // Elements laid out after the four bytes of the block's head.
  struct Prefix {
    std::array<uint8_t, kPrefixBytesMax> bytes{};
    uint8_t size = 0;
    uint8_t abs_send_time_at = 0;  // Within `bytes`; 0 is none, since an element has a head.
    uint8_t transport_cc_at = 0;
  };

  // Where a value stands in either prefix.
  struct Places {
    uint8_t one_at = 0;
    uint8_t two_at = 0;
  };

  std::optional<Places> add(uint8_t id, Bytes value);
  WrittenHeader write_with(MutableBytes slot, const HeaderFields& fields, const RtpView* source,
                           std::span<const ExtensionItem> extra) const;

  Prefix prefix_one_;  // One-byte form; of no use when needs_two_.
  Prefix prefix_two_;
  std::array<Copy, kExtensionKinds> copies_{};
  uint8_t copies_size_ = 0;
  bool needs_two_ = false;
};

}  // namespace sluice::rtp
