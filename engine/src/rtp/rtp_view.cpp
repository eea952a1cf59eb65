#include "rtp/rtp_view.h"

#include <limits>

namespace sluice::rtp {
namespace {

// RFC 8285, 4.2 and 4.3: the profile words of the two forms; the low bits of the second are
// appbits.
constexpr uint16_t kOneByteProfile = 0xBEDE;
constexpr uint16_t kTwoByteProfile = 0x1000;
constexpr uint16_t kTwoByteProfileMask = 0xFFF0;
// RFC 8285, 4.2: reserved, ends the block.
constexpr uint8_t kOneByteStop = 15;

// Calls f(id, offset in block, size) for each element; stops at one that leaves the block.
template <typename F>
void for_each_one_byte(Bytes block, F&& f) {
  size_t at = 0;
  while (at < block.size()) {
    const uint8_t id = block[at] >> 4;
    const uint8_t size_code = block[at] & 0x0F;
    if (id == 0) {
      // RFC 8285, 4.2: a zero byte is padding; id 0 with a length ends the processing.
      if (size_code != 0) return;
      ++at;
      continue;
    }
    if (id == kOneByteStop) return;
    const size_t size = size_code + size_t{1};
    ++at;
    if (size > block.size() - at) return;
    f(id, at, size);
    at += size;
  }
}

template <typename F>
void for_each_two_byte(Bytes block, F&& f) {
  size_t at = 0;
  while (at < block.size()) {
    const uint8_t id = block[at];
    ++at;
    if (id == 0) continue;  // RFC 8285, 4.3: padding, a byte without length.
    if (at == block.size()) return;
    const size_t size = block[at];
    ++at;
    if (size > block.size() - at) return;
    f(id, at, size);
    at += size;
  }
}

}  // namespace

std::optional<RtpView> RtpView::parse(Bytes packet, const ExtensionIds& ids) {
  if (packet.size() < kFixedHeaderBytes) return std::nullopt;
  if (packet.size() > std::numeric_limits<uint16_t>::max()) return std::nullopt;
  if (packet[0] >> 6 != 2) return std::nullopt;

  RtpView view;
  view.packet_ = packet;
  const bool has_padding = packet[0] & 0x20;
  const bool has_extension = packet[0] & 0x10;
  const size_t csrc_bytes = (packet[0] & 0x0F) * size_t{4};
  view.marker_ = packet[1] & 0x80;
  view.payload_type_ = packet[1] & 0x7F;
  view.sequence_ = load_u16(packet, 2);
  view.timestamp_ = load_u32(packet, 4);
  view.ssrc_ = load_u32(packet, 8);

  size_t at = kFixedHeaderBytes;
  if (csrc_bytes > packet.size() - at) return std::nullopt;
  view.csrcs_ = packet.subspan(at, csrc_bytes);
  at += csrc_bytes;

  if (has_extension) {
    if (packet.size() - at < 4) return std::nullopt;
    const uint16_t profile = load_u16(packet, at);
    const size_t block_bytes = load_u16(packet, at + 2) * size_t{4};
    at += 4;
    if (block_bytes > packet.size() - at) return std::nullopt;

    const Bytes block = packet.subspan(at, block_bytes);
    const auto note = [&](uint8_t id, size_t offset, size_t size) {
      const uint8_t kind = ids.kind_of[id];
      if (kind == 0) return;
      Place& place = view.extensions_[kind - size_t{1}];
      if (place.offset != 0) return;
      place = {static_cast<uint16_t>(at + offset), static_cast<uint8_t>(size)};
    };
    // An element that leaves the block ends it, and nothing else: where the payload begins is
    // known.
    if (profile == kOneByteProfile) {
      for_each_one_byte(block, note);
    } else if ((profile & kTwoByteProfileMask) == kTwoByteProfile) {
      for_each_two_byte(block, note);
    }  // Other profiles are somebody's private header: skipped whole (RFC 3550, 5.3.1).
    at += block_bytes;
  }

  size_t payload_bytes = packet.size() - at;
  if (has_padding) {
    // RFC 3550, 5.1: the last byte counts the padding, itself included.
    const uint8_t padding = packet.back();
    if (padding == 0 || padding > payload_bytes) return std::nullopt;
    view.padding_bytes_ = padding;
    payload_bytes -= padding;
  }
  view.payload_ = packet.subspan(at, payload_bytes);
  return view;
}

}  // namespace sluice::rtp
