// Packets that another worker's producer has taken: they come numbered, described and timed, and
// only have to be handed on.
#include <utility>
#include <variant>

#include "media/producer.h"

namespace sluice::media {

ReceiveResult Producer::receive_linked(Instant now, uint32_t ssrc, const ReceivedPacket& packet,
                                       const ExtensionIdTable& extension_ids,
                                       rtp::SharedStructure structure) {
  const Found found = find_linked_stream(ssrc);
  if (!found.stream) return ReceiveResult::unknown_stream;
  const uint8_t mapped = packet.payload_type < mapped_payload_types_.size()
                             ? mapped_payload_types_[packet.payload_type]
                             : kUnmapped;
  if (batch_.size() == kBatchMax) return ReceiveResult::batch_full;
  if (extension_ids != wire_ids_.id_of) {
    wire_ids_ = {};
    for (size_t kind = 0; kind < extension_ids.size(); ++kind) {
      wire_ids_.set(static_cast<rtp::ExtensionKind>(kind), extension_ids[kind]);
    }
  }
  found.stream->receive_linked(now, packet, std::move(structure));
  handle_key_frames(now, found, packet);
  if (found.stream->take_score_change() || found.is_new) score_changed();
  if (options_.paused) return ReceiveResult::paused;

  auto& taken = batch_.emplace_back(packet);
  taken.encoding = found.encoding;
  taken.payload_type = mapped;
  if (mapped == kUnmapped) {  // As in receive(): consumers have to close the gap.
    taken.facts = {};
    return ReceiveResult::unknown_payload_type;
  }
  publish(now, found, taken);
  return taken.is_repaired ? ReceiveResult::repaired : ReceiveResult::forward;
}

rtp::SharedStructure Producer::attached_structure(const ReceivedPacket& packet) const {
  const auto* facts = std::get_if<rtp::DependencyFacts>(&packet.facts.detail);
  if (!facts || !facts->attaches_structure) return nullptr;
  const auto* reader = streams_[packet.encoding]->dependency();
  return reader ? reader->shared_structure() : nullptr;
}

Producer::Found Producer::find_linked_stream(uint32_t ssrc) {
  const auto& encodings = options_.rtp_parameters.encodings;
  for (size_t i = 0; i < encodings.size(); ++i) {
    if (encodings[i].ssrc != ssrc) continue;
    const auto encoding = static_cast<uint8_t>(i);
    if (streams_[i]) return {streams_[i].get(), encoding, false, false};
    return open_stream({}, encoding, ssrc, false);
  }
  return {};
}

}  // namespace sluice::media
