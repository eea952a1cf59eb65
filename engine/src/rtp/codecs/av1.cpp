#include "rtp/codecs/av1.h"

#include <limits>

namespace sluice::rtp {
namespace {

// AV1 specification, 6.2.2.
constexpr uint8_t kObuSequenceHeader = 1;
constexpr uint8_t kObuFrameHeader = 3;
constexpr uint8_t kObuFrame = 6;

// AV1 specification, 4.10.5: at most eight bytes, and the value fits 32 bits.
constexpr size_t kLeb128BytesMax = 8;

struct Leb128 {
  size_t value = 0;
  size_t bytes = 0;  // 0: malformed.
};

Leb128 read_leb128(Bytes bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size() && i < kLeb128BytesMax; ++i) {
    value |= uint64_t{bytes[i] & 0x7Fu} << (7 * i);
    if (bytes[i] & 0x80) continue;
    if (value > std::numeric_limits<uint32_t>::max()) return {};
    return {static_cast<size_t>(value), i + 1};
  }
  return {};
}

// What the walk has seen of the frame headers, to tell a repeated sequence header from a new start.
struct Walk {
  Av1Facts facts;
  bool has_delta_frame = false;
};

// Notes an OBU that starts in this packet. It may be cut short when it goes on in the next one.
bool note_obu(Walk& walk, Bytes obu, bool is_cut) {
  const uint8_t head = obu[0];
  if (head & 0x80) return false;  // obu_forbidden_bit.
  const uint8_t type = head >> 3 & 0x0F;
  size_t at = 1;
  if (head & 0x04) {
    if (obu.size() <= at) return is_cut;
    if (!walk.facts.has_layers) {
      walk.facts.has_layers = true;
      walk.facts.temporal = obu[at] >> 5;
      walk.facts.spatial = obu[at] >> 3 & 0x03;
    }
    ++at;
  }
  if (head & 0x02) {
    // RTP Payload Format For AV1, 4.5: obu_has_size_field should be 0; the size says nothing new.
    const Leb128 size = read_leb128(obu.subspan(at));
    if (size.bytes == 0) return is_cut;
    at += size.bytes;
  }
  if (type == kObuSequenceHeader) walk.facts.has_sequence_header = true;
  if (type == kObuFrameHeader || type == kObuFrame) {
    walk.facts.starts_frame = true;
    // AV1 specification, 5.9.2: show_existing_frame, then frame_type, 0 for a key frame.
    if (obu.size() > at && (obu[at] & 0xE0) != 0) walk.has_delta_frame = true;
  }
  return true;
}

// Reads one element off `rest`. `is_last_of_w` is true where W says that no length stands before
// it.
bool next_element(Bytes& rest, bool is_last_of_w, Bytes& element) {
  size_t size = rest.size();
  if (!is_last_of_w) {
    const Leb128 length = read_leb128(rest);
    if (length.bytes == 0 || length.value > rest.size() - length.bytes) return false;
    rest = rest.subspan(length.bytes);
    size = length.value;
  }
  element = rest.first(size);
  rest = rest.subspan(size);
  return true;
}

}  // namespace

std::optional<Av1Facts> parse_av1(Bytes payload) {
  if (payload.size() < 2) return std::nullopt;
  Walk walk;
  Av1Facts& facts = walk.facts;
  facts.continues_obu = payload[0] & 0x80;                             // Z.
  facts.obu_continues = payload[0] & 0x40;                             // Y.
  const uint8_t count = payload[0] >> 4 & 0x03;                        // W.
  facts.new_sequence = payload[0] & 0x08;                              // N.
  if (facts.new_sequence && facts.continues_obu) return std::nullopt;  // 4.4: N needs Z = 0.

  Bytes rest = payload.subspan(1);
  while (!rest.empty()) {
    if (count != 0 && facts.elements == count) return std::nullopt;
    if (facts.elements == std::numeric_limits<uint8_t>::max()) return std::nullopt;
    Bytes element;
    if (!next_element(rest, count != 0 && facts.elements + 1 == count, element)) {
      return std::nullopt;
    }
    const bool is_continuation = facts.elements == 0 && facts.continues_obu;
    const bool is_cut = rest.empty() && facts.obu_continues;
    ++facts.elements;
    if (element.empty() || is_continuation) continue;
    if (!note_obu(walk, element, is_cut)) return std::nullopt;
  }
  if (count != 0 && facts.elements != count) return std::nullopt;
  facts.repeats_sequence_header = facts.has_sequence_header && walk.has_delta_frame;
  return facts;
}

}  // namespace sluice::rtp
