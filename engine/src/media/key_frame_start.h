// Where a key frame of H.264 or H.265 starts for a receiver that begins there.
//
// Encoders put parameter sets before the picture: as a rule before each key picture, some once,
// some never (they are in the SDP then). A packet with the first of the sets is a start. One with
// the picture alone is a start only if no sets of its own can have been lost before it: else a
// receiver that began there could not decode, and would get the sets too late.
#pragma once

#include <cstdint>

#include "rtp/codecs/payload_facts.h"

namespace sluice::media {

// One a received stream.
class KeyFrameStart {
 public:
  // Takes each new packet, by its extended number; true when a receiver can start at this one.
  bool judge(uint64_t seq, uint32_t timestamp, const rtp::PayloadFacts& facts);

 private:
  uint64_t next_ = 0;         // The number after the highest.
  uint32_t timestamp_ = 0;    // Of the picture it belongs to.
  bool has_led_ = false;      // The stream carries parameter sets.
  bool is_whole_ = false;     // The picture's packets were all there, from its first one on.
  bool has_started_ = false;  // The picture has had its start.
};

}  // namespace sluice::media
