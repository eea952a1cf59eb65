// Report blocks of SR and RR (RFC 3550, 6.4.1).
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace sluice::rtcp {

struct ReportBlock {
  uint32_t ssrc = 0;
  uint8_t fraction_lost = 0;         // Of 256, since the last report.
  int32_t cumulative_lost = 0;       // Signed 24 bits; clamped when written.
  uint32_t highest_sequence = 0;     // Extended: cycles in the upper half.
  uint32_t jitter = 0;               // In timestamp units.
  uint32_t last_sr = 0;              // LSR: NtpTime::compact() of the last SR, 0 before the first.
  uint32_t delay_since_last_sr = 0;  // DLSR, 1/65536 s.
  friend bool operator==(const ReportBlock&, const ReportBlock&) = default;
};

constexpr size_t kReportBlockBytes = 24;
constexpr size_t kReportBlocksMax = 31;

ReportBlock load_report_block(Bytes bytes);  // Of kReportBlockBytes.
void store_report_block(MutableBytes bytes, const ReportBlock& block);

// Blocks as they stand in a parsed packet.
class ReportBlocks {
 public:
  ReportBlocks() = default;
  explicit ReportBlocks(Bytes bytes) : bytes_(bytes) {}
  size_t size() const { return bytes_.size() / kReportBlockBytes; }
  ReportBlock operator[](size_t i) const {
    return load_report_block(bytes_.subspan(i * kReportBlockBytes, kReportBlockBytes));
  }

 private:
  Bytes bytes_;
};

}  // namespace sluice::rtcp
