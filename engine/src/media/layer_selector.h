// What a consumer with layers (simulcast, SVC) or several streams (pipe) decides for each packet. A
// simple consumer has none: its one decision, to start at a key frame, is the consumer's own.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "media/media_types.h"

namespace sluice::media {

struct Selection {
  enum class Action : uint8_t {
    forward,
    leave_out,  // Of the stream that goes out, but not for this consumer: its numbers close up.
    ignore,     // Of another stream, whose numbers have nothing to do with those that go out.
    wait,       // Waiting for a key frame: the packet may turn out to be part of it.
  };

  Action action = Action::ignore;
  uint8_t stream = 0;             // Of the consumer's streams.
  bool sync = false;              // The output starts anew at this packet ...
  uint16_t seq_gap = 0;           // ... after a hole of that many numbers ...
  uint32_t timestamp_offset = 0;  // ... with that offset (out = in - offset).
  bool marker = false;
};

class LayerSelector {
 public:
  virtual ~LayerSelector() = default;

  virtual Selection select(Instant now, const ReceivedPacket& packet) = 0;
  virtual void set_preferred(Instant now, VideoLayers layers) = 0;
  virtual VideoLayers current() const = 0;
  // The producer's encoding whose key frame is wanted now; kAllEncodings for each.
  virtual uint8_t wanted_encoding() const = 0;
  virtual void restart(
      Instant now) = 0;  // Connected, resumed: the next packet must be a key frame.
};

}  // namespace sluice::media
