// RFC 6184, 5. WebRTC negotiates packetization modes 0 and 1: single NAL units, STAP-A and FU-A.
// The interleaved forms of mode 2 are refused.
#include "rtp/codecs/nal.h"

namespace sluice::rtp {
namespace {

// RFC 6184, table 1, and ITU-T H.264, table 7-1.
constexpr uint8_t kTypeMask = 0x1F;
constexpr uint8_t kNalSlice = 1;
constexpr uint8_t kNalPartitionA = 2;
constexpr uint8_t kNalIdr = 5;
constexpr uint8_t kNalSps = 7;
constexpr uint8_t kNalMax = 23;
constexpr uint8_t kStapA = 24;
constexpr uint8_t kFuA = 28;

// `slice` begins after the NAL header. H.264, 7.3.3: first_mb_in_slice comes first, as ue(v), so a
// leading 1 is the value 0: the first slice of the picture.
void note_unit(NalFacts& facts, uint8_t type, Bytes slice) {
  const bool first_slice = !slice.empty() && (slice[0] & 0x80);
  if (type == kNalSps) facts.starts_parameters = facts.leads_parameters = true;
  if (type == kNalIdr && first_slice) facts.starts_random_access = true;
  if ((type == kNalIdr || type == kNalSlice || type == kNalPartitionA) && first_slice) {
    facts.starts_picture = true;
  }
}

bool read_aggregate(NalFacts& facts, Bytes units) {
  while (!units.empty()) {
    if (units.size() < 2) return false;
    const size_t size = load_u16(units, 0);
    if (size == 0 || size > units.size() - 2) return false;
    note_unit(facts, units[2] & kTypeMask, units.subspan(3, size - 1));
    units = units.subspan(2 + size);
    ++facts.units;
  }
  return facts.units != 0;
}

}  // namespace

std::optional<NalFacts> parse_h264(Bytes payload) {
  if (payload.empty()) return std::nullopt;
  const uint8_t type = payload[0] & kTypeMask;
  NalFacts facts;
  facts.starts_unit = true;
  facts.ends_unit = true;
  if (type >= 1 && type <= kNalMax) {
    facts.units = 1;
    note_unit(facts, type, payload.subspan(1));
    return facts;
  }
  if (type == kStapA) {
    if (!read_aggregate(facts, payload.subspan(1))) return std::nullopt;
    return facts;
  }
  if (type == kFuA) {
    if (payload.size() < 3) return std::nullopt;
    facts.units = 1;
    facts.is_fragment = true;
    facts.starts_unit = payload[1] & 0x80;
    facts.ends_unit = payload[1] & 0x40;
    // RFC 6184, 5.8: start and end in one packet would be a single NAL unit.
    if (facts.starts_unit && facts.ends_unit) return std::nullopt;
    if (facts.starts_unit) note_unit(facts, payload[1] & kTypeMask, payload.subspan(2));
    return facts;
  }
  return std::nullopt;
}

}  // namespace sluice::rtp
