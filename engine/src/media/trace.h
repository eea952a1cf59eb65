// Trace events of producers and consumers: off by default, asked for by type. Kept in a bounded
// queue until the worker has written them out; what does not fit is dropped and counted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "media/media_types.h"

namespace sluice::media {

enum class TraceType : uint8_t { rtp, keyframe, nack, pli, fir, sr };
constexpr std::string_view kTraceTypeNames[] = {"rtp", "keyframe", "nack", "pli", "fir", "sr"};

// As a set of bits, bit n for TraceType n.
using TraceTypes = uint8_t;
constexpr TraceTypes trace_bit(TraceType type) {
  return static_cast<TraceTypes>(1u << static_cast<unsigned>(type));
}

struct Trace {
  TraceType type = TraceType::rtp;
  bool is_outgoing = false;  // direction "out".
  Instant at;

  // rtp, keyframe.
  bool is_rtx = false;
  bool is_key_frame = false;
  bool marker = false;
  uint8_t payload_type = 0;
  uint8_t spatial = 0;
  uint8_t temporal = 0;
  uint16_t sequence = 0;
  uint32_t timestamp = 0;
  uint32_t ssrc = 0;  // Also of pli, fir and sr.
  uint32_t size = 0;
  uint32_t payload_size = 0;
  std::string mid;  // Empty: the packet does not carry it. So are the next two.
  std::string rid;
  std::string rrid;
  std::optional<uint16_t> wide_sequence;

  // sr.
  NtpTime ntp;
  uint32_t packets = 0;
  uint32_t octets = 0;
};

class TraceQueue {
 public:
  static constexpr size_t kTracesMax = 1024;

  void set_types(TraceTypes types) { types_ = types; }
  TraceTypes types() const { return types_; }
  bool wants(TraceType type) const { return (types_ & trace_bit(type)) != 0; }
  bool wants_packets() const {
    return (types_ & (trace_bit(TraceType::rtp) | trace_bit(TraceType::keyframe))) != 0;
  }

  void add(const Trace& trace) {
    if (!wants(trace.type)) return;
    if (queue_.size() == kTracesMax) {
      ++dropped_;
      return;
    }
    queue_.push_back(trace);
  }
  // "rtp" and, for a key frame, "keyframe". Only called when wants_packets().
  void add_packet(Trace trace) {
    trace.type = TraceType::rtp;
    add(trace);
    trace.type = TraceType::keyframe;
    if (trace.is_key_frame) add(trace);
  }

  bool empty() const { return queue_.empty(); }
  std::vector<Trace> take() { return std::exchange(queue_, {}); }
  // Traces that found no room since the last call.
  uint64_t take_dropped() { return std::exchange(dropped_, 0); }

 private:
  std::vector<Trace> queue_;
  uint64_t dropped_ = 0;
  TraceTypes types_ = 0;
};

}  // namespace sluice::media
