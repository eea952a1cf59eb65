// The values of header extensions: from bytes (nullopt when the size is wrong) and to bytes (into
// room the caller has reserved, of the size that stands as a constant here).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"

namespace sluice::rtp {

// http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time: 24 bits, seconds in 6.18 fixed point,
// wraps each 64 s.
constexpr size_t kAbsSendTimeBytes = 3;
uint32_t to_abs_send_time(Instant at);  // 24 bits.
std::optional<uint32_t> parse_abs_send_time(Bytes value);
void write_abs_send_time(MutableBytes room, uint32_t value);
Duration abs_send_time_diff(uint32_t a, uint32_t b);  // a - b, the shorter way around.

// draft-holmer-rmcat-transport-wide-cc-extensions-01, 2: a sequence number over a whole transport.
// Version 2 of the extension appends two bytes, which we ignore.
constexpr size_t kTransportCcBytes = 2;
std::optional<uint16_t> parse_transport_cc(Bytes value);
void write_transport_cc(MutableBytes room, uint16_t sequence);

// RFC 6464, 3: V bit and level in -dBov (0 loudest, 127 silence).
struct AudioLevel {
  bool voice = false;
  int8_t dbov = -127;  // -127..0.
};
constexpr size_t kAudioLevelBytes = 1;
std::optional<AudioLevel> parse_audio_level(Bytes value);
void write_audio_level(MutableBytes room, AudioLevel level);

// 3GPP TS 26.114, 7.4.5: camera, flip, rotation.
struct VideoOrientation {
  bool camera = false;    // True: the back-facing camera.
  bool flip = false;      // True: mirrored horizontally.
  uint16_t rotation = 0;  // 0, 90, 180 or 270 degrees.
  friend bool operator==(const VideoOrientation&, const VideoOrientation&) = default;
};
constexpr size_t kVideoOrientationBytes = 1;
std::optional<VideoOrientation> parse_video_orientation(Bytes value);
void write_video_orientation(MutableBytes room, const VideoOrientation& orientation);

// http://www.webrtc.org/experiments/rtp-hdrext/playout-delay: two 12-bit counts of 10 ms.
struct PlayoutDelay {
  uint16_t min_ms = 0;  // At most kPlayoutDelayMaxMs.
  uint16_t max_ms = 0;
};
constexpr size_t kPlayoutDelayBytes = 3;
constexpr uint16_t kPlayoutDelayMaxMs = 40950;
std::optional<PlayoutDelay> parse_playout_delay(Bytes value);
void write_playout_delay(MutableBytes room, PlayoutDelay delay);  // Rounded down to 10 ms.

// http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time: when the frame was captured, in
// the capturer's NTP clock (Q32.32), and optionally how far that clock is from the sender's.
struct AbsCaptureTime {
  uint64_t capture_ntp = 0;             // UQ32.32 seconds.
  std::optional<int64_t> clock_offset;  // Q32.32 seconds.
};
constexpr size_t kAbsCaptureTimeShortBytes = 8;
constexpr size_t kAbsCaptureTimeBytes = 16;
std::optional<AbsCaptureTime> parse_abs_capture_time(Bytes value);
size_t write_abs_capture_time(MutableBytes room, const AbsCaptureTime& time);  // 8 or 16.
// Makes an element of 16 bytes, whose value stands at `at` of a packet, one of 8 without an offset;
// the rest becomes padding between elements (RFC 8285, 4.1.1).
void shorten_abs_capture_time(MutableBytes packet, size_t at);

// RFC 5450, 2: signed 24-bit offset from the RTP timestamp, in its clock.
constexpr size_t kTimeOffsetBytes = 3;
std::optional<int32_t> parse_time_offset(Bytes value);
void write_time_offset(MutableBytes room, int32_t offset);

// urn:mediasoup:params:rtp-hdrext:packet-id: 32 bits a packet, opaque.
constexpr size_t kPacketIdBytes = 4;
std::optional<uint32_t> parse_packet_id(Bytes value);
void write_packet_id(MutableBytes room, uint32_t id);

// MID (RFC 9143, 15), RID and repaired RID (RFC 8852, 3.1): ASCII text. The view is into `value`.
// nullopt when empty or when a byte is not printable ASCII; RIDs are alphanumeric, '-' and '_'.
std::optional<std::string_view> parse_mid(Bytes value);
std::optional<std::string_view> parse_rid(Bytes value);

}  // namespace sluice::rtp
