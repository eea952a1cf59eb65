#include "rtp/codecs/opus.h"

namespace sluice::rtp {

std::optional<OpusFacts> parse_opus(Bytes payload) {
  if (payload.empty()) return std::nullopt;
  OpusFacts facts;
  facts.configuration = payload[0] >> 3;
  facts.stereo = payload[0] & 0x04;
  facts.frame_code = payload[0] & 0x03;
  // RFC 6716, 3.1: a frame of no bytes is not transmitted (DTX or lost). Codes 0 and 1 then leave
  // the TOC alone; code 2 adds the first frame's length, which is 0. Code 3 with empty frames is
  // not what encoders make of silence.
  switch (facts.frame_code) {
    case 0:
    case 1:
      facts.is_dtx = payload.size() == 1;
      break;
    case 2:
      facts.is_dtx = payload.size() == 2;
      break;
    default:
      break;
  }
  return facts;
}

}  // namespace sluice::rtp
