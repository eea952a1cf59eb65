// What the parts of the media path hand each other, and the figures that dumps and statistics show.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/packet_pool.h"
#include "base/time.h"
#include "media/stream_params.h"
#include "rtp/codecs/payload_facts.h"
#include "rtp/rtp_view.h"

namespace sluice::media {

// A packet that a producer took, as its consumers read it. Nobody writes it.
struct ReceivedPacket {
  PacketRef slot;     // Keeps the bytes under `view`.
  rtp::RtpView view;  // Of the original packet, also when it came by RTX.
  uint64_t seq = 0;   // Extended; never wraps and never goes back when the sender starts anew.
  Instant received_at;
  Instant captured_at;       // In our clock (source_timeline.h).
  uint8_t encoding = 0;      // Index of the producer's encoding (stream).
  uint8_t epoch = 0;         // Changes when the sender's sequence numbers jumped.
  uint8_t payload_type = 0;  // The router's: mapped by the producer's RtpMapping.
  bool is_time_sure = true;  // captured_at is good enough for a sender report.
  bool is_repaired = false;  // Came as an answer to our NACK.
  bool came_by_rtx = false;
  rtp::PayloadFacts facts;

  bool is_padding_only() const { return view.payload().empty(); }
};

// mediasoup's RTP statistics of one stream; times are left to the writer.
struct StreamStats {
  uint64_t packet_count = 0;
  uint64_t byte_count = 0;
  uint64_t bitrate = 0;  // bps.
  int64_t packets_lost = 0;
  uint64_t packets_discarded = 0;
  uint64_t packets_retransmitted = 0;
  uint64_t packets_repaired = 0;
  uint64_t nack_count = 0;         // NACK packets.
  uint64_t nack_packet_count = 0;  // Packets they asked for.
  uint64_t pli_count = 0;
  uint64_t fir_count = 0;
  std::optional<uint64_t> rtx_packets_discarded;
  double round_trip_time_ms = 0;  // 0: not known.
  double jitter = 0;              // In timestamp units.
  uint8_t fraction_lost = 0;      // Of 256.
  uint8_t score = 0;              // 0..10.
};

struct LayerBitrate {
  uint8_t spatial = 0;
  uint8_t temporal = 0;
  uint64_t bitrate = 0;  // bps, with the layers below.
};

struct ProducerStreamStats {
  const StreamParams* params = nullptr;  // Valid as long as the producer.
  StreamStats stats;
  std::vector<LayerBitrate> bitrate_by_layer;
};

struct ConsumerStats {
  const StreamParams* params = nullptr;  // Valid as long as the consumer.
  StreamStats stats;
};

struct ProducerScore {
  uint8_t encoding_index = 0;
  uint32_t ssrc = 0;
  std::string rid;
  uint8_t score = 0;
};

struct ConsumerScore {
  uint8_t score = 10;
  uint8_t producer_score = 0;
  std::vector<uint8_t> producer_scores;  // By encoding; 0 for a stream not seen yet.
};

}  // namespace sluice::media
