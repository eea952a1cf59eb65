#include "rtp/codecs/vp8.h"

namespace sluice::rtp {

std::optional<Vp8Descriptor> parse_vp8(Bytes payload) {
  if (payload.empty()) return std::nullopt;
  Vp8Descriptor descriptor;
  const uint8_t required = payload[0];
  descriptor.non_reference = required & 0x20;
  descriptor.start_of_partition = required & 0x10;
  descriptor.partition = required & 0x07;

  uint8_t at = 1;
  if (required & 0x80) {
    if (payload.size() <= at) return std::nullopt;
    const uint8_t present = payload[at++];  // I, L, T, K.
    if (present & 0x80) {
      if (payload.size() <= at) return std::nullopt;
      descriptor.picture_id_at = at;
      descriptor.wide_picture_id = payload[at] & 0x80;
      if (descriptor.wide_picture_id) {
        if (payload.size() < at + size_t{2}) return std::nullopt;
        descriptor.picture_id = load_u16(payload, at) & 0x7FFF;
        at += 2;
      } else {
        descriptor.picture_id = payload[at++];
      }
    }
    if (present & 0x40) {
      if (payload.size() <= at) return std::nullopt;
      descriptor.tl0_pic_idx_at = at;
      descriptor.tl0_pic_idx = payload[at++];
    }
    if (present & 0x30) {
      if (payload.size() <= at) return std::nullopt;
      descriptor.layer_at = at;
      const uint8_t layer = payload[at++];
      descriptor.has_temporal = present & 0x20;
      descriptor.has_key_index = present & 0x10;
      if (descriptor.has_temporal) {
        descriptor.temporal = layer >> 6;
        descriptor.layer_sync = layer & 0x20;
      }
      if (descriptor.has_key_index) descriptor.key_index = layer & 0x1F;
    }
  }
  if (payload.size() <= at) return std::nullopt;
  descriptor.bytes = at;
  // RFC 7741, 4.3: the lowest bit of the payload header is the inverse key frame flag.
  descriptor.is_key_frame = descriptor.starts_frame() && !(payload[at] & 0x01);
  return descriptor;
}

}  // namespace sluice::rtp
