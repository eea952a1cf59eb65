#include "rtcp/report_block.h"

#include <algorithm>

namespace sluice::rtcp {
namespace {

constexpr int32_t kCumulativeLostMax = 0x7FFFFF;
constexpr int32_t kCumulativeLostMin = -0x800000;

}  // namespace

ReportBlock load_report_block(Bytes bytes) {
  ReportBlock block;
  block.ssrc = load_u32(bytes, 0);
  block.fraction_lost = bytes[4];
  block.cumulative_lost = static_cast<int32_t>(load_u24(bytes, 5) << 8) >> 8;
  block.highest_sequence = load_u32(bytes, 8);
  block.jitter = load_u32(bytes, 12);
  block.last_sr = load_u32(bytes, 16);
  block.delay_since_last_sr = load_u32(bytes, 20);
  return block;
}

void store_report_block(MutableBytes bytes, const ReportBlock& block) {
  const int32_t lost = std::clamp(block.cumulative_lost, kCumulativeLostMin, kCumulativeLostMax);
  store_u32(bytes, 0, block.ssrc);
  bytes[4] = block.fraction_lost;
  store_u24(bytes, 5, static_cast<uint32_t>(lost) & 0xFFFFFF);
  store_u32(bytes, 8, block.highest_sequence);
  store_u32(bytes, 12, block.jitter);
  store_u32(bytes, 16, block.last_sr);
  store_u32(bytes, 20, block.delay_since_last_sr);
}

}  // namespace sluice::rtcp
