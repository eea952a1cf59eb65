#include "media/pipe_selector.h"

#include "media/producer.h"

namespace sluice::media {

Selection PipeSelector::select(Instant now, const ReceivedPacket& packet) {
  Selection selection;
  if (packet.encoding >= starts_.size()) return selection;
  const SendStream& stream = streams_[packet.encoding];
  Start& start = starts_[packet.encoding];
  if (packet.payload_type == kNoPayloadType || packet.is_padding_only()) {
    selection.action = Selection::Action::leave_out;
    selection.stream = packet.encoding;
    return selection;
  }
  const bool restarted = stream.has_sent() && packet.epoch != start.epoch;
  selection.action = Selection::Action::forward;
  selection.stream = packet.encoding;
  selection.marker = packet.view.marker();
  selection.sync = !start.synced || restarted;
  if (restarted) {
    start.timestamp_offset = stream.offset_after_restart(now, packet.view.timestamp());
    selection.seq_gap = 1;  // The frame before it may be incomplete.
  }
  start.synced = true;
  start.epoch = packet.epoch;
  selection.timestamp_offset = start.timestamp_offset;
  return selection;
}

uint8_t PipeSelector::wanted_encoding() const {
  return Producer::kAllEncodings;
}

void PipeSelector::restart(Instant) {
  for (Start& start : starts_) start.synced = false;
}

}  // namespace sluice::media
