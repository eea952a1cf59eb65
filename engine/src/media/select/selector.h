// What a consumer does with each packet of its producer. Each type of consumer has its strategy: a
// simple consumer a SingleSelector, which is no Selector, so that its decision is inlined; a pipe
// consumer a PipeSelector.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "media/media_types.h"

namespace sluice::media {

struct Selection {
  enum class Action : uint8_t {
    forward,
    leave_out,  // Belongs to the encoding that goes out, but this consumer does not get it: the
                // outgoing numbers close up.
    ignore,     // Belongs to another encoding, or comes before the output begins: its number has
                // nothing to do with the outgoing numbers.
    wait,       // The output waits for a key frame, and the packet may turn out to be part of it.
  };
  // How the output begins anew.
  struct Segment {
    uint32_t timestamp_offset = 0;  // Outgoing = incoming - offset.
    uint16_t seq_gap = 0;           // Outgoing numbers to skip, so that the receiver sees a loss.
  };

  Action action = Action::ignore;
  uint8_t stream = 0;   // Index into the consumer's streams.
  bool begins = false;  // A segment begins at this packet; only with `forward`.
  bool marker = false;
  Segment segment = {};  // Meant when `begins`.
};

class Selector {
 public:
  virtual ~Selector() = default;

  // Each packet once, in the order of arrival. A refused packet is one that the consumer does not
  // get whatever the strategy says (padding, a payload type that it lacks): never `forward`, and
  // no output begins with it.
  virtual Selection select(Instant now, const ReceivedPacket& packet, bool is_refused) = 0;
  virtual void set_preferred(Instant now, VideoLayers layers) = 0;
  virtual VideoLayers current() const = 0;
  // The producer's encoding that needs a key frame now; Producer::kAllEncodings for all of them.
  virtual uint8_t wanted_encoding() const = 0;
  // The receiver has nothing to build on: the consumer has just been connected or resumed.
  virtual void restart(Instant now) = 0;
};

}  // namespace sluice::media
