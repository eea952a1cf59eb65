#include "rtcp/bye.h"

namespace sluice::rtcp {
namespace {

constexpr size_t kReasonBytesMax = 255;

}  // namespace

std::optional<Bye> Bye::parse(const PacketView& packet) {
  const size_t list_bytes = packet.count * size_t{4};
  if (packet.body.size() < list_bytes) return std::nullopt;
  Bye bye;
  bye.ssrcs = SsrcList(packet.body.first(list_bytes));
  const Bytes rest = packet.body.subspan(list_bytes);
  if (!rest.empty()) {
    const size_t reason_bytes = rest[0];
    if (reason_bytes > rest.size() - 1) return std::nullopt;
    bye.reason = {reinterpret_cast<const char*>(rest.data()) + 1, reason_bytes};
  }
  return bye;
}

bool Bye::write(CompoundWriter& out, std::span<const uint32_t> ssrcs, std::string_view reason) {
  if (ssrcs.size() > kCountMax || reason.size() > kReasonBytesMax) return false;
  const size_t list_bytes = ssrcs.size() * 4;
  // RFC 3550, 6.6: the reason is filled with zeros to a word; that is not padding.
  const size_t reason_bytes = reason.empty() ? 0 : (1 + reason.size() + 3) / 4 * 4;
  const auto body =
      out.add(kTypeBye, static_cast<uint8_t>(ssrcs.size()), list_bytes + reason_bytes);
  if (!body) return false;
  for (size_t i = 0; i < ssrcs.size(); ++i) store_u32(*body, i * 4, ssrcs[i]);
  if (reason_bytes != 0) {
    const MutableBytes text = body->subspan(list_bytes);
    std::fill(text.begin(), text.end(), uint8_t{0});
    text[0] = static_cast<uint8_t>(reason.size());
    std::copy(reason.begin(), reason.end(), text.begin() + 1);
  }
  return true;
}

}  // namespace sluice::rtcp
