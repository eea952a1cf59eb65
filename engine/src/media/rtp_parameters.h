// What a producer sends and a consumer gets, as mediasoup's RTP dictionaries describe it. Plain
// data: the commands parse JSON into these once and write them back in dumps; the packet path reads
// only numbers that were taken out of them at construction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "rtp/codecs/codec.h"
#include "rtp/rtp_view.h"

namespace sluice::media {

enum class MediaKind : uint8_t { audio, video };

// Video that a receiver can only decode from a key frame on, and whose key frames the engine sees.
bool has_key_frames(rtp::Codec codec);
bool is_red_mime(std::string_view mime_type);  // "audio/red" (RFC 2198) in any case.
bool is_rtx_mime(std::string_view mime_type);  // "video/rtx", "audio/rtx" in any case.
// False for what only goes along with a codec: repair, redundancy, comfort noise, DTMF events.
bool is_media_mime(std::string_view mime_type);

std::string_view kind_text(MediaKind kind);
std::optional<MediaKind> parse_kind(std::string_view text);

using ParameterValue = std::variant<bool, int64_t, double, std::string>;
using Parameters = std::vector<std::pair<std::string, ParameterValue>>;

struct RtcpFeedback {
  std::string type;       // "nack", "ccm", "goog-remb", "transport-cc".
  std::string parameter;  // "", "pli", "fir".
};

struct RtpCodecParameters {
  std::string mime_type;                 // As given: dumps show it unchanged.
  rtp::Codec codec = rtp::Codec::other;  // rtp::codec_from_mime(mime_type).
  bool is_rtx = false;                   // is_rtx_mime(mime_type).
  bool is_media = false;                 // is_media_mime(mime_type).
  uint8_t payload_type = 0;
  uint32_t clock_rate = 0;
  std::optional<uint8_t> channels;
  Parameters parameters;
  std::vector<RtcpFeedback> rtcp_feedback;

  bool has_feedback(std::string_view type, std::string_view parameter = "") const;
  std::optional<int64_t> number(std::string_view name) const;  // A parameter such as "apt".
};

struct RtpHeaderExtensionParameters {
  std::string uri;
  std::optional<rtp::ExtensionKind> kind;  // rtp::extension_kind(uri); empty: not known.
  uint8_t id = 0;
  bool encrypt = false;
  Parameters parameters;
};

// RFC 5761, 4: with the marker bit, RTP of these payload types has the second byte of an RTCP
// packet, whose packet types are 192 to 223. Nothing can tell the two apart on a shared port.
constexpr bool looks_like_rtcp(uint32_t payload_type) {
  return payload_type >= 64 && payload_type <= 95;
}

// RFC 3550, 5.1: seven bits.
constexpr bool is_rtp_payload_type(uint32_t payload_type) {
  return payload_type <= 127 && !looks_like_rtcp(payload_type);
}

struct RtpEncodingParameters {
  uint32_t ssrc = 0;  // 0: not given; the packets' MID or RID tell.
  std::string rid;
  std::optional<uint8_t> codec_payload_type;
  uint32_t rtx_ssrc = 0;  // 0: no RTX.
  bool dtx = false;
  std::string scalability_mode;
  uint32_t max_bitrate = 0;  // bps; 0: not given.
};

struct RtpParameters {
  std::string mid;
  std::vector<RtpCodecParameters> codecs;
  std::vector<RtpHeaderExtensionParameters> header_extensions;
  std::vector<RtpEncodingParameters> encodings;
  std::string cname;
  bool reduced_size = true;
  std::string msid;

  // The media codec of an encoding: by codecPayloadType, else the first there is. nullptr when
  // there is none, or when the type is not a media codec's.
  const RtpCodecParameters* codec_for(const RtpEncodingParameters& encoding) const;
  // The RTX codec whose apt is that media codec; nullptr when there is none.
  const RtpCodecParameters* rtx_for(const RtpCodecParameters& media) const;
  // The codec that carries a media codec of audio redundantly; nullptr when there is none.
  const RtpCodecParameters* red() const;
  rtp::ExtensionIds extension_ids() const;  // Of the kinds that the engine knows.
};

// Refuses a codec whose payload type no packet can have.
Status check_payload_types(const RtpParameters& parameters);

struct ScalabilityMode {
  uint8_t spatial_layers = 1;
  uint8_t temporal_layers = 1;
  bool ksvc = false;
};
// mediasoup's parseScalabilityMode(): anything that does not match is L1T1.
ScalabilityMode parse_scalability_mode(std::string_view text);

struct RtpMapping {
  struct Codec {
    uint8_t payload_type = 0;
    uint8_t mapped_payload_type = 0;
  };
  struct Encoding {
    uint32_t ssrc = 0;
    std::string rid;
    std::string scalability_mode;
    uint32_t mapped_ssrc = 0;
  };
  std::vector<Codec> codecs;
  std::vector<Encoding> encodings;
};

enum class ProducerType : uint8_t { simple, simulcast, svc };
enum class ConsumerType : uint8_t { simple, simulcast, svc, pipe };
std::string_view type_text(ProducerType type);
std::string_view type_text(ConsumerType type);
std::optional<ConsumerType> parse_consumer_type(std::string_view text);
// More than one encoding: simulcast; one with more than one layer: svc; else simple.
ProducerType producer_type(const RtpParameters& parameters);

struct VideoLayers {
  int16_t spatial = -1;  // -1: none.
  int16_t temporal = -1;
  friend bool operator==(const VideoLayers&, const VideoLayers&) = default;
};

}  // namespace sluice::media
