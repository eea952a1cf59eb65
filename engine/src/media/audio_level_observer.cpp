#include "media/audio_level_observer.h"

#include <algorithm>
#include <utility>

namespace sluice::media {

AudioLevelObserver::AudioLevelObserver(Instant now, const AudioLevelOptions& options)
    : RtpObserver(now, std::clamp(options.interval, kIntervalMin, kIntervalMax)),
      entries_max_(options.entries_max),
      threshold_dbov_(options.threshold_dbov) {}

void AudioLevelObserver::judge(Instant) {
  Volumes volumes;
  for (Subject& subject : subjects()) {
    const AudioMeter::Totals before = std::exchange(subject.counted, subject.meter->totals());
    const uint64_t packets = subject.counted.packets - before.packets;
    if (subject.is_paused || packets < kPacketsMin) continue;
    // Rounded to the louder side.
    const int dbov =
        -static_cast<int>((subject.counted.attenuation - before.attenuation) / packets);
    if (dbov >= threshold_dbov_) volumes.push_back({subject.producer, dbov});
  }
  if (volumes.empty()) return tell_silence();

  is_silent_ = false;
  const size_t told = std::min(volumes.size(), entries_max_);
  std::partial_sort(volumes.begin(), volumes.begin() + static_cast<std::ptrdiff_t>(told),
                    volumes.end(), [](const Volume& a, const Volume& b) {
                      return a.dbov != b.dbov ? a.dbov > b.dbov : a.producer < b.producer;
                    });
  volumes.resize(told);
  volumes_ = std::move(volumes);
}

void AudioLevelObserver::on_pause() {
  tell_silence();
}

void AudioLevelObserver::tell_silence() {
  if (std::exchange(is_silent_, true)) return;
  volumes_.emplace();
}

std::optional<AudioLevelObserver::Volumes> AudioLevelObserver::take_volumes() {
  return std::exchange(volumes_, std::nullopt);
}

}  // namespace sluice::media
