#include "media/key_frame_start.h"

#include <utility>

namespace sluice::media {

bool KeyFrameStart::judge(uint64_t seq, uint32_t timestamp, const rtp::PayloadFacts& facts) {
  if (facts.leads_key_frame) has_led_ = true;
  if (seq < next_) return facts.leads_key_frame || (facts.is_key_frame && !has_led_);

  const bool follows = seq == next_;
  if (!follows || timestamp != timestamp_) {
    is_whole_ = follows;
    has_started_ = false;
  }
  next_ = seq + 1;
  timestamp_ = timestamp;
  if (!facts.is_key_frame) return false;
  const bool had_started = std::exchange(has_started_, true);
  if (facts.leads_key_frame || !has_led_) return !had_started || facts.leads_key_frame;
  return is_whole_ && !had_started;
}

}  // namespace sluice::media
