// The strategy of a pipe consumer: every stream of the producer goes through as it is, each under
// an SSRC of its own. The consumers at the other end wait for key frames themselves.
#pragma once

#include <vector>

#include "media/select/selector.h"
#include "media/select/stream_start.h"
#include "media/send_stream.h"

namespace sluice::media {

// `streams` belong to its consumer: one per encoding of the producer.
class PipeSelector final : public Selector {
 public:
  explicit PipeSelector(const std::vector<SendStream>& streams)
      : streams_(streams), starts_(streams.size()) {}

  Selection select(Instant now, const ReceivedPacket& packet, bool is_refused) override;
  void set_preferred(Instant, VideoLayers) override {}
  VideoLayers current() const override { return {}; }
  uint8_t wanted_encoding() const override;
  void restart(Instant now) override;

 private:
  const std::vector<SendStream>& streams_;
  std::vector<StreamStart> starts_;
};

}  // namespace sluice::media
