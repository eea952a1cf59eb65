// When an outgoing stream begins anew: with its first packet, after a pause, and when the source's
// numbers have jumped.
#pragma once

#include "media/media_types.h"
#include "media/select/selector.h"
#include "media/send_stream.h"

namespace sluice::media {

class StreamStart {
 public:
  // False: begin() must come before the packets of this epoch.
  bool has_begun(uint8_t epoch) const { return begun_ && epoch == epoch_; }

  // Timestamps stay the source's as long as the source has not restarted; after that they go on
  // with the time that has passed.
  Selection::Segment begin(Instant now, const ReceivedPacket& packet, const SendStream& stream) {
    Selection::Segment segment{stream.timestamp_offset(), 0};
    if (stream.has_sent() && packet.epoch != epoch_) {
      segment.timestamp_offset = stream.offset_after_restart(now, packet.view.timestamp());
      // The gap tells a video receiver that the frame before may be incomplete.
      segment.seq_gap = has_key_frames(stream.params().codec) ? 1 : 0;
    }
    begun_ = true;
    epoch_ = packet.epoch;
    return segment;
  }

  void restart() { begun_ = false; }

 private:
  bool begun_ = false;
  uint8_t epoch_ = 0;
};

}  // namespace sluice::media
