// What the engine wants to know of a payload, the same for each codec: read once when a packet
// comes in, used by every consumer of its producer.
#pragma once

#include <cstdint>
#include <variant>

#include "base/bytes.h"
#include "rtp/codecs/av1.h"
#include "rtp/codecs/codec.h"
#include "rtp/codecs/dependency_descriptor.h"
#include "rtp/codecs/nal.h"
#include "rtp/codecs/opus.h"
#include "rtp/codecs/vp8.h"
#include "rtp/codecs/vp9.h"
#include "rtp/rtp_view.h"

namespace sluice::rtp {

struct PayloadFacts {
  bool is_key_frame = false;  // A receiver can start to decode at this packet.
  // H.264 and H.265: a key frame that surely begins here (media/key_frame_start.h).
  bool leads_key_frame = false;
  bool starts_frame = false;  // First packet of a frame (of a layer frame with spatial layers).
  bool ends_frame = false;    // Last packet of it; the marker where the payload does not tell.
  bool has_layers = false;    // The ids below come from the packet.
  uint8_t spatial = 0;
  uint8_t temporal = 0;
  bool is_independent = false;  // Needs no earlier picture (may need the layer below in its own).
  bool can_switch_temporal = false;  // One can start to forward this temporal layer here.
  bool can_switch_spatial = false;   // One can start to forward this spatial layer here.
  bool is_discardable = false;       // Nobody depends on it.
  bool is_dtx = false;               // Opus: silence.
  bool is_malformed = false;         // The payload does not parse: forward it or not, but count it.

  // What the codec says in full, for rewriting and layer selection.
  std::variant<std::monostate, Vp8Descriptor, Vp9Descriptor, DependencyFacts> detail;
};

// VP8 and VP9 payloads tell their layers themselves.
constexpr bool reads_descriptors(Codec codec) {
  return codec == Codec::av1 || codec == Codec::h264 || codec == Codec::h265;
}

// `dependency` may be null: then descriptors are not read.
PayloadFacts describe(Codec codec, Bytes payload, bool marker, Bytes descriptor = {},
                      DependencyReader* dependency = nullptr);

inline PayloadFacts describe(Codec codec, const RtpView& packet,
                             DependencyReader* dependency = nullptr) {
  return describe(codec, packet.payload(), packet.marker(),
                  packet.extension(ExtensionKind::dependency_descriptor), dependency);
}

}  // namespace sluice::rtp
