// Sender report (RFC 3550, 6.4.1).
#pragma once

#include <optional>
#include <span>

#include "base/time.h"
#include "rtcp/compound_writer.h"
#include "rtcp/packet_view.h"
#include "rtcp/report_block.h"

namespace sluice::rtcp {

struct SenderReport {
  uint32_t ssrc = 0;
  NtpTime ntp;
  uint32_t rtp_timestamp = 0;
  uint32_t packets = 0;
  uint32_t octets = 0;  // Payload alone, without header and padding.
  ReportBlocks blocks;  // When parsed.

  static std::optional<SenderReport> parse(const PacketView& packet);
  bool write(CompoundWriter& out, std::span<const ReportBlock> blocks = {}) const;
};

}  // namespace sluice::rtcp
