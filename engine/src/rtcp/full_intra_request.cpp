#include "rtcp/full_intra_request.h"

namespace sluice::rtcp {
namespace {

constexpr size_t kFixedBytes = 8;  // Sender SSRC, and a media SSRC that is not used.
constexpr size_t kItemBytes = 8;

}  // namespace

std::optional<FullIntraRequest> FullIntraRequest::parse(const PacketView& packet) {
  if (packet.body.size() < kFixedBytes + kItemBytes) return std::nullopt;
  if ((packet.body.size() - kFixedBytes) % kItemBytes != 0) return std::nullopt;
  FullIntraRequest request;
  request.sender_ssrc = load_u32(packet.body, 0);
  request.items_ = packet.body.subspan(kFixedBytes);
  return request;
}

bool FullIntraRequest::write(CompoundWriter& out, uint32_t sender_ssrc,
                             std::span<const Item> items) {
  if (items.empty()) return false;
  const auto body =
      out.add(kTypePayloadFeedback, kFormatFir, kFixedBytes + items.size() * kItemBytes);
  if (!body) return false;
  store_u32(*body, 0, sender_ssrc);
  store_u32(*body, 4, 0);  // RFC 5104, 4.3.1.2: set to 0.
  size_t at = kFixedBytes;
  for (const Item& item : items) {
    store_u32(*body, at, item.ssrc);
    store_u32(*body, at + 4, uint32_t{item.sequence} << 24);
    at += kItemBytes;
  }
  return true;
}

}  // namespace sluice::rtcp
