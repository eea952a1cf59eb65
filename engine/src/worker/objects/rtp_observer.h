// An observer of audio producers as an object of the worker: the pure part of media/ with an id, a
// router and a timer.
#pragma once

#include <variant>
#include <vector>

#include "media/active_speaker_observer.h"
#include "media/audio_level_observer.h"
#include "worker/loop/core.h"
#include "worker/objects/router.h"

namespace sluice::worker {

class Producer;

class RtpObserver final : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::rtp_observer;
  using Media = std::variant<media::AudioLevelObserver, media::ActiveSpeakerObserver>;
  RtpObserver(ObjectId id, Core& core, Router& router, Media media);

  void close();  // Leaves its router and its producers, and is destroyed.

  Status add(Producer& producer);
  void remove(Producer& producer);  // Nothing happens when it is not observed.
  void pause();
  void resume(Instant now);

  size_t place_in_router = 0;  // Kept by the router.

  // For the producers.
  void producer_paused(const Producer& producer);
  void producer_resumed(const Producer& producer);

 private:
  media::RtpObserver& media();
  void serve(Instant now);
  void report(media::AudioLevelObserver& levels);
  void report(media::ActiveSpeakerObserver& speaker);

  Core& core_;
  Router& router_;
  Media media_;
  std::vector<Producer*> producers_;
  Timer timer_;
};

}  // namespace sluice::worker
