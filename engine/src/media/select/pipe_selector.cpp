#include "media/select/pipe_selector.h"

#include "media/producer.h"

namespace sluice::media {

Selection PipeSelector::select(Instant now, const ReceivedPacket& packet, bool is_refused) {
  Selection selection;
  if (packet.encoding >= starts_.size()) return selection;
  selection.stream = packet.encoding;
  StreamStart& start = starts_[packet.encoding];
  if (!start.has_begun(packet.epoch)) {
    if (is_refused) return selection;  // No output begins with it.
    selection.begins = true;
    selection.segment = start.begin(now, packet, streams_[packet.encoding]);
  }
  selection.action = is_refused ? Selection::Action::leave_out : Selection::Action::forward;
  selection.marker = packet.view.marker();
  return selection;
}

uint8_t PipeSelector::wanted_encoding() const {
  return Producer::kAllEncodings;
}

void PipeSelector::restart(Instant) {
  for (StreamStart& start : starts_) start.restart();
}

}  // namespace sluice::media
