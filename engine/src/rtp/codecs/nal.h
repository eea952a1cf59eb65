// H.264 (RFC 6184) and H.265 (RFC 7798) payloads: which NAL units a packet starts.
//
// Both say the same things here: single NAL units, aggregation packets, fragments. A key frame
// starts where its parameter sets or its first random-access slice start, whichever comes first, so
// that a receiver that begins there has all it needs.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace sluice::rtp {

struct NalFacts {
  uint16_t units = 0;                 // NAL units in the packet; a fragment counts as one.
  bool starts_parameters = false;     // A VPS (H.265) or SPS starts here.
  bool leads_parameters = false;      // The first of the sets: a VPS (H.265), an SPS (H.264).
  bool starts_random_access = false;  // An IDR (H.264) or IRAP (H.265) picture's slice starts here.
  bool starts_picture = false;        // The first slice of a picture starts here.
  bool is_fragment = false;           // FU.
  bool starts_unit = false;           // False: the packet continues a NAL unit.
  bool ends_unit = false;             // False: the NAL unit goes on in the next packet.
  uint8_t temporal = 0;               // H.265: lowest TemporalId of the packet; H.264: always 0.

  bool is_key_frame() const { return starts_parameters || starts_random_access; }
};

// nullopt when a length lies, a NAL unit is empty or the packet type is reserved.
std::optional<NalFacts> parse_h264(Bytes payload);
std::optional<NalFacts> parse_h265(Bytes payload);

}  // namespace sluice::rtp
