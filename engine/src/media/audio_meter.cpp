#include "media/audio_meter.h"

#include <algorithm>
#include <cmath>

#include "rtp/extension_values.h"

namespace sluice::media {

void NoiseFloor::note(uint8_t loudness) {
  if (loudness == 0) return;
  if (floor_ == 0 || loudness < floor_) {
    floor_ = loudness;
    noted_ = 0;
    return;
  }
  quietest_ = noted_ == 0 ? loudness : std::min(quietest_, loudness);
  if (++noted_ < kWindow) return;
  // Half way up, as the ear hears it: the geometric mean.
  floor_ = static_cast<uint8_t>(std::sqrt(floor_ * quietest_));
  noted_ = 0;
}

void AudioMeter::note(Instant now, Bytes value) {
  const auto level = rtp::parse_audio_level(value);
  if (!level) return;
  const auto attenuation = static_cast<uint8_t>(-level->dbov);
  ++totals_.packets;
  totals_.attenuation += attenuation;
  advance(now, kLoudnessMax - attenuation);
}

void AudioMeter::expire(Instant now) {
  if (now - last_ > kIdle) advance(now, 0);
}

// A packet stands for the time since the one before: senders with longer packets have no holes.
void AudioMeter::advance(Instant now, uint8_t loudness) {
  if (now < last_) return;
  const auto steps = static_cast<size_t>(
      std::clamp<Duration::rep>((now - last_) / kStep, 1, Duration::rep{kSteps}));
  last_ = now;
  for (size_t i = 0; i < steps; ++i) {
    loudness_[next_] = loudness;
    next_ = next_ + 1 == kSteps ? 0 : next_ + 1;
  }
  floor_.note(loudness);
}

}  // namespace sluice::media
