#include "media/stream_params.h"

#include <algorithm>

#include "rtp/codecs/payload_facts.h"

namespace sluice::media {

StreamParams stream_params(const RtpParameters& parameters, MediaKind kind, size_t encoding) {
  const auto& given = parameters.encodings[encoding];
  const auto& codec = *parameters.codec_for(given);
  const auto layers = parse_scalability_mode(given.scalability_mode);
  StreamParams params;
  params.ssrc = given.ssrc;
  params.clock_rate = codec.clock_rate;
  params.encoding_index = static_cast<uint8_t>(encoding);
  params.payload_type = codec.payload_type;
  params.kind = kind;
  params.codec = codec.codec;
  params.use_nack = codec.has_feedback("nack");
  params.use_pli = codec.has_feedback("nack", "pli");
  params.use_fir = codec.has_feedback("ccm", "fir");
  params.use_in_band_fec = codec.number("useinbandfec") == 1;
  params.use_dtx = given.dtx || codec.number("usedtx") == 1;
  params.spatial_layers = layers.spatial_layers;
  params.temporal_layers = layers.temporal_layers;
  if (const auto* red = parameters.red()) params.red_payload_type = red->payload_type;
  const auto* rtx = parameters.rtx_for(codec);
  if (rtx && given.rtx_ssrc != 0) {
    params.rtx_ssrc = given.rtx_ssrc;
    params.rtx_payload_type = rtx->payload_type;
  }
  const auto& extensions = parameters.header_extensions;
  params.reads_descriptors =
      rtp::reads_descriptors(codec.codec) &&
      std::any_of(extensions.begin(), extensions.end(), [](const auto& extension) {
        return extension.kind == rtp::ExtensionKind::dependency_descriptor;
      });
  params.names =
      std::make_unique<StreamNames>(StreamNames{codec.mime_type, given.rid, parameters.cname});
  return params;
}

}  // namespace sluice::media
