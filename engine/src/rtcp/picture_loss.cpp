#include "rtcp/picture_loss.h"

namespace sluice::rtcp {
namespace {

constexpr size_t kBodyBytes = 8;  // Both SSRCs, and nothing else.

}  // namespace

std::optional<PictureLoss> PictureLoss::parse(const PacketView& packet) {
  if (packet.body.size() != kBodyBytes) return std::nullopt;
  return PictureLoss{load_u32(packet.body, 0), load_u32(packet.body, 4)};
}

bool PictureLoss::write(CompoundWriter& out) const {
  const auto body = out.add(kTypePayloadFeedback, kFormatPli, kBodyBytes);
  if (!body) return false;
  store_u32(*body, 0, sender_ssrc);
  store_u32(*body, 4, media_ssrc);
  return true;
}

}  // namespace sluice::rtcp
