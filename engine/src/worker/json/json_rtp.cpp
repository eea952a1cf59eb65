#include "worker/json/json_rtp.h"

#include "rtp/codecs/codec.h"
#include "rtp/extension_uri.h"

namespace sluice::worker {
namespace {

// RFC 3550, 5.1: seven bits.
constexpr uint32_t kMaxPayloadType = 127;

uint8_t read_payload_type(const Fields& fields, const char* name) {
  const uint32_t type = fields.number(name, 0, kMaxPayloadType);
  if (media::looks_like_rtcp(type)) fields.mistake(name, "must not be from 64 to 95");
  return static_cast<uint8_t>(type);
}

constexpr uint32_t kMaxU32 = UINT32_MAX;
// RFC 8285, 4.3: two-byte form.
constexpr uint32_t kMaxExtensionId = 255;
// A MID or RID travels in a header extension of at most 255 bytes; the engine reserves far less.
constexpr size_t kMaxIdentifierBytes = 32;

media::Parameters read_parameters(const Fields& fields) {
  media::Parameters parameters;
  const JsonValue* object = fields.raw("parameters");
  if (!object) return parameters;
  if (!object->IsObject()) {
    fields.mistake("parameters", "must be an object");
    return parameters;
  }
  for (const auto& member : object->GetObject()) {
    std::string name(member.name.GetString(), member.name.GetStringLength());
    const auto& value = member.value;
    if (value.IsBool()) {
      parameters.emplace_back(std::move(name), value.GetBool());
    } else if (value.IsInt64()) {
      parameters.emplace_back(std::move(name), value.GetInt64());
    } else if (value.IsNumber()) {
      parameters.emplace_back(std::move(name), value.GetDouble());
    } else if (value.IsString()) {
      parameters.emplace_back(std::move(name),
                              std::string(value.GetString(), value.GetStringLength()));
    }
    // mediasoup lets null, arrays and objects pass and ignores them: so do we.
  }
  return parameters;
}

std::string read_identifier(const Fields& fields, const char* name) {
  const std::string_view text = fields.text_or(name, "");
  if (text.size() > kMaxIdentifierBytes) fields.mistake(name, "must not exceed 32 bytes");
  return std::string(text);
}

media::RtpCodecParameters read_codec(const Fields& fields) {
  media::RtpCodecParameters codec;
  codec.mime_type = fields.text("mimeType");
  codec.codec = rtp::codec_from_mime(codec.mime_type);
  codec.is_rtx = media::is_rtx_mime(codec.mime_type);
  codec.is_media = media::is_media_mime(codec.mime_type);
  codec.payload_type = read_payload_type(fields, "payloadType");
  codec.clock_rate = fields.number("clockRate", 1, kMaxU32);
  if (const auto channels = fields.maybe_number("channels", 1, 255)) {
    codec.channels = static_cast<uint8_t>(*channels);
  }
  codec.parameters = read_parameters(fields);
  fields.each_object("rtcpFeedback", [&](const Fields& feedback) {
    codec.rtcp_feedback.push_back(
        {std::string(feedback.text("type")), std::string(feedback.text_or("parameter", ""))});
  });
  return codec;
}

media::RtpHeaderExtensionParameters read_extension(const Fields& fields) {
  media::RtpHeaderExtensionParameters extension;
  extension.uri = fields.text("uri");
  extension.kind = rtp::extension_kind(extension.uri);
  extension.id = static_cast<uint8_t>(fields.number("id", 1, kMaxExtensionId));
  extension.encrypt = fields.flag_or("encrypt", false);
  extension.parameters = read_parameters(fields);
  return extension;
}

void write_parameters(JsonWriter& out, const media::Parameters& parameters) {
  out.begin_object("parameters");
  for (const auto& [name, value] : parameters) {
    out.key(name);
    std::visit([&](const auto& v) { out.value(v); }, value);
  }
  out.end_object();
}

void write_codec(JsonWriter& out, const media::RtpCodecParameters& codec) {
  out.begin_object();
  out.field("mimeType", codec.mime_type);
  out.field("payloadType", codec.payload_type);
  out.field("clockRate", codec.clock_rate);
  out.maybe("channels", codec.channels);
  write_parameters(out, codec.parameters);
  out.begin_array("rtcpFeedback");
  for (const auto& feedback : codec.rtcp_feedback) {
    out.begin_object();
    out.field("type", feedback.type);
    out.field("parameter", feedback.parameter);
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

void write_extension(JsonWriter& out, const media::RtpHeaderExtensionParameters& extension) {
  out.begin_object();
  out.field("uri", extension.uri);
  out.field("id", extension.id);
  out.field("encrypt", extension.encrypt);
  write_parameters(out, extension.parameters);
  out.end_object();
}

void text_unless_empty(JsonWriter& out, std::string_view name, const std::string& text) {
  if (!text.empty()) out.field(name, text);
}

}  // namespace

media::RtpEncodingParameters read_encoding(const Fields& fields) {
  media::RtpEncodingParameters encoding;
  encoding.ssrc = fields.number_or("ssrc", 0, 0, kMaxU32);
  encoding.rid = read_identifier(fields, "rid");
  if (const auto type = fields.maybe_number("codecPayloadType", 0, kMaxPayloadType)) {
    encoding.codec_payload_type = static_cast<uint8_t>(*type);
  }
  if (const auto rtx = fields.maybe_object("rtx")) {
    encoding.rtx_ssrc = rtx->number("ssrc", 1, kMaxU32);
  }
  encoding.dtx = fields.flag_or("dtx", false);
  encoding.scalability_mode = fields.text_or("scalabilityMode", "");
  encoding.max_bitrate = fields.number_or("maxBitrate", 0, 0, kMaxU32);
  return encoding;
}

media::RtpParameters read_rtp_parameters(const Fields& fields) {
  media::RtpParameters parameters;
  parameters.mid = read_identifier(fields, "mid");
  fields.each_object("codecs",
                     [&](const Fields& codec) { parameters.codecs.push_back(read_codec(codec)); });
  fields.each_object("headerExtensions", [&](const Fields& extension) {
    parameters.header_extensions.push_back(read_extension(extension));
  });
  fields.each_object("encodings", [&](const Fields& encoding) {
    parameters.encodings.push_back(read_encoding(encoding));
  });
  if (const auto rtcp = fields.maybe_object("rtcp")) {
    parameters.cname = rtcp->text_or("cname", "");
    if (parameters.cname.size() > 255) rtcp->mistake("cname", "must not exceed 255 bytes");
    parameters.reduced_size = rtcp->flag_or("reducedSize", true);
  }
  parameters.msid = fields.text_or("msid", "");
  if (parameters.codecs.empty()) fields.mistake("codecs", "must not be empty");
  if (parameters.encodings.empty()) fields.mistake("encodings", "must not be empty");
  for (const auto& encoding : parameters.encodings) {
    if (encoding.codec_payload_type && !parameters.codec_for(encoding)) {
      fields.mistake("encodings", "have a codecPayloadType that no codec has");
    }
  }
  return parameters;
}

media::RtpMapping read_rtp_mapping(const Fields& fields) {
  media::RtpMapping mapping;
  fields.each_object("codecs", [&](const Fields& codec) {
    mapping.codecs.push_back(
        {read_payload_type(codec, "payloadType"), read_payload_type(codec, "mappedPayloadType")});
  });
  fields.each_object("encodings", [&](const Fields& encoding) {
    media::RtpMapping::Encoding mapped;
    mapped.ssrc = encoding.number_or("ssrc", 0, 0, kMaxU32);
    mapped.rid = read_identifier(encoding, "rid");
    mapped.scalability_mode = encoding.text_or("scalabilityMode", "");
    mapped.mapped_ssrc = encoding.number("mappedSsrc", 1, kMaxU32);
    mapping.encodings.push_back(std::move(mapped));
  });
  return mapping;
}

void write_encoding(JsonWriter& out, const media::RtpEncodingParameters& encoding) {
  out.begin_object();
  if (encoding.ssrc) out.field("ssrc", encoding.ssrc);
  text_unless_empty(out, "rid", encoding.rid);
  out.maybe("codecPayloadType", encoding.codec_payload_type);
  if (encoding.rtx_ssrc) {
    out.begin_object("rtx");
    out.field("ssrc", encoding.rtx_ssrc);
    out.end_object();
  }
  out.field("dtx", encoding.dtx);
  text_unless_empty(out, "scalabilityMode", encoding.scalability_mode);
  if (encoding.max_bitrate) out.field("maxBitrate", encoding.max_bitrate);
  out.end_object();
}

void write_rtp_parameters(JsonWriter& out, const media::RtpParameters& parameters) {
  out.begin_object();
  text_unless_empty(out, "mid", parameters.mid);
  out.begin_array("codecs");
  for (const auto& codec : parameters.codecs) write_codec(out, codec);
  out.end_array();
  out.begin_array("headerExtensions");
  for (const auto& extension : parameters.header_extensions) write_extension(out, extension);
  out.end_array();
  out.begin_array("encodings");
  for (auto encoding : parameters.encodings) {
    // As in mediasoup, the dump names the codec even where the application did not.
    const auto* codec = parameters.codec_for(encoding);
    if (codec) encoding.codec_payload_type = codec->payload_type;
    write_encoding(out, encoding);
  }
  out.end_array();
  out.begin_object("rtcp");
  out.field("cname", parameters.cname);
  out.field("reducedSize", parameters.reduced_size);
  out.end_object();
  text_unless_empty(out, "msid", parameters.msid);
  out.end_object();
}

void write_rtp_mapping(JsonWriter& out, const media::RtpMapping& mapping) {
  out.begin_object();
  out.begin_array("codecs");
  for (const auto& codec : mapping.codecs) {
    out.begin_object();
    out.field("payloadType", codec.payload_type);
    out.field("mappedPayloadType", codec.mapped_payload_type);
    out.end_object();
  }
  out.end_array();
  out.begin_array("encodings");
  for (const auto& encoding : mapping.encodings) {
    out.begin_object();
    if (encoding.ssrc) out.field("ssrc", encoding.ssrc);
    text_unless_empty(out, "rid", encoding.rid);
    text_unless_empty(out, "scalabilityMode", encoding.scalability_mode);
    out.field("mappedSsrc", encoding.mapped_ssrc);
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

}  // namespace sluice::worker
