#include "rtcp/compound_reader.h"

namespace sluice::rtcp {
namespace {

// RFC 5761, 4: the packet types that may share a socket with RTP.
constexpr uint8_t kTypeMin = 192;
constexpr uint8_t kTypeMax = 223;

}  // namespace

std::optional<PacketView> CompoundReader::refuse() {
  malformed_ = true;
  rest_ = {};
  return std::nullopt;
}

std::optional<PacketView> CompoundReader::next() {
  if (rest_.empty()) return std::nullopt;
  if (rest_.size() < kHeaderBytes) return refuse();
  if (rest_[0] >> 6 != 2) return refuse();
  if (rest_[1] < kTypeMin || rest_[1] > kTypeMax) return refuse();

  // RFC 3550, 6.4.1: the length in words, less one.
  const size_t size = (load_u16(rest_, 2) + size_t{1}) * 4;
  if (size > rest_.size()) return refuse();

  PacketView view;
  view.type = rest_[1];
  view.count = rest_[0] & 0x1F;
  view.packet = rest_.first(size);
  view.body = view.packet.subspan(kHeaderBytes);
  if (rest_[0] & 0x20) {
    // RFC 3550, 6.4.1: the last byte counts the padding, a multiple of four. Padding belongs on the
    // last packet of a compound alone, but libwebrtc pads transport feedback wherever it stands.
    if (view.body.empty()) return refuse();
    const uint8_t padding = view.body.back();
    if (padding == 0 || padding > view.body.size()) return refuse();
    view.body = view.body.first(view.body.size() - padding);
  }
  rest_ = rest_.subspan(size);
  return view;
}

}  // namespace sluice::rtcp
