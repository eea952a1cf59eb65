// What the observers of a router's audio producers share: whom they observe, and a period at whose
// end they judge. Its kinds say what the judgement is.
//
//   after any input, and at next_timeout():  handle_timeout(now); then take the kind's events
//
// Knows no router; pure. Its worker's thread alone calls it.
#pragma once

#include <cstddef>
#include <vector>

#include "base/slot_map.h"
#include "base/time.h"
#include "media/audio_meter.h"

namespace sluice::media {

class RtpObserver {
 public:
  virtual ~RtpObserver() = default;

  // `meter` must outlive the subject. False when it is observed already.
  bool add(ObjectId producer, AudioMeter& meter, bool is_producer_paused);
  // False when it was not observed.
  bool remove(ObjectId producer);
  bool observes(ObjectId producer) const { return place_of(producer) != subjects_.size(); }
  size_t size() const { return subjects_.size(); }

  // A paused producer is passed over, and starts afresh when it goes on.
  void producer_paused(ObjectId producer) { set_producer_paused(producer, true); }
  void producer_resumed(ObjectId producer) { set_producer_paused(producer, false); }

  // A paused observer tells nothing. When it goes on a whole period passes first.
  bool is_paused() const { return next_judgement_ == kNever; }
  void pause();
  void resume(Instant now);

  Instant next_timeout() const;
  void handle_timeout(Instant now);

 protected:
  struct Subject {
    ObjectId producer;
    AudioMeter* meter;
    bool is_paused;
    AudioMeter::Totals counted;  // By the judgements so far.
  };

  RtpObserver(Instant now, Duration interval)
      : interval_(interval), next_judgement_(now + interval) {}

  virtual void judge(Instant now) = 0;
  virtual void on_pause() {}
  virtual void on_remove(ObjectId) {}

  std::vector<Subject>& subjects() { return subjects_; }
  // Judges at the next timeout, whenever the period ends.
  void hurry() { is_hurried_ = true; }

 private:
  size_t place_of(ObjectId producer) const;
  void set_producer_paused(ObjectId producer, bool is_paused);

  const Duration interval_;
  Instant next_judgement_;  // kNever: paused.
  bool is_hurried_ = false;
  std::vector<Subject> subjects_;  // In the order in which they came.
};

}  // namespace sluice::media
