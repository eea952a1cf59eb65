// What a pipe consumer decides: every stream of the producer goes through as it is, each under an
// SSRC of its own. Waiting for key frames is left to the consumers at the other end.
#pragma once

#include <vector>

#include "media/layer_selector.h"
#include "media/send_stream.h"

namespace sluice::media {

// `streams` are its consumer's, one an encoding of the producer.
class PipeSelector final : public LayerSelector {
 public:
  explicit PipeSelector(const std::vector<SendStream>& streams)
      : streams_(streams), starts_(streams.size()) {}

  Selection select(Instant now, const ReceivedPacket& packet) override;
  void set_preferred(Instant, VideoLayers) override {}
  VideoLayers current() const override { return {}; }
  uint8_t wanted_encoding() const override;
  void restart(Instant now) override;

 private:
  struct Start {
    bool synced = false;
    uint8_t epoch = 0;
    uint32_t timestamp_offset = 0;
  };

  const std::vector<SendStream>& streams_;
  std::vector<Start> starts_;
};

}  // namespace sluice::media
