#include "rtcp/remb.h"

namespace sluice::rtcp {
namespace {

constexpr uint32_t kIdentifier = 0x52454D42;  // "REMB".
constexpr size_t kFixedBytes = 16;
constexpr unsigned kMantissaBits = 18;
constexpr size_t kSsrcsMax = 255;

}  // namespace

bool Remb::has_identifier(const PacketView& packet) {
  return packet.body.size() >= 12 && load_u32(packet.body, 8) == kIdentifier;
}

std::optional<Remb> Remb::parse(const PacketView& packet) {
  if (packet.body.size() < kFixedBytes || !has_identifier(packet)) return std::nullopt;
  const size_t list_bytes = packet.body[12] * size_t{4};
  if (packet.body.size() != kFixedBytes + list_bytes) return std::nullopt;

  const unsigned exponent = packet.body[13] >> 2;
  const uint64_t mantissa = load_u24(packet.body, 13) & ((1u << kMantissaBits) - 1);
  const uint64_t bitrate = mantissa << exponent;
  if (bitrate >> exponent != mantissa) return std::nullopt;
  return Remb{load_u32(packet.body, 0), bitrate,
              SsrcList(packet.body.subspan(kFixedBytes, list_bytes))};
}

bool Remb::write(CompoundWriter& out, uint32_t sender_ssrc, uint64_t bitrate,
                 std::span<const uint32_t> ssrcs) {
  if (ssrcs.size() > kSsrcsMax) return false;
  unsigned exponent = 0;
  while (bitrate >> exponent >> kMantissaBits != 0) ++exponent;

  const auto body =
      out.add(kTypePayloadFeedback, kFormatApplicationLayer, kFixedBytes + ssrcs.size() * 4);
  if (!body) return false;
  store_u32(*body, 0, sender_ssrc);
  store_u32(*body, 4, 0);  // 2.2: the media source is always 0.
  store_u32(*body, 8, kIdentifier);
  (*body)[12] = static_cast<uint8_t>(ssrcs.size());
  store_u24(*body, 13, exponent << kMantissaBits | static_cast<uint32_t>(bitrate >> exponent));
  for (size_t i = 0; i < ssrcs.size(); ++i) store_u32(*body, kFixedBytes + i * 4, ssrcs[i]);
  return true;
}

}  // namespace sluice::rtcp
