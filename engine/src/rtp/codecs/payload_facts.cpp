#include "rtp/codecs/payload_facts.h"

namespace sluice::rtp {
namespace {

PayloadFacts malformed() {
  PayloadFacts facts;
  facts.is_malformed = true;
  return facts;
}

PayloadFacts describe_opus(Bytes payload) {
  const auto opus = parse_opus(payload);
  if (!opus) return malformed();
  PayloadFacts facts;
  facts.starts_frame = facts.ends_frame = true;
  facts.is_independent = true;
  facts.is_dtx = opus->is_dtx;
  return facts;
}

PayloadFacts describe_vp8(Bytes payload, bool marker) {
  const auto vp8 = parse_vp8(payload);
  if (!vp8) return malformed();
  PayloadFacts facts;
  facts.is_key_frame = vp8->is_key_frame;
  facts.starts_frame = vp8->starts_frame();
  facts.ends_frame = marker;
  facts.has_layers = vp8->has_temporal;
  facts.temporal = vp8->temporal;
  facts.is_independent = vp8->is_key_frame;
  facts.can_switch_temporal = vp8->temporal == 0 || vp8->layer_sync;
  facts.can_switch_spatial = vp8->is_key_frame;
  facts.is_discardable = vp8->non_reference;
  facts.detail = *vp8;
  return facts;
}

PayloadFacts describe_vp9(Bytes payload) {
  const auto vp9 = parse_vp9(payload);
  if (!vp9) return malformed();
  PayloadFacts facts;
  facts.is_key_frame = vp9->is_key_frame();
  facts.starts_frame = vp9->starts_frame;
  facts.ends_frame = vp9->ends_frame;
  facts.has_layers = vp9->has_layers;
  facts.spatial = vp9->spatial;
  facts.temporal = vp9->temporal;
  facts.is_independent = !vp9->inter_picture;
  facts.can_switch_temporal = vp9->temporal == 0 || vp9->switching_up || !vp9->inter_picture;
  // A layer frame that refers to no earlier picture needs at most the layer below in its own.
  facts.can_switch_spatial = !vp9->inter_picture;
  facts.detail = *vp9;
  return facts;
}

PayloadFacts describe_nal(const std::optional<NalFacts>& nal, bool marker) {
  if (!nal) return malformed();
  PayloadFacts facts;
  facts.is_key_frame = nal->is_key_frame();
  facts.leads_key_frame = nal->leads_parameters;
  facts.starts_frame = nal->starts_parameters || nal->starts_picture;
  facts.ends_frame = marker;
  facts.has_layers = nal->temporal != 0;
  facts.temporal = nal->temporal;
  facts.is_independent = nal->is_key_frame();
  facts.can_switch_temporal = nal->temporal == 0;
  facts.can_switch_spatial = nal->is_key_frame();
  return facts;
}

PayloadFacts describe_av1(Bytes payload, bool marker) {
  const auto av1 = parse_av1(payload);
  if (!av1) return malformed();
  PayloadFacts facts;
  facts.is_key_frame = av1->is_key_frame();
  facts.starts_frame = !av1->continues_obu && (av1->starts_frame || av1->has_sequence_header);
  facts.ends_frame = marker;
  facts.has_layers = av1->has_layers;
  facts.spatial = av1->spatial;
  facts.temporal = av1->temporal;
  facts.is_independent = av1->is_key_frame();
  facts.can_switch_temporal = av1->temporal == 0;
  facts.can_switch_spatial = av1->is_key_frame();
  return facts;
}

// The descriptor knows more than AV1, H.264 and H.265 payloads show: its word counts.
void apply(const DependencyFacts& dependency, const DependencyStructure& structure,
           PayloadFacts& facts) {
  facts.is_key_frame = dependency.is_key_frame();
  facts.starts_frame = dependency.starts_frame;
  facts.ends_frame = dependency.ends_frame;
  facts.has_layers = true;
  facts.spatial = dependency.spatial;
  facts.temporal = dependency.temporal;
  facts.is_independent = dependency.frame_diffs_size == 0;
  facts.can_switch_temporal = false;
  facts.can_switch_spatial = false;
  bool in_any = false;
  bool needed = false;
  for (size_t t = 0; t < dependency.targets_size; ++t) {
    const DecodeTargetIndication indication = dependency.indications[t];
    if (indication == DecodeTargetIndication::not_present) continue;
    in_any = true;
    needed = needed || indication != DecodeTargetIndication::discardable;
    if (indication != DecodeTargetIndication::switch_here) continue;
    const DecodeTarget& target = structure.targets[t];
    if (target.temporal == dependency.temporal) facts.can_switch_temporal = true;
    if (target.spatial == dependency.spatial) facts.can_switch_spatial = true;
  }
  facts.is_discardable = in_any && !needed;
  facts.detail = dependency;
}

}  // namespace

PayloadFacts describe(Codec codec, Bytes payload, bool marker, Bytes descriptor,
                      DependencyReader* dependency) {
  PayloadFacts facts;
  switch (codec) {
    case Codec::opus:
      return describe_opus(payload);
    case Codec::vp8:
      return describe_vp8(payload, marker);
    case Codec::vp9:
      return describe_vp9(payload);
    case Codec::h264:
      facts = describe_nal(parse_h264(payload), marker);
      break;
    case Codec::h265:
      facts = describe_nal(parse_h265(payload), marker);
      break;
    case Codec::av1:
      facts = describe_av1(payload, marker);
      break;
    case Codec::other:
      facts.starts_frame = true;
      facts.ends_frame = marker;
      return facts;
  }
  if (dependency && !descriptor.empty()) {
    if (const auto read = dependency->read(descriptor)) {
      apply(*read, dependency->structure(), facts);
    }
  }
  return facts;
}

}  // namespace sluice::rtp
