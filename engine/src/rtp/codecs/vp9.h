// VP9 payload descriptor (RFC 9628, 4.2; the former draft-ietf-payload-vp9).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace sluice::rtp {

struct Vp9Resolution {
  uint16_t width = 0;
  uint16_t height = 0;
};

// What the scalability structure (SS, RFC 9628, 4.2.1) tells beside picture groups.
struct Vp9Structure {
  std::array<Vp9Resolution, 8> resolutions{};  // By spatial layer, when has_resolutions.
  uint8_t spatial_layers = 1;                  // N_S + 1.
  uint8_t pictures = 0;                        // N_G: pictures in a group, 0 without a group.
  bool has_resolutions = false;
};

struct Vp9Descriptor {
  uint8_t picture_id_at = 0;   // Offsets in the payload; 0: absent.
  uint8_t layer_at = 0;        // The byte with TID, U, SID and D.
  uint8_t tl0_pic_idx_at = 0;  // Non-flexible mode alone.
  uint16_t bytes = 0;          // Size of the descriptor: the VP9 payload follows.

  uint16_t picture_id = 0;
  bool wide_picture_id = false;
  uint8_t tl0_pic_idx = 0;
  uint8_t spatial = 0;                // SID.
  uint8_t temporal = 0;               // TID.
  uint8_t references = 0;             // P_DIFFs in flexible mode, at most 3.
  bool has_layers = false;            // L.
  bool inter_picture = false;         // P: refers to earlier pictures.
  bool flexible = false;              // F.
  bool starts_frame = false;          // B: first packet of a layer frame.
  bool ends_frame = false;            // E: last packet of a layer frame.
  bool switching_up = false;          // U: higher temporal layers may start after this picture.
  bool inter_layer = false;           // D: depends on the spatial layer below in this picture.
  bool not_for_upper_layers = false;  // Z: no higher spatial layer refers to this frame.
  bool has_structure = false;         // V.

  bool has_picture_id() const { return picture_id_at != 0; }
  // First packet of a key picture: decoding can start here.
  bool is_key_frame() const { return starts_frame && !inter_picture && spatial == 0; }
};

// `structure`, when given, gets the SS if the packet has one (has_structure says).
std::optional<Vp9Descriptor> parse_vp9(Bytes payload, Vp9Structure* structure = nullptr);

}  // namespace sluice::rtp
