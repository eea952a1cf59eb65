// Levels for the tests of audio meters and observers.
#pragma once

#include <array>

#include "media/audio_meter.h"
#include "rtp/extension_values.h"

namespace sluice::media::support {

// A packet whose level is `dbov`, -127..0.
inline void note(AudioMeter& meter, Instant now, int dbov) {
  std::array<uint8_t, rtp::kAudioLevelBytes> value;
  rtp::write_audio_level(value, {dbov > -60, static_cast<int8_t>(dbov)});
  meter.note(now, value);
}

}  // namespace sluice::media::support
