// The parameters of one stream (SSRC), which producers and consumers fill from their RTP
// parameters.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "media/rtp_parameters.h"

namespace sluice::media {

// Payload types have 7 bits.
constexpr uint8_t kNoPayloadType = 0xFF;

// What only dumps, statistics and RTCP reports read. Kept apart so that packets do not fetch it.
struct StreamNames {
  std::string mime_type;
  std::string rid;
  std::string cname;
};

struct StreamParams {
  uint32_t ssrc = 0;
  uint32_t rtx_ssrc = 0;  // 0: none, or not known yet.
  uint32_t clock_rate = 0;
  uint8_t encoding_index = 0;
  uint8_t payload_type = 0;
  uint8_t rtx_payload_type = 0;
  uint8_t red_payload_type = kNoPayloadType;
  MediaKind kind = MediaKind::audio;
  rtp::Codec codec = rtp::Codec::other;
  bool use_nack = false;
  bool use_pli = false;
  bool use_fir = false;
  bool use_in_band_fec = false;
  bool use_dtx = false;
  bool reads_descriptors = false;  // Dependency descriptors: negotiated, and of use for the codec.
  uint8_t spatial_layers = 1;
  uint8_t temporal_layers = 1;
  std::unique_ptr<const StreamNames> names = std::make_unique<StreamNames>();
};
static_assert(sizeof(StreamParams) <= 64);  // A cache line: every packet reads some of it.

// Of the encoding with this index, which must have a media codec.
StreamParams stream_params(const RtpParameters& parameters, MediaKind kind, size_t encoding);

}  // namespace sluice::media
