#include "rtp/extension_values.h"

#include <algorithm>

namespace sluice::rtp {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr uint32_t kAbsSendTimeMask = 0xFFFFFF;
constexpr unsigned kAbsSendTimeFractionBits = 18;
constexpr uint16_t kPlayoutDelayTickMs = 10;

int32_t sign_extend_24(uint32_t value) {
  return static_cast<int32_t>(value << 8) >> 8;
}

std::string_view as_text(Bytes value) {
  return {reinterpret_cast<const char*>(value.data()), value.size()};
}

}  // namespace

uint32_t to_abs_send_time(Instant at) {
  const int64_t ns = at.time_since_epoch().count();
  int64_t seconds = ns / kNsPerSecond;
  int64_t rest = ns % kNsPerSecond;
  if (rest < 0) {
    rest += kNsPerSecond;
    --seconds;
  }
  const uint64_t fraction =
      (static_cast<uint64_t>(rest) << kAbsSendTimeFractionBits) / kNsPerSecond;
  return static_cast<uint32_t>((static_cast<uint64_t>(seconds) << kAbsSendTimeFractionBits) +
                               fraction) &
         kAbsSendTimeMask;
}

std::optional<uint32_t> parse_abs_send_time(Bytes value) {
  if (value.size() != kAbsSendTimeBytes) return std::nullopt;
  return load_u24(value, 0);
}

void write_abs_send_time(MutableBytes room, uint32_t value) {
  store_u24(room, 0, value);
}

Duration abs_send_time_diff(uint32_t a, uint32_t b) {
  const int64_t ticks = sign_extend_24((a - b) & kAbsSendTimeMask);
  return Duration(ticks * kNsPerSecond / (int64_t{1} << kAbsSendTimeFractionBits));
}

std::optional<uint16_t> parse_transport_cc(Bytes value) {
  if (value.size() != kTransportCcBytes && value.size() != kTransportCcBytes + 2) {
    return std::nullopt;
  }
  return load_u16(value, 0);
}

void write_transport_cc(MutableBytes room, uint16_t sequence) {
  store_u16(room, 0, sequence);
}

std::optional<AudioLevel> parse_audio_level(Bytes value) {
  // RFC 6464, 3: the two-byte form may carry one more byte of padding within the element.
  if (value.empty() || value.size() > 2) return std::nullopt;
  return AudioLevel{(value[0] & 0x80) != 0, static_cast<int8_t>(-(value[0] & 0x7F))};
}

void write_audio_level(MutableBytes room, AudioLevel level) {
  const int dbov = std::clamp<int>(level.dbov, -127, 0);
  room[0] = static_cast<uint8_t>((level.voice ? 0x80 : 0) | -dbov);
}

std::optional<VideoOrientation> parse_video_orientation(Bytes value) {
  if (value.size() != kVideoOrientationBytes) return std::nullopt;
  VideoOrientation orientation;
  orientation.camera = value[0] & 0x08;
  orientation.flip = value[0] & 0x04;
  orientation.rotation = static_cast<uint16_t>((value[0] & 0x03) * 90);
  return orientation;
}

void write_video_orientation(MutableBytes room, const VideoOrientation& orientation) {
  room[0] = static_cast<uint8_t>((orientation.camera ? 0x08 : 0) | (orientation.flip ? 0x04 : 0) |
                                 (orientation.rotation / 90 & 0x03));
}

std::optional<PlayoutDelay> parse_playout_delay(Bytes value) {
  if (value.size() != kPlayoutDelayBytes) return std::nullopt;
  const uint32_t both = load_u24(value, 0);
  const PlayoutDelay delay{static_cast<uint16_t>((both >> 12) * kPlayoutDelayTickMs),
                           static_cast<uint16_t>((both & 0xFFF) * kPlayoutDelayTickMs)};
  if (delay.min_ms > delay.max_ms) return std::nullopt;
  return delay;
}

void write_playout_delay(MutableBytes room, PlayoutDelay delay) {
  const uint32_t min = std::min(delay.min_ms, kPlayoutDelayMaxMs) / kPlayoutDelayTickMs;
  const uint32_t max = std::min(delay.max_ms, kPlayoutDelayMaxMs) / kPlayoutDelayTickMs;
  store_u24(room, 0, min << 12 | max);
}

std::optional<AbsCaptureTime> parse_abs_capture_time(Bytes value) {
  if (value.size() != kAbsCaptureTimeShortBytes && value.size() != kAbsCaptureTimeBytes) {
    return std::nullopt;
  }
  AbsCaptureTime time;
  time.capture_ntp = load_u64(value, 0);
  if (value.size() == kAbsCaptureTimeBytes) {
    time.clock_offset = static_cast<int64_t>(load_u64(value, 8));
  }
  return time;
}

size_t write_abs_capture_time(MutableBytes room, const AbsCaptureTime& time) {
  store_u64(room, 0, time.capture_ntp);
  if (!time.clock_offset) return kAbsCaptureTimeShortBytes;
  store_u64(room, 8, static_cast<uint64_t>(*time.clock_offset));
  return kAbsCaptureTimeBytes;
}

void shorten_abs_capture_time(MutableBytes packet, size_t at) {
  // RFC 8285, 4.2 and 4.3: the byte before the value is id and size less one, or the size alone.
  uint8_t& head = packet[at - 1];
  head = head == kAbsCaptureTimeBytes
             ? uint8_t{kAbsCaptureTimeShortBytes}
             : static_cast<uint8_t>((head & 0xF0) | (kAbsCaptureTimeShortBytes - 1));
  const auto rest = packet.subspan(at + kAbsCaptureTimeShortBytes,
                                   kAbsCaptureTimeBytes - kAbsCaptureTimeShortBytes);
  std::fill(rest.begin(), rest.end(), uint8_t{0});
}

std::optional<int32_t> parse_time_offset(Bytes value) {
  if (value.size() != kTimeOffsetBytes) return std::nullopt;
  return sign_extend_24(load_u24(value, 0));
}

void write_time_offset(MutableBytes room, int32_t offset) {
  store_u24(room, 0, static_cast<uint32_t>(offset) & 0xFFFFFF);
}

std::optional<uint32_t> parse_packet_id(Bytes value) {
  if (value.size() != kPacketIdBytes) return std::nullopt;
  return load_u32(value, 0);
}

void write_packet_id(MutableBytes room, uint32_t id) {
  store_u32(room, 0, id);
}

std::optional<std::string_view> parse_mid(Bytes value) {
  // RFC 8285's two-byte form lets a sender pad text with zeros; SDES text itself has none.
  while (!value.empty() && value.back() == 0) value = value.first(value.size() - 1);
  if (value.empty()) return std::nullopt;
  const bool printable = std::all_of(value.begin(), value.end(),
                                     [](uint8_t byte) { return byte > 0x20 && byte < 0x7F; });
  if (!printable) return std::nullopt;
  return as_text(value);
}

std::optional<std::string_view> parse_rid(Bytes value) {
  const auto text = parse_mid(value);
  if (!text) return std::nullopt;
  const bool allowed = std::all_of(text->begin(), text->end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
  });
  if (!allowed) return std::nullopt;
  return text;
}

}  // namespace sluice::rtp
