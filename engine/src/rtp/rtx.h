// Retransmission payload format (RFC 4588, 4): the original sequence number (OSN), then the
// original payload.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "rtp/rtp_view.h"

namespace sluice::rtp {

constexpr size_t kRtxOsnBytes = 2;

struct RtxPayload {
  uint16_t original_sequence = 0;
  Bytes payload;  // May be empty: the original was padding alone.
};

// nullopt when there is no OSN: such a packet is padding, sent by libwebrtc to probe bandwidth.
std::optional<RtxPayload> unpack_rtx(Bytes payload);

// Writes OSN and payload into `room` (the slot after its header), where the payload may stand in
// its place already. 0 when they do not fit.
size_t pack_rtx(MutableBytes room, uint16_t original_sequence, Bytes payload);

// The original packet, seen through the RTX packet that carries it: sequence number, payload, SSRC
// and payload type are the original's; timestamp, marker and extensions are those of the RTX
// packet, which RFC 4588, 4 makes equal. nullopt as for unpack_rtx().
std::optional<RtpView> unwrap_rtx(const RtpView& rtx, uint32_t ssrc, uint8_t payload_type);

}  // namespace sluice::rtp
