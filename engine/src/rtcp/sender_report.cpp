#include "rtcp/sender_report.h"

namespace sluice::rtcp {
namespace {

constexpr size_t kFixedBytes = 24;  // SSRC and sender info.

}  // namespace

std::optional<SenderReport> SenderReport::parse(const PacketView& packet) {
  const size_t block_bytes = packet.count * kReportBlockBytes;
  // What follows the blocks is a profile's extension (RFC 3550, 6.4.3).
  if (packet.body.size() < kFixedBytes + block_bytes) return std::nullopt;
  SenderReport report;
  report.ssrc = load_u32(packet.body, 0);
  report.ntp = {load_u32(packet.body, 4), load_u32(packet.body, 8)};
  report.rtp_timestamp = load_u32(packet.body, 12);
  report.packets = load_u32(packet.body, 16);
  report.octets = load_u32(packet.body, 20);
  report.blocks = ReportBlocks(packet.body.subspan(kFixedBytes, block_bytes));
  return report;
}

bool SenderReport::write(CompoundWriter& out, std::span<const ReportBlock> list) const {
  if (list.size() > kReportBlocksMax) return false;
  const auto body = out.add(kTypeSenderReport, static_cast<uint8_t>(list.size()),
                            kFixedBytes + list.size() * kReportBlockBytes);
  if (!body) return false;
  store_u32(*body, 0, ssrc);
  store_u32(*body, 4, ntp.seconds);
  store_u32(*body, 8, ntp.fraction);
  store_u32(*body, 12, rtp_timestamp);
  store_u32(*body, 16, packets);
  store_u32(*body, 20, octets);
  for (size_t i = 0; i < list.size(); ++i) {
    store_report_block(body->subspan(kFixedBytes + i * kReportBlockBytes, kReportBlockBytes),
                       list[i]);
  }
  return true;
}

}  // namespace sluice::rtcp
