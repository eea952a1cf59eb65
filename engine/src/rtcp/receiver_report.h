// Receiver report (RFC 3550, 6.4.2).
#pragma once

#include <optional>
#include <span>

#include "rtcp/compound_writer.h"
#include "rtcp/packet_view.h"
#include "rtcp/report_block.h"

namespace sluice::rtcp {

struct ReceiverReport {
  uint32_t ssrc = 0;
  ReportBlocks blocks;  // When parsed.

  static std::optional<ReceiverReport> parse(const PacketView& packet);
  // At most kReportBlocksMax blocks: the caller splits longer lists.
  bool write(CompoundWriter& out, std::span<const ReportBlock> blocks = {}) const;
};

}  // namespace sluice::rtcp
