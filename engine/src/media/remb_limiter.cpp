#include "media/remb_limiter.h"

#include <algorithm>

#include "rtcp/compound_writer.h"
#include "rtcp/remb.h"

namespace sluice::media {

void RembLimiter::set_limit(Instant now, uint64_t bitrate) {
  if (bitrate == limit_) return;
  limit_ = bitrate;
  unlimited_left_ = bitrate == 0 ? kUnlimitedTimes : 0;
  next_ = now;
}

size_t RembLimiter::poll(Instant now, std::span<const uint32_t> ssrcs, MutableBytes out) {
  if (now < next_) return 0;
  next_ = now + kInterval;
  if (ssrcs.empty()) return 0;
  rtcp::CompoundWriter writer(out);
  const auto named = ssrcs.first(std::min(ssrcs.size(), kSsrcsMax));
  if (!rtcp::Remb::write(writer, 0, limit_, named)) return 0;
  if (limit_ == 0 && --unlimited_left_ == 0) next_ = kNever;
  return writer.size();
}

}  // namespace sluice::media
