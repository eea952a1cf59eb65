// VP8 payload descriptor (RFC 7741, 4.2) and the start of the VP8 payload header (4.3).
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace sluice::rtp {

struct Vp8Descriptor {
  // Where a field stands in the payload, for rewriting; 0: absent (it is never at 0).
  uint8_t picture_id_at = 0;
  uint8_t tl0_pic_idx_at = 0;
  uint8_t layer_at = 0;  // The byte with TID, Y and KEYIDX.
  uint8_t bytes = 0;     // Size of the descriptor: the VP8 payload follows.

  uint16_t picture_id = 0;  // 7 or 15 bits.
  bool wide_picture_id = false;
  uint8_t tl0_pic_idx = 0;
  uint8_t partition = 0;            // PID, 3 bits.
  uint8_t temporal = 0;             // TID, 2 bits.
  uint8_t key_index = 0;            // KEYIDX, 5 bits.
  bool has_temporal = false;        // T: TID and Y are there.
  bool has_key_index = false;       // K.
  bool layer_sync = false;          // Y: depends on TID 0 frames alone, so one can switch up here.
  bool start_of_partition = false;  // S.
  bool non_reference = false;       // N: may be dropped, nothing refers to it.
  bool is_key_frame = false;        // First packet of a key frame (P of the payload header is 0).

  bool has_picture_id() const { return picture_id_at != 0; }
  bool has_tl0_pic_idx() const { return tl0_pic_idx_at != 0; }
  bool starts_frame() const { return start_of_partition && partition == 0; }
};

// nullopt when the descriptor is longer than the payload or nothing follows it.
std::optional<Vp8Descriptor> parse_vp8(Bytes payload);

}  // namespace sluice::rtp
