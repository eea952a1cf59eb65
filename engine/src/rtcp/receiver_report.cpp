#include "rtcp/receiver_report.h"

namespace sluice::rtcp {
namespace {

constexpr size_t kFixedBytes = 4;  // SSRC.

}  // namespace

std::optional<ReceiverReport> ReceiverReport::parse(const PacketView& packet) {
  const size_t block_bytes = packet.count * kReportBlockBytes;
  if (packet.body.size() < kFixedBytes + block_bytes) return std::nullopt;
  ReceiverReport report;
  report.ssrc = load_u32(packet.body, 0);
  report.blocks = ReportBlocks(packet.body.subspan(kFixedBytes, block_bytes));
  return report;
}

bool ReceiverReport::write(CompoundWriter& out, std::span<const ReportBlock> list) const {
  if (list.size() > kReportBlocksMax) return false;
  const auto body = out.add(kTypeReceiverReport, static_cast<uint8_t>(list.size()),
                            kFixedBytes + list.size() * kReportBlockBytes);
  if (!body) return false;
  store_u32(*body, 0, ssrc);
  for (size_t i = 0; i < list.size(); ++i) {
    store_report_block(body->subspan(kFixedBytes + i * kReportBlockBytes, kReportBlockBytes),
                       list[i]);
  }
  return true;
}

}  // namespace sluice::rtcp
