#include "rtcp/nack.h"

namespace sluice::rtcp {
namespace {

constexpr size_t kFixedBytes = 8;  // Both SSRCs.
constexpr size_t kItemBytes = 4;
constexpr uint16_t kBlpBits = 16;

// One PID and the BLP of what follows it in `lost` from `at` on; moves `at` past them.
uint32_t next_item(std::span<const uint16_t> lost, size_t& at) {
  const uint16_t pid = lost[at++];
  uint16_t blp = 0;
  while (at < lost.size()) {
    const auto ahead = static_cast<uint16_t>(lost[at] - pid);
    if (ahead > kBlpBits) break;
    if (ahead != 0) blp = static_cast<uint16_t>(blp | 1u << (ahead - 1));
    ++at;
  }
  return uint32_t{pid} << 16 | blp;
}

}  // namespace

std::optional<Nack> Nack::parse(const PacketView& packet) {
  if (packet.body.size() < kFixedBytes + kItemBytes) return std::nullopt;
  if ((packet.body.size() - kFixedBytes) % kItemBytes != 0) return std::nullopt;
  Nack nack;
  nack.sender_ssrc = load_u32(packet.body, 0);
  nack.media_ssrc = load_u32(packet.body, 4);
  nack.items_ = packet.body.subspan(kFixedBytes);
  return nack;
}

size_t Nack::write(CompoundWriter& out, uint32_t sender_ssrc, uint32_t media_ssrc,
                   std::span<const uint16_t> lost) {
  constexpr size_t kHeadBytes = kHeaderBytes + kFixedBytes;
  if (lost.empty() || out.bytes_left() < kHeadBytes + kItemBytes) return 0;
  const size_t items_max = (out.bytes_left() - kHeadBytes) / kItemBytes;
  size_t items = 0;
  for (size_t at = 0; at < lost.size() && items < items_max; ++items) next_item(lost, at);

  const auto body = out.add(kTypeTransportFeedback, kFormatNack, kFixedBytes + items * kItemBytes);
  if (!body) return 0;
  store_u32(*body, 0, sender_ssrc);
  store_u32(*body, 4, media_ssrc);
  size_t written = 0;
  for (size_t i = 0; i < items; ++i) {
    store_u32(*body, kFixedBytes + i * kItemBytes, next_item(lost, written));
  }
  return written;
}

}  // namespace sluice::rtcp
