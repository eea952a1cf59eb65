// AV1 payloads (RTP Payload Format For AV1, 4.4 and 4.5): the aggregation header and a walk over
// the OBU elements.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace sluice::rtp {

struct Av1Facts {
  uint8_t elements = 0;              // OBU elements in the packet.
  bool continues_obu = false;        // Z: the first element continues an OBU of the packet before.
  bool obu_continues = false;        // Y: the last element goes on in the next packet.
  bool new_sequence = false;         // N: first packet of a coded video sequence.
  bool has_sequence_header = false;  // A sequence header OBU starts in this packet.
  bool starts_frame = false;         // A temporal delimiter, frame header or frame OBU starts here.
  bool has_layers = false;           // An OBU extension gave the ids below.
  uint8_t spatial = 0;               // Of the first OBU with an extension.
  uint8_t temporal = 0;

  bool repeats_sequence_header = false;  // It comes with a frame that is no key frame.

  // The spec asks for N on the first packet of a sequence; a sequence header OBU tells the same
  // where a sender forgot it.
  bool is_key_frame() const {
    return !continues_obu && (new_sequence || (has_sequence_header && !repeats_sequence_header));
  }
};

// nullopt when an element's length lies or is not a valid leb128.
std::optional<Av1Facts> parse_av1(Bytes payload);

}  // namespace sluice::rtp
