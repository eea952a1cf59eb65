#include "rtp/rtx.h"

#include <algorithm>

namespace sluice::rtp {

std::optional<RtxPayload> unpack_rtx(Bytes payload) {
  if (payload.size() < kRtxOsnBytes) return std::nullopt;
  return RtxPayload{load_u16(payload, 0), payload.subspan(kRtxOsnBytes)};
}

size_t pack_rtx(MutableBytes room, uint16_t original_sequence, Bytes payload) {
  const size_t size = kRtxOsnBytes + payload.size();
  if (size > room.size()) return 0;
  store_u16(room, 0, original_sequence);
  uint8_t* place = room.data() + kRtxOsnBytes;
  if (payload.data() != place) std::copy(payload.begin(), payload.end(), place);
  return size;
}

std::optional<RtpView> unwrap_rtx(const RtpView& rtx, uint32_t ssrc, uint8_t payload_type) {
  const auto content = unpack_rtx(rtx.payload());
  if (!content) return std::nullopt;
  return rtx.as_original(ssrc, payload_type, content->original_sequence, content->payload);
}

}  // namespace sluice::rtp
