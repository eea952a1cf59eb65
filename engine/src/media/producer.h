// A producer: the streams that one peer sends of one source, and the packets of the running receive
// batch, which its consumers read one consumer after the other when the batch ends.
//
//   for each packet:    producer.receive(now, slot, view)  -> what became of it
//   end of the batch:   for each consumer in consumers(), for each packet in batch(): write(...);
//                       then clear_batch()
//   RTCP:               handle_sender_report(), handle_dlrr()
//   after any input, and at next_timeout():  poll_feedback() until 0; take_*() events
//
// Knows no transport; pure. Its worker's thread alone calls it.
#pragma once

#include <array>
#include <bitset>
#include <memory>
#include <optional>
#include <vector>

#include "base/packet_pool.h"
#include "base/result.h"
#include "base/slot_map.h"
#include "base/time.h"
#include "media/audio_meter.h"
#include "media/media_types.h"
#include "media/receive_stream.h"
#include "media/rtp_parameters.h"
#include "media/trace.h"
#include "rtp/extension_values.h"

namespace sluice::media {

class Consumer;

struct ProducerOptions {
  MediaKind kind = MediaKind::audio;
  RtpParameters rtp_parameters;
  RtpMapping rtp_mapping;
  Duration key_frame_request_delay{};
  bool paused = false;
  bool enable_packet_id = false;
  // The histories of its streams are among these, or of none when it is nullptr.
  PacketHolders* packet_holders = nullptr;
};

enum class ReceiveResult : uint8_t {
  forward,
  repaired,  // Forward: it fills a hole.
  // Everything below goes no further.
  paused,
  duplicate,
  bad_sequence,
  rtx_padding,
  unknown_stream,        // An SSRC, RID or payload type of none of the encodings.
  unknown_payload_type,  // Not in the RtpMapping.
  malformed_red,
  batch_full,
};
constexpr bool is_taken(ReceiveResult result) {
  return result <= ReceiveResult::repaired;
}

class Producer {
 public:
  static constexpr size_t kBatchMax = 2048;  // Packets of one receive batch.
  static constexpr size_t kEncodingsMax = 8;

  // Fails with a text that names the field.
  static Result<std::unique_ptr<Producer>> create(ObjectId id, ProducerOptions options);
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // The worker's object that holds this producer, and its place in the transport's list. Set and
  // read by the worker alone.
  void* object = nullptr;
  size_t place_in_transport = 0;

  ObjectId id() const { return id_; }
  MediaKind kind() const { return options_.kind; }
  ProducerType type() const { return type_; }
  const RtpParameters& rtp_parameters() const { return options_.rtp_parameters; }
  const RtpMapping& rtp_mapping() const { return options_.rtp_mapping; }
  const rtp::ExtensionIds& extension_ids() const { return extension_ids_; }
  // Packets that come without mediasoup's packet id get one from each consumer that negotiated it.
  bool adds_packet_ids() const { return options_.enable_packet_id; }

  // The router's payload type for redundant audio; kNoPayloadType: there is none.
  uint8_t red_type() const { return mapped_red_type_; }

  // abs-capture-time tells how far the capturer's clock is from the clock of whoever reports: that
  // is us from here on. Writes into the packet and its view; called before receive(), for a packet
  // that carries the extension and that nobody else has seen.
  void adjust_capture_time(PacketHead& packet, rtp::RtpView& view);

  // Packets. `view` was parsed with ids that agree with extension_ids().
  ReceiveResult receive(Instant now, const PacketRef& slot, const rtp::RtpView& view);
  // A packet of another worker's producer, over a link: `ssrc` is that of one of our encodings,
  // packet.payload_type one of our codecs', and `extension_ids` are those in the packet's bytes.
  using ExtensionIdTable = std::array<uint8_t, rtp::kExtensionKinds>;
  ReceiveResult receive_linked(Instant now, uint32_t ssrc, const ReceivedPacket& packet,
                               const ExtensionIdTable& extension_ids,
                               rtp::SharedStructure structure = nullptr);
  // The dependency structure that a packet of its batch attaches; nullptr when it attaches none.
  rtp::SharedStructure attached_structure(const ReceivedPacket& packet) const;
  // The ids of header extensions as they stand in the bytes of its packets.
  const rtp::ExtensionIds& wire_extension_ids() const { return wire_ids_; }
  const std::vector<ReceivedPacket>& batch() const { return batch_; }
  void clear_batch() { batch_.clear(); }

  // Its consumers, dense and in no order. A consumer adds and removes itself.
  const std::vector<Consumer*>& consumers() const { return consumers_; }

  bool is_paused() const { return options_.paused; }
  void pause(Instant now);  // Also tells the consumers: producer_paused().
  void resume(Instant now);

  // For observers, of audio: the packets' levels are noted while anybody watches.
  AudioMeter& watch_loudness(Instant now);
  void unwatch_loudness();

  // RTCP in, `wall` is the NTP time at its arrival; false when the SSRC is none of its streams'.
  bool handle_sender_report(Instant now, NtpTime wall, const rtcp::SenderReport& report);
  // The answer to our reference time is about the transport, so each of its producers gets it,
  // whatever SSRC it names.
  void handle_dlrr(NtpTime wall, const rtcp::DlrrBlock& block);
  // The sender has ended an SSRC: another one may take its encoding over at once.
  void handle_bye(Instant now, uint32_t ssrc);

  // Consumers ask; the streams' requesters decide. kAllEncodings: each stream seen so far.
  static constexpr uint8_t kAllEncodings = 0xFF;
  void request_key_frame(Instant now, uint8_t encoding);

  // Writes the next NACK, PLI or FIR that is due as one RTCP packet; 0: nothing (more) is due.
  size_t poll_feedback(Instant now, MutableBytes out);
  // <= now when poll_feedback() has something to write. kNever: nothing is waited for.
  Instant next_timeout() const;

  Instant last_report_at;  // Kept by RtcpReports.
  // For the reports of its transport (rtcp_reports.h). At most one block a stream and one for its
  // RTX; returns how many.
  static constexpr size_t kReportBlocksMax = 2 * kEncodingsMax;
  size_t make_reports(Instant now, std::array<rtcp::ReportBlock, kReportBlocksMax>& blocks);

  // Events, coalesced: each is true (or there) once after a change.
  bool take_score_change();
  std::vector<ProducerScore> scores() const;
  std::optional<rtp::VideoOrientation> take_orientation_change();
  TraceQueue& traces() { return traces_; }

  // Streams seen so far, by encoding; nullptr for one not seen.
  size_t encodings() const { return streams_.size(); }
  ReceiveStream* stream(uint8_t encoding) const { return streams_[encoding].get(); }
  uint32_t mapped_ssrc(uint8_t encoding) const {
    return options_.rtp_mapping.encodings[encoding].mapped_ssrc;
  }
  std::vector<ProducerStreamStats> stats(Instant now);
  // The loss (of 256) that consumers' peers report, for a codec with in-band FEC: what nine of ten
  // have at most, from reports that are not old. At most kRemoteLossMax: one of ten peers, or the
  // only one, may be beyond help, and nobody's report may cut down what all others get.
  uint8_t remote_loss(Instant now) const;
  // libwebrtc's loss-based estimator lowers the bitrate above 10 %, and Opus gains little from FEC
  // beyond it.
  static constexpr uint8_t kRemoteLossMax = 25;
  // Two of the longest intervals between reports (RFC 3550, 6.2: 5 s).
  static constexpr Duration kRemoteLossAge = 10s;

  // The packet with this extended number, if the history still has it.
  bool fetch(uint8_t encoding, uint64_t seq, ReceivedPacket& out) const;

 private:
  friend class Consumer;  // add_consumer() and remove_consumer().
  struct Found {
    ReceiveStream* stream = nullptr;
    uint8_t encoding = 0;
    bool is_rtx = false;
    bool is_new = false;
  };
  // What one encoding's packets look like; made once.
  struct EncodingPlan {
    const RtpCodecParameters* codec = nullptr;
    const RtpCodecParameters* rtx = nullptr;
  };

  Producer(ObjectId id, ProducerOptions options);
  Found find_stream(Instant now, const rtp::RtpView& view);
  Found find_known_stream(uint32_t ssrc) const;
  Found find_new_stream(Instant now, const rtp::RtpView& view);
  Found find_linked_stream(uint32_t ssrc);
  Found open_stream(Instant now, uint8_t encoding, uint32_t ssrc, bool is_rtx);
  void handle_key_frames(Instant now, const Found& found, const ReceivedPacket& packet);
  // A packet that goes to the consumers: what is noted of it, and the history.
  void publish(Instant now, const Found& found, const ReceivedPacket& packet);
  void note_packet(Instant now, const ReceivedPacket& packet);
  void score_changed();
  void add_consumer(Consumer& consumer);
  void remove_consumer(Consumer& consumer);
  size_t write_key_frame_request(ReceiveStream& stream, Instant now, MutableBytes out);
  bool has_good_blocks(const ReceiveStream& stream, const rtp::RtpView& view) const;
  size_t write_nack(ReceiveStream& stream, Instant now, MutableBytes out);

  ObjectId id_;
  ProducerOptions options_;
  ProducerType type_;
  rtp::ExtensionIds extension_ids_;
  rtp::ExtensionIds wire_ids_;  // The same, but for a producer whose packets come by a link.
  std::array<uint8_t, 128> mapped_payload_types_{};  // kUnmapped: refused.
  static constexpr uint8_t kUnmapped = kNoPayloadType;
  std::bitset<128> companion_types_;  // Codecs that come under the SSRC of a media codec.
  uint8_t red_type_ = kNoPayloadType;
  uint8_t mapped_red_type_ = kNoPayloadType;
  std::vector<EncodingPlan> plans_;
  std::vector<std::unique_ptr<ReceiveStream>> streams_;
  std::vector<ReceivedPacket> batch_;
  std::vector<Consumer*> consumers_;
  TraceQueue traces_;
  std::optional<rtp::VideoOrientation> orientation_;
  std::unique_ptr<AudioMeter> meter_;  // While meter_watchers_ is not 0.
  size_t meter_watchers_ = 0;
  size_t nack_consumers_ = 0;    // Consumers that may ask for packets again.
  uint32_t key_frames_due_ = 0;  // Bit n: ask encoding n's sender now.
  bool orientation_changed_ = false;
  bool score_changed_ = false;
};

}  // namespace sluice::media
