#include "media/rtp_parameters.h"

#include <algorithm>

namespace sluice::media {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_text(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

// Reads "[1-9]\d?" at the front of `text` and drops it; 0 when it is not there.
uint8_t take_layers(std::string_view& text) {
  if (text.empty() || text[0] < '1' || text[0] > '9') return 0;
  int value = text[0] - '0';
  text.remove_prefix(1);
  if (!text.empty() && text[0] >= '0' && text[0] <= '9') {
    value = value * 10 + text[0] - '0';
    text.remove_prefix(1);
  }
  return static_cast<uint8_t>(value);
}

}  // namespace

bool has_key_frames(rtp::Codec codec) {
  switch (codec) {
    case rtp::Codec::vp8:
    case rtp::Codec::vp9:
    case rtp::Codec::h264:
    case rtp::Codec::h265:
    case rtp::Codec::av1:
      return true;
    default:
      return false;
  }
}

bool is_red_mime(std::string_view mime_type) {
  return same_text(mime_type, "audio/red");
}

bool is_rtx_mime(std::string_view mime_type) {
  return same_text(mime_type, "video/rtx") || same_text(mime_type, "audio/rtx");
}

bool is_media_mime(std::string_view mime_type) {
  // RFC 4588, 2198, 5109, 8627, 3389, 4733; x-ulpfecuc is Microsoft's.
  constexpr std::string_view kCompanions[] = {
      "rtx", "red", "ulpfec", "flexfec", "flexfec-03", "x-ulpfecuc", "cn", "telephone-event"};
  const std::string_view subtype = mime_type.substr(mime_type.find('/') + 1);
  return std::none_of(std::begin(kCompanions), std::end(kCompanions),
                      [&](std::string_view companion) { return same_text(subtype, companion); });
}

std::string_view kind_text(MediaKind kind) {
  return kind == MediaKind::audio ? "audio" : "video";
}

std::optional<MediaKind> parse_kind(std::string_view text) {
  if (text == "audio") return MediaKind::audio;
  if (text == "video") return MediaKind::video;
  return std::nullopt;
}

bool RtpCodecParameters::has_feedback(std::string_view type, std::string_view parameter) const {
  return std::any_of(rtcp_feedback.begin(), rtcp_feedback.end(), [&](const RtcpFeedback& one) {
    return one.type == type && one.parameter == parameter;
  });
}

std::optional<int64_t> RtpCodecParameters::number(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key != name) continue;
    if (const auto* whole = std::get_if<int64_t>(&value)) return *whole;
    if (const auto* real = std::get_if<double>(&value)) return static_cast<int64_t>(*real);
    return std::nullopt;
  }
  return std::nullopt;
}

Status check_payload_types(const RtpParameters& parameters) {
  for (const auto& codec : parameters.codecs) {
    if (!is_rtp_payload_type(codec.payload_type)) {
      return invalid("rtpParameters.codecs.payloadType must be from 0 to 63 or 96 to 127");
    }
  }
  return ok();
}

const RtpCodecParameters* RtpParameters::codec_for(const RtpEncodingParameters& encoding) const {
  for (const auto& codec : codecs) {
    if (!codec.is_media) continue;
    if (!encoding.codec_payload_type || *encoding.codec_payload_type == codec.payload_type) {
      return &codec;
    }
  }
  return nullptr;
}

const RtpCodecParameters* RtpParameters::rtx_for(const RtpCodecParameters& media) const {
  for (const auto& codec : codecs) {
    if (codec.is_rtx && codec.number("apt") == int64_t{media.payload_type}) {
      return &codec;
    }
  }
  return nullptr;
}

const RtpCodecParameters* RtpParameters::red() const {
  for (const auto& codec : codecs) {
    if (is_red_mime(codec.mime_type)) return &codec;
  }
  return nullptr;
}

rtp::ExtensionIds RtpParameters::extension_ids() const {
  rtp::ExtensionIds ids;
  for (const auto& extension : header_extensions) {
    if (extension.kind && extension.id != 0) ids.set(*extension.kind, extension.id);
  }
  return ids;
}

ScalabilityMode parse_scalability_mode(std::string_view text) {
  constexpr ScalabilityMode kNone;
  if (text.empty() || (text[0] != 'L' && text[0] != 'S')) return kNone;
  text.remove_prefix(1);
  ScalabilityMode mode;
  mode.spatial_layers = take_layers(text);
  if (mode.spatial_layers == 0 || text.empty() || text[0] != 'T') return kNone;
  text.remove_prefix(1);
  mode.temporal_layers = take_layers(text);
  if (mode.temporal_layers == 0) return kNone;
  mode.ksvc = text.substr(0, 4) == "_KEY";
  return mode;
}

std::string_view type_text(ProducerType type) {
  constexpr std::string_view kTexts[] = {"simple", "simulcast", "svc"};
  return kTexts[static_cast<size_t>(type)];
}

std::string_view type_text(ConsumerType type) {
  constexpr std::string_view kTexts[] = {"simple", "simulcast", "svc", "pipe"};
  return kTexts[static_cast<size_t>(type)];
}

std::optional<ConsumerType> parse_consumer_type(std::string_view text) {
  for (const auto type :
       {ConsumerType::simple, ConsumerType::simulcast, ConsumerType::svc, ConsumerType::pipe}) {
    if (type_text(type) == text) return type;
  }
  return std::nullopt;
}

ProducerType producer_type(const RtpParameters& parameters) {
  if (parameters.encodings.size() > 1) return ProducerType::simulcast;
  if (parameters.encodings.empty()) return ProducerType::simple;
  const auto mode = parse_scalability_mode(parameters.encodings[0].scalability_mode);
  const bool layered = mode.spatial_layers > 1 || mode.temporal_layers > 1;
  return layered ? ProducerType::svc : ProducerType::simple;
}

}  // namespace sluice::media
