// The strategy of a simple consumer: everything goes out once a key frame has come, which audio
// does not wait for.
#pragma once

#include "media/select/stream_start.h"

namespace sluice::media {

class SingleSelector {
 public:
  void set_starts_at_key_frame(bool starts) { starts_at_key_frame_ = starts; }

  // As Selector::select(). `stream` is the consumer's only one.
  Selection select(Instant now, const ReceivedPacket& packet, bool is_refused,
                   const SendStream& stream) {
    Selection selection;
    if (!start_.has_begun(packet.epoch)) [[unlikely]] {
      if (waits_for_key_frame_ && !packet.facts.is_key_frame) {
        selection.action = Selection::Action::wait;
        return selection;
      }
      if (is_refused) return selection;  // No output begins with it.
      selection.begins = true;
      selection.segment = start_.begin(now, packet, stream);
      waits_for_key_frame_ = false;
    }
    selection.action = is_refused ? Selection::Action::leave_out : Selection::Action::forward;
    selection.marker = packet.view.marker();
    return selection;
  }

  void restart() {
    start_.restart();
    waits_for_key_frame_ = starts_at_key_frame_;
  }

 private:
  StreamStart start_;
  bool waits_for_key_frame_ = false;
  bool starts_at_key_frame_ = false;
};

}  // namespace sluice::media
