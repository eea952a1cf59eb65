// Makes packets that a server takes for a camera's or a microphone's.
#include "media_source.h"

#include <array>
#include <cstring>

#include "net/clock.h"
#include "rtcp/sender_report.h"
#include "rtcp/source_description.h"
#include "rtp/extension_values.h"
#include "rtp/rtp_writer.h"
#include "stamp.h"

namespace sluice::bench {
namespace {

constexpr size_t kSlotBytes = 2048;

}  // namespace

MediaSource::MediaSource(MediaSourceOptions options)
    : options_(std::move(options)),
      frame_(kSlotBytes * options_.frame_packets),
      payload_(options_.packet_bytes, 0x5A),
      frame_time_(Duration(std::chrono::seconds(1)) / options_.frames_per_second) {}

uint32_t MediaSource::timestamp() const {
  return static_cast<uint32_t>(uint64_t{frames_} * options_.clock_rate /
                               options_.frames_per_second);
}

Bytes MediaSource::make_frame(Instant now, srtp::SrtpOutbound& srtp, uint16_t* transport_cc) {
  next_frame_ += frame_time_;
  if (next_frame_ + frame_time_ < now) {
    ++late_frames_;
    next_frame_ = now + frame_time_;
  }
  const bool is_key = std::exchange(key_frame_wanted_, false);
  size_t used = 0;
  for (size_t i = 0; i < options_.frame_packets; ++i) {
    const MutableBytes slot = MutableBytes(frame_).subspan(used);
    const size_t header = write_packet(slot, now, i, is_key, (*transport_cc)++);
    const Bytes payload = Bytes(payload_).first(options_.packet_bytes - header);
    segment_bytes_ = srtp.protect_rtp(slot, header, payload);
    if (segment_bytes_ == 0) return {};
    used += segment_bytes_;
    ++sent_;
  }
  ++frames_;
  return Bytes(frame_).first(used);
}

// The header into the slot, the payload into payload_. Returns the header's size.
size_t MediaSource::write_packet(MutableBytes slot, Instant now, size_t index, bool is_key,
                                 uint16_t number) {
  std::array<uint8_t, rtp::kTransportCcBytes> transport_cc{};
  rtp::write_transport_cc(transport_cc, number);
  const std::array<rtp::ExtensionItem, 2> items = {{
      {options_.mid_id,
       Bytes(reinterpret_cast<const uint8_t*>(options_.mid.data()), options_.mid.size())},
      {options_.transport_cc_id, transport_cc},
  }};
  const size_t header =
      rtp::write_header(slot,
                        {.ssrc = options_.ssrc,
                         .timestamp = timestamp(),
                         .sequence = static_cast<uint16_t>(sent_),
                         .payload_type = options_.payload_type,
                         .marker = options_.is_video && index + 1 == options_.frame_packets},
                        items);
  const MutableBytes payload = MutableBytes(payload_).first(options_.packet_bytes - header);
  if (options_.is_video) write_vp8(payload, index == 0, is_key);
  write_stamp(payload, {options_.source, sent_, now});
  return header;
}

// RFC 7741, 4.2 and 4.3: X with a 15-bit picture id; the frame's first packet has S and the frame
// header, whose lowest bit is 0 in a key frame.
void MediaSource::write_vp8(MutableBytes payload, bool is_first, bool is_key) const {
  payload[0] = is_first ? 0x90 : 0x80;
  payload[1] = 0x80;
  store_u16(payload, 2, static_cast<uint16_t>(0x8000 | (frames_ & 0x7FFF)));
  static constexpr std::array<uint8_t, 10> kKeyFrame = {0x10, 0,    0, 0x9D, 0x01,
                                                        0x2A, 0x80, 2, 0xE0, 1};
  static constexpr std::array<uint8_t, 10> kDeltaFrame = {0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  const auto& head = is_key ? kKeyFrame : kDeltaFrame;
  if (is_first) std::memcpy(payload.data() + 4, head.data(), head.size());
}

bool MediaSource::write_report(rtcp::CompoundWriter& out, Instant now, Duration wall_offset) const {
  rtcp::SenderReport report;
  report.ssrc = options_.ssrc;
  report.ntp = net::to_ntp(now, wall_offset);
  report.rtp_timestamp = timestamp();
  report.packets = sent_;
  report.octets = sent_ * (options_.packet_bytes - static_cast<uint32_t>(rtp::kFixedHeaderBytes));
  return report.write(out) && rtcp::SourceDescription::write(out, options_.ssrc, "load");
}

}  // namespace sluice::bench
