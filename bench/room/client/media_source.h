// A stream that the client sends: frames of equal packets at a fixed rate, as VP8 or as Opus.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "rtcp/compound_writer.h"
#include "srtp/srtp_outbound.h"

namespace sluice::bench {

struct MediaSourceOptions {
  uint32_t source = 0;  // The driver's number for it; the client's list is in this order.
  uint32_t peer = 0;
  bool is_video = true;
  uint32_t ssrc = 0;
  uint8_t payload_type = 0;
  uint32_t clock_rate = 90000;
  std::string mid;
  uint8_t mid_id = 0;  // Header extension ids; 0 leaves the extension out.
  uint8_t transport_cc_id = 0;
  uint32_t packet_bytes = 1100;  // Of the whole RTP packet, before it is protected.
  uint32_t frame_packets = 6;
  uint32_t frames_per_second = 30;
  Duration phase{};  // After the common start, so that sources do not send in step.
};

// What was sent between "begin" and "end".
struct Window {
  uint32_t first = 0;
  uint32_t end = UINT32_MAX;  // Of the packets to come, while it is open.
  bool contains(uint32_t number) const { return number - first < end - first; }
};

class MediaSource {
 public:
  explicit MediaSource(MediaSourceOptions options);

  const MediaSourceOptions& options() const { return options_; }
  void start(Instant at) { next_frame_ = at + options_.phase; }
  Instant next_frame() const { return next_frame_; }
  void request_key_frame() { key_frame_wanted_ = true; }

  // The protected packets of a frame side by side, each of segment_bytes(). Empty when the keys
  // refuse. `transport_cc` is the transport's counter. Valid until the next call.
  Bytes make_frame(Instant now, srtp::SrtpOutbound& srtp, uint16_t* transport_cc);
  size_t segment_bytes() const { return segment_bytes_; }

  bool write_report(rtcp::CompoundWriter& out, Instant now, Duration wall_offset) const;

  void open_window() { window_ = {sent_, UINT32_MAX}; }
  void close_window() { window_.end = sent_; }
  const Window& window() const { return window_; }
  uint32_t sent() const { return sent_; }
  uint32_t late_frames() const { return late_frames_; }  // By more than a frame: not caught up.

 private:
  size_t write_packet(MutableBytes slot, Instant now, size_t index, bool is_key, uint16_t number);
  void write_vp8(MutableBytes payload, bool is_first, bool is_key) const;
  uint32_t timestamp() const;

  MediaSourceOptions options_;
  std::vector<uint8_t> frame_;
  std::vector<uint8_t> payload_;
  size_t segment_bytes_ = 0;
  Instant next_frame_ = kNever;
  Duration frame_time_;
  uint32_t frames_ = 0;
  uint32_t sent_ = 0;
  uint32_t late_frames_ = 0;
  Window window_{0, 0};
  bool key_frame_wanted_ = true;
};

}  // namespace sluice::bench
