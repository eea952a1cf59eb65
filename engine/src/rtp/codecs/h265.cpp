// RFC 7798, 4.4: single NAL units, aggregation packets and fragmentation units, without DONL
// (sprop-max-don-diff is 0 in WebRTC). PACI packets carry one of these inside.
#include "rtp/codecs/nal.h"

namespace sluice::rtp {
namespace {

// ITU-T H.265, table 7-1; RFC 7798, 4.4.
constexpr size_t kNalHeaderBytes = 2;
constexpr uint8_t kNalVclMax = 31;
constexpr uint8_t kNalIrapMin = 16;
constexpr uint8_t kNalIrapMax = 23;
constexpr uint8_t kNalVps = 32;
constexpr uint8_t kNalSps = 33;
constexpr uint8_t kNalMax = 47;
constexpr uint8_t kAggregate = 48;
constexpr uint8_t kFragment = 49;
constexpr uint8_t kPaci = 50;

constexpr uint8_t type_of(uint8_t first) {
  return first >> 1 & 0x3F;
}

// `slice` begins after the NAL header. H.265, 7.3.6.1: the first bit of a slice segment header says
// that it is the first of its picture.
void note_unit(NalFacts& facts, uint8_t type, Bytes slice) {
  const bool first_slice = !slice.empty() && (slice[0] & 0x80);
  if (type == kNalVps || type == kNalSps) facts.starts_parameters = true;
  if (type == kNalVps) facts.leads_parameters = true;
  if (type > kNalVclMax || !first_slice) return;
  facts.starts_picture = true;
  if (type >= kNalIrapMin && type <= kNalIrapMax) facts.starts_random_access = true;
}

bool read_aggregate(NalFacts& facts, Bytes units) {
  while (!units.empty()) {
    if (units.size() < 2) return false;
    const size_t size = load_u16(units, 0);
    if (size < kNalHeaderBytes || size > units.size() - 2) return false;
    const Bytes unit = units.subspan(2, size);
    note_unit(facts, type_of(unit[0]), unit.subspan(kNalHeaderBytes));
    units = units.subspan(2 + size);
    ++facts.units;
  }
  return facts.units != 0;
}

bool read_fragment(NalFacts& facts, Bytes fragment) {
  if (fragment.size() < 2) return false;
  facts.units = 1;
  facts.is_fragment = true;
  facts.starts_unit = fragment[0] & 0x80;
  facts.ends_unit = fragment[0] & 0x40;
  if (facts.starts_unit && facts.ends_unit) return false;  // RFC 7798, 4.4.3.
  if (facts.starts_unit) note_unit(facts, fragment[0] & 0x3F, fragment.subspan(1));
  return true;
}

bool read_content(NalFacts& facts, uint8_t type, Bytes content) {
  if (type <= kNalMax) {
    facts.units = 1;
    note_unit(facts, type, content);
    return true;
  }
  if (type == kAggregate) return read_aggregate(facts, content);
  if (type == kFragment) return read_fragment(facts, content);
  return false;
}

// RFC 7798, 4.4.4: A, cType, PHSsize, flags, then the extension of PHSsize bytes, then the content.
bool read_paci(NalFacts& facts, Bytes paci) {
  if (paci.size() < 2) return false;
  const uint16_t head = load_u16(paci, 0);
  const uint8_t content_type = head >> 9 & 0x3F;
  const size_t extension_bytes = head >> 4 & 0x1F;
  if (content_type == kPaci || extension_bytes + 2 > paci.size()) return false;
  return read_content(facts, content_type, paci.subspan(2 + extension_bytes));
}

}  // namespace

std::optional<NalFacts> parse_h265(Bytes payload) {
  if (payload.size() <= kNalHeaderBytes) return std::nullopt;
  const uint8_t type = type_of(payload[0]);
  const uint8_t temporal_plus_1 = payload[1] & 0x07;
  if (temporal_plus_1 == 0) return std::nullopt;  // H.265, 7.4.2.2: forbidden.

  NalFacts facts;
  facts.starts_unit = true;
  facts.ends_unit = true;
  facts.temporal = static_cast<uint8_t>(temporal_plus_1 - 1);
  const Bytes content = payload.subspan(kNalHeaderBytes);
  const bool sound = type == kPaci ? read_paci(facts, content) : read_content(facts, type, content);
  if (!sound) return std::nullopt;
  return facts;
}

}  // namespace sluice::rtp
