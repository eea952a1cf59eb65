#include "rtcp/extended_report.h"

#include <limits>

namespace sluice::rtcp {
namespace {

// RFC 3611, 4.4 and 4.5.
constexpr uint8_t kBlockReferenceTime = 4;
constexpr uint8_t kBlockDlrr = 5;
constexpr size_t kBlockHeadBytes = 4;
constexpr size_t kReferenceTimeBytes = 8;

void put_block_head(MutableBytes body, size_t at, uint8_t type, size_t content_bytes) {
  body[at] = type;
  body[at + 1] = 0;
  store_u16(body, at + 2, static_cast<uint16_t>(content_bytes / 4));
}

}  // namespace

std::optional<ExtendedReport> ExtendedReport::parse(const PacketView& packet) {
  if (packet.body.size() < 4) return std::nullopt;
  ExtendedReport report;
  report.ssrc = load_u32(packet.body, 0);

  Bytes rest = packet.body.subspan(4);
  while (!rest.empty()) {
    if (rest.size() < kBlockHeadBytes) return std::nullopt;
    const size_t content_bytes = load_u16(rest, 2) * size_t{4};
    if (content_bytes > rest.size() - kBlockHeadBytes) return std::nullopt;
    const Bytes content = rest.subspan(kBlockHeadBytes, content_bytes);
    if (rest[0] == kBlockReferenceTime) {
      if (content.size() != kReferenceTimeBytes) return std::nullopt;
      if (!report.reference_time) {
        report.reference_time = NtpTime{load_u32(content, 0), load_u32(content, 4)};
      }
    } else if (rest[0] == kBlockDlrr) {
      if (content.size() % kDlrrBlockBytes != 0) return std::nullopt;
      if (report.dlrr.size() == 0) report.dlrr = DlrrBlocks(content);
    }
    rest = rest.subspan(kBlockHeadBytes + content_bytes);
  }
  return report;
}

bool ExtendedReport::write(CompoundWriter& out, uint32_t ssrc,
                           std::optional<NtpTime> reference_time,
                           std::span<const DlrrBlock> blocks) {
  const size_t dlrr_bytes = blocks.size() * kDlrrBlockBytes;
  if (dlrr_bytes / 4 > std::numeric_limits<uint16_t>::max()) return false;
  const size_t body_bytes = 4 + (reference_time ? kBlockHeadBytes + kReferenceTimeBytes : 0) +
                            (blocks.empty() ? 0 : kBlockHeadBytes + dlrr_bytes);
  const auto body = out.add(kTypeExtendedReport, 0, body_bytes);
  if (!body) return false;
  store_u32(*body, 0, ssrc);
  size_t at = 4;
  if (reference_time) {
    put_block_head(*body, at, kBlockReferenceTime, kReferenceTimeBytes);
    store_u32(*body, at + 4, reference_time->seconds);
    store_u32(*body, at + 8, reference_time->fraction);
    at += kBlockHeadBytes + kReferenceTimeBytes;
  }
  if (!blocks.empty()) {
    put_block_head(*body, at, kBlockDlrr, dlrr_bytes);
    at += kBlockHeadBytes;
    for (const DlrrBlock& block : blocks) {
      store_u32(*body, at, block.ssrc);
      store_u32(*body, at + 4, block.last_rr);
      store_u32(*body, at + 8, block.delay_since_last_rr);
      at += kDlrrBlockBytes;
    }
  }
  return true;
}

}  // namespace sluice::rtcp
