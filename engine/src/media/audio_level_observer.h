// Tells which producers are loudest: at the end of each period those whose average level reaches a
// threshold, loudest first, or once that there is none.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "media/rtp_observer.h"

namespace sluice::media {

struct AudioLevelOptions {
  size_t entries_max = 1;
  int threshold_dbov = -80;  // -127..0.
  Duration interval = 1000ms;
};

class AudioLevelObserver final : public RtpObserver {
 public:
  static constexpr Duration kIntervalMin = 250ms;
  static constexpr Duration kIntervalMax = 5000ms;
  // Fewer packets in a period say nothing about how loud somebody is.
  static constexpr uint64_t kPacketsMin = 10;

  struct Volume {
    ObjectId producer;
    int dbov;  // -127..0.
  };
  using Volumes = std::vector<Volume>;

  // An interval beyond the limits becomes the nearest limit.
  AudioLevelObserver(Instant now, const AudioLevelOptions& options);

  // What the last judgement found: empty is silence. nullopt when there is nothing new.
  std::optional<Volumes> take_volumes();

 private:
  void judge(Instant now) override;
  void on_pause() override;
  void tell_silence();

  const size_t entries_max_;
  const int threshold_dbov_;
  bool is_silent_ = true;
  std::optional<Volumes> volumes_;
};

}  // namespace sluice::media
