// A consumer: what one peer gets of one producer. Rewrites SSRC, numbers, timestamps and header
// extensions straight into a send slot; the payload stays where it was received. Which packets go
// out is decided by its selector (select/).
//
//   end of a receive batch, when the transport is connected:
//     egress.set_time(now); for each packet: write() -> protect -> send batch
//     while (has_resends()) next_resend() -> protect -> send batch
//   RTCP: handle_nack(), handle_key_frame_request(), handle_receiver_report(), ...; then resends as
//     above, and look at producer().next_timeout(): it may want to send a PLI.
//
// Pure; its worker's thread alone calls it. The producer outlives it: whoever closes a producer
// destroys its consumers first.
#pragma once

#include <bitset>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/prefetch.h"
#include "base/random.h"
#include "base/result.h"
#include "base/slot_map.h"
#include "base/time.h"
#include "media/awaited_packets.h"
#include "media/egress.h"
#include "media/key_frame_requester.h"
#include "media/media_types.h"
#include "media/rewrite/rewriter.h"
#include "media/rtp_parameters.h"
#include "media/select/selector.h"
#include "media/select/single_selector.h"
#include "media/send_stream.h"
#include "media/trace.h"
#include "rtp/rtp_writer.h"

namespace sluice::media {

class Producer;

struct ConsumerOptions {
  MediaKind kind = MediaKind::audio;
  ConsumerType type = ConsumerType::simple;
  RtpParameters rtp_parameters;
  std::vector<RtpEncodingParameters> consumable_encodings;
  bool paused = false;
  bool ignore_dtx = false;
  std::optional<VideoLayers> preferred_layers;
};

class Consumer {
 public:
  // Which packets go out and what changes inside them. Without a selector the consumer has the one
  // of its type; without a rewriter payloads stay as they are.
  struct Strategy {
    std::unique_ptr<Selector> selector;
    std::unique_ptr<Rewriter> rewriter;
  };

  // Fails with a text that names the field. Adds itself to the producer's consumers.
  static Result<std::unique_ptr<Consumer>> create(ObjectId id, Producer& producer,
                                                  ConsumerOptions options, Random& random,
                                                  Strategy strategy = {});
  ~Consumer();
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  ObjectId id() const { return id_; }
  Producer& producer() const { return producer_; }
  MediaKind kind() const { return options_.kind; }
  ConsumerType type() const { return options_.type; }
  const RtpParameters& rtp_parameters() const { return options_.rtp_parameters; }
  const ConsumerOptions& options() const { return options_; }

  // The worker's object that holds this consumer, and its place in the transport's list. Set and
  // read by the worker alone.
  void* object = nullptr;
  size_t place_in_transport = 0;

  // The hot function. Writes the header of the packet to send into `slot` and returns its size, or
  // 0 when this consumer does not get this packet. *payload is either in the received packet or
  // exactly at slot.data() + the returned size. `slot` has at least kSlotBytesMin more than the
  // received packet.
  static constexpr size_t kSlotBytesMin = 160;
  size_t write(Instant now, const ReceivedPacket& packet, Egress& egress, MutableBytes slot,
               Bytes* payload);

  // For a link to another worker, which gets the packet itself: its stream's SSRC, or 0 when this
  // consumer does not get this packet.
  uint32_t pass(Instant now, const ReceivedPacket& packet);

  // What write() will need. Each of the three reads what the one before it fetched, so call them in
  // this order, with some time between them.
  void prefetch() const { prefetch_from_to(object, selector_); }
  void prefetch_stream() const { streams_[0].prefetch(); }
  void prefetch_history() const { streams_[0].prefetch_history(); }

  // Resends that NACKs asked for, and packets of an awaited key frame that came before its first.
  // The same contract as write(); 0: none left.
  bool has_resends() const { return has_resends_; }
  size_t next_resend(Instant now, Egress& egress, MutableBytes slot, Bytes* payload);

  // RTCP from the peer. `wall` is the NTP time at `now`. The caller finds the consumer by SSRC:
  // SSRCs and RTX SSRCs of rtp_parameters().encodings.
  void handle_nack(Instant now, const rtcp::Nack& nack);
  void handle_key_frame_request(Instant now, uint32_t ssrc, bool is_fir);
  void handle_receiver_report(Instant now, NtpTime wall, const rtcp::ReportBlock& block);
  void handle_reference_time(Instant now, NtpTime ntp);

  // State. A consumer forwards when its transport is connected and neither it nor its producer is
  // paused; video then starts with a key frame, which it asks for.
  void transport_connected(Instant now);
  void transport_disconnected();
  void pause();
  void resume(Instant now);
  void producer_paused();
  void producer_resumed(Instant now);
  bool is_paused() const { return options_.paused; }
  bool is_producer_paused() const;
  bool is_active() const { return active_; }
  void request_key_frame(Instant now);

  void set_priority(uint8_t priority) { priority_ = priority; }
  uint8_t priority() const { return priority_; }
  std::optional<VideoLayers> set_preferred_layers(Instant now, VideoLayers layers);
  std::optional<VideoLayers> preferred_layers() const { return options_.preferred_layers; }
  std::optional<VideoLayers> current_layers() const;

  // Events, coalesced: true once after a change.
  bool take_score_change();
  ConsumerScore score() const;
  TraceQueue& traces() { return traces_; }
  bool has_traces() const { return !traces_.empty(); }

  // For dumps, statistics and reports.
  std::vector<SendStream>& streams() { return streams_; }
  std::vector<ConsumerStats> stats(Instant now);
  std::vector<uint8_t> supported_payload_types() const;
  Instant last_report_at;  // Kept by RtcpReports.
  // Of 256: the worst of its streams, of those with a report since then.
  std::optional<uint8_t> fraction_lost(Instant since) const;
  size_t memory_bytes() const;

  struct Drops {
    uint64_t inactive = 0;      // Paused or not connected.
    uint64_t payload_type = 0;  // Not one of the consumer's codecs.
    uint64_t no_key_frame = 0;  // Waiting for one.
    uint64_t padding = 0;
    uint64_t dtx = 0;
    uint64_t layer = 0;
    uint64_t too_old = 0;      // From before the start, or later than the mapper's window.
    uint64_t no_room = 0;      // The slot was too small.
    uint64_t resend_gone = 0;  // Asked for, but no longer in the history.
  };
  const Drops& drops() const { return drops_; }

 private:
  friend class Producer;

  struct Sent {
    size_t bytes = 0;
    size_t payload_bytes = 0;
    std::optional<uint16_t> wide_seq = {};
  };

  Consumer(ObjectId id, Producer& producer, ConsumerOptions options, Random& random,
           Strategy strategy);
  void plan_header();
  bool is_pipe() const { return options_.type == ConsumerType::pipe; }
  void start(Instant now);
  void stop();
  void begin(const Selection& selection, const ReceivedPacket& packet);
  size_t write_as(Instant now, const Selection& selection, const ReceivedPacket& packet,
                  uint64_t out_seq, Egress& egress, MutableBytes slot, Bytes* payload);
  uint64_t* refusal(const ReceivedPacket& packet);
  size_t leave_out(Instant now, SendStream& stream, const ReceivedPacket& packet, uint64_t& reason,
                   Egress& egress, MutableBytes slot, Bytes* payload);
  size_t wait(Instant now, const ReceivedPacket& packet, bool is_refused);
  size_t write_resend(Instant now, SendStream& stream, const SendStream::Resend& resend,
                      Egress& egress, MutableBytes slot, Bytes* payload);
  size_t next_awaited(Instant now, Egress& egress, MutableBytes slot, Bytes* payload);
  rtp::WrittenHeader write_header(const rtp::HeaderFields& fields, const ReceivedPacket& packet,
                                  const Patch& patch, MutableBytes slot) const;
  SentHistory::Stamp stamp_header(Instant now, const rtp::WrittenHeader& header, Egress& egress,
                                  MutableBytes slot, size_t bytes);
  void trace_passed(Instant now, const SendStream& stream, const ReceivedPacket& packet);
  void trace_packet(Instant now, const rtp::HeaderFields& fields, const ReceivedPacket& packet,
                    const Sent& sent, bool is_rtx);
  uint8_t outgoing_type(const ReceivedPacket& packet) const;
  Bytes outgoing_payload(const ReceivedPacket& packet, const Patch& patch, MutableBytes room) const;
  void update_has_resends();
  static size_t drop(uint64_t& counter) {
    ++counter;
    return 0;
  }

  // How long it waits for the key frame it asked for before it asks again: a requester's two tries.
  static constexpr Duration kAskAgain = 2 * KeyFrameRequester::kWait;

  // What write() reads, first.
  Producer& producer_;
  bool active_ = false;
  bool has_resends_ = false;
  bool sends_mid_ = false;
  uint8_t packet_id_extension_ = 0;   // Its id, when the consumer adds it; else 0.
  uint8_t descriptor_extension_ = 0;  // Its id, when a rewriter may change it; else 0.
  SingleSelector single_;
  std::bitset<128> payload_types_;
  std::vector<SendStream> streams_;
  rtp::HeaderPlan plan_;
  std::unique_ptr<Selector> selector_;  // Empty: single_ selects.
  std::unique_ptr<Rewriter> rewriter_;
  TraceQueue traces_;

  ObjectId id_;
  ConsumerOptions options_;
  size_t index_in_producer_ = 0;
  Instant ask_again_at_ = kNever;
  AwaitedPackets awaited_;
  bool connected_ = false;
  bool score_changed_ = false;
  uint8_t priority_ = 1;
  Drops drops_;
};

}  // namespace sluice::media
