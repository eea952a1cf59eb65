// One RTP packet (RFC 3550, 5.1), parsed once into a checked view. It owns nothing: the bytes must
// outlive it, and nobody writes them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace sluice::rtp {

// The header extensions the engine knows (RFC 8285 carries them under negotiated ids).
enum class ExtensionKind : uint8_t {
  mid,                    // urn:ietf:params:rtp-hdrext:sdes:mid (RFC 9143)
  rid,                    // urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id (RFC 8852)
  rrid,                   // urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id (RFC 8852)
  abs_send_time,          // http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
  transport_cc,           // draft-holmer-rmcat-transport-wide-cc-extensions-01
  audio_level,            // urn:ietf:params:rtp-hdrext:ssrc-audio-level (RFC 6464)
  dependency_descriptor,  // AV1 RTP, appendix A
  video_orientation,      // urn:3gpp:video-orientation (3GPP TS 26.114)
  time_offset,            // urn:ietf:params:rtp-hdrext:toffset (RFC 5450)
  abs_capture_time,       // http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time
  playout_delay,          // http://www.webrtc.org/experiments/rtp-hdrext/playout-delay
  packet_id,              // urn:mediasoup:params:rtp-hdrext:packet-id
};
constexpr size_t kExtensionKinds = 12;

// Which id a kind has on one side of a transport; 0 when it was not negotiated.
struct ExtensionIds {
  std::array<uint8_t, kExtensionKinds> id_of{};  // By kind.
  std::array<uint8_t, 256> kind_of{};            // By id: kind + 1; 0 is unknown.

  void set(ExtensionKind kind, uint8_t id) {
    if (id == 0) return;
    id_of[static_cast<size_t>(kind)] = id;
    kind_of[id] = static_cast<uint8_t>(static_cast<uint8_t>(kind) + 1);
  }
  uint8_t id(ExtensionKind kind) const { return id_of[static_cast<size_t>(kind)]; }
};

constexpr size_t kFixedHeaderBytes = 12;

class RtpView {
 public:
  // Checks the whole header, padding and extension block; nullopt when any length lies. Extensions
  // come from the known ids alone (one- and two-byte forms, RFC 8285); the first of a kind counts.
  static std::optional<RtpView> parse(Bytes packet, const ExtensionIds& ids);

  bool marker() const { return marker_; }
  uint8_t payload_type() const { return payload_type_; }
  uint16_t sequence() const { return sequence_; }
  uint32_t timestamp() const { return timestamp_; }
  uint32_t ssrc() const { return ssrc_; }
  Bytes payload() const { return payload_; }  // Without padding.
  uint8_t padding_bytes() const { return padding_bytes_; }
  Bytes packet() const { return packet_; }  // All of it.
  Bytes csrcs() const { return csrcs_; }

  // The value of an extension; empty when the packet does not carry it.
  Bytes extension(ExtensionKind kind) const {
    const auto& place = extensions_[static_cast<size_t>(kind)];
    return packet_.subspan(place.offset, place.size);
  }
  bool has(ExtensionKind kind) const { return extensions_[static_cast<size_t>(kind)].offset != 0; }

  // Forgets the extensions of kinds that `ids` do not know: of a transport's, a producer's own.
  void keep_only(const ExtensionIds& ids) {
    for (size_t kind = 0; kind < kExtensionKinds; ++kind) {
      if (ids.id_of[kind] == 0) extensions_[kind] = {};
    }
  }
  // The value of an extension that the packet carries is now its first bytes alone.
  void shorten(ExtensionKind kind, uint8_t bytes) {
    extensions_[static_cast<size_t>(kind)].size = bytes;
  }

  // Nothing to decode: padding alone (bandwidth probing), or nothing at all.
  bool is_padding_only() const { return payload_.empty(); }

  // The same packet seen as the one it repairs: what differs, the rest stays (see rtp/rtx.h).
  RtpView as_original(uint32_t ssrc, uint8_t payload_type, uint16_t sequence, Bytes payload) const {
    RtpView original = *this;
    original.ssrc_ = ssrc;
    original.payload_type_ = payload_type;
    original.sequence_ = sequence;
    original.payload_ = payload;
    return original;
  }

 private:
  struct Place {
    uint16_t offset = 0;
    uint8_t size = 0;
  };

  Bytes packet_;
  Bytes payload_;
  Bytes csrcs_;
  std::array<Place, kExtensionKinds> extensions_{};
  uint32_t timestamp_ = 0;
  uint32_t ssrc_ = 0;
  uint16_t sequence_ = 0;
  uint8_t payload_type_ = 0;
  uint8_t padding_bytes_ = 0;
  bool marker_ = false;
};

}  // namespace sluice::rtp
