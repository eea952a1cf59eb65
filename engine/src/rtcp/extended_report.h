// Extended reports (RFC 3611): receiver reference time (4.4) and DLRR (4.5), by which a receiver
// that sends nothing measures the round trip. Other blocks are skipped.
#pragma once

#include <optional>
#include <span>

#include "base/time.h"
#include "rtcp/compound_writer.h"
#include "rtcp/packet_view.h"

namespace sluice::rtcp {

struct DlrrBlock {
  uint32_t ssrc = 0;
  uint32_t last_rr = 0;              // LRR: NtpTime::compact() of the last reference time.
  uint32_t delay_since_last_rr = 0;  // 1/65536 s.
};
constexpr size_t kDlrrBlockBytes = 12;

class DlrrBlocks {
 public:
  DlrrBlocks() = default;
  explicit DlrrBlocks(Bytes bytes) : bytes_(bytes) {}
  size_t size() const { return bytes_.size() / kDlrrBlockBytes; }
  DlrrBlock operator[](size_t i) const {
    const size_t at = i * kDlrrBlockBytes;
    return {load_u32(bytes_, at), load_u32(bytes_, at + 4), load_u32(bytes_, at + 8)};
  }

 private:
  Bytes bytes_;
};

struct ExtendedReport {
  uint32_t ssrc = 0;
  std::optional<NtpTime> reference_time;
  DlrrBlocks dlrr;  // The first DLRR block's.

  static std::optional<ExtendedReport> parse(const PacketView& packet);
  // Writes the parts there are: a reference time, and a DLRR block when `blocks` is not empty.
  static bool write(CompoundWriter& out, uint32_t ssrc, std::optional<NtpTime> reference_time,
                    std::span<const DlrrBlock> blocks = {});
};

}  // namespace sluice::rtcp
