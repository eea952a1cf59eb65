// One received stream (SSRC) of a producer, with its RTX stream folded in: what is new, what is a
// duplicate, what is missing; loss, jitter, rates and score; the sender's clock.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/packet_pool.h"
#include "base/time.h"
#include "media/key_frame_requester.h"
#include "media/key_frame_start.h"
#include "media/media_types.h"
#include "media/nack_generator.h"
#include "media/packet_history.h"
#include "media/rate_counter.h"
#include "media/score.h"
#include "media/sequence_window.h"
#include "media/source_timeline.h"
#include "rtcp/extended_report.h"
#include "rtcp/report_block.h"
#include "rtcp/sender_report.h"

namespace sluice::media {

class ReceiveStream {
 public:
  ReceiveStream(StreamParams params, bool checks_inactivity, Duration key_frame_delay);

  enum class Verdict : uint8_t {
    forward,
    repaired,   // New, and it had been asked for: by RTX or plain.
    duplicate,  // Seen before.
    bad_sequence,
    rtx_padding,  // RTX without an original inside.
  };

  // Fills out.seq, view, facts, epoch, is_repaired and came_by_rtx. `packet` is in its slot.
  Verdict receive(Instant now, const rtp::RtpView& packet, ReceivedPacket& out);
  // A packet that another worker has received: into the figures. `structure` is the dependency
  // structure that it attaches, if any.
  void receive_linked(Instant now, const ReceivedPacket& packet,
                      rtp::SharedStructure structure = nullptr);
  Verdict receive_rtx(Instant now, const rtp::RtpView& packet, ReceivedPacket& out);
  void set_rtx(uint32_t ssrc, uint8_t payload_type);

  // An SSRC that was silent for this long, or said BYE, gives way to another one that claims its
  // encoding: a sender that began anew. It is the time after which a simulcast stream counts as
  // inactive, so longer than what lies between a sender's packets, with DTX too.
  static constexpr Duration kSilence = 1500ms;
  static constexpr Duration kSilenceDtx = 5000ms;
  // Packets that were on their way when their sender said BYE come for this long.
  static constexpr Duration kAfterBye = 500ms;
  bool is_abandoned(Instant now) const;
  // The new SSRC goes on with the encoding, as a new epoch, and brings an RTX SSRC of its own.
  void take_over(uint32_t ssrc);
  // Whether a packet of this RTX SSRC, which is not ours, may make it ours.
  bool takes_rtx(Instant now, uint32_t ssrc) const {
    return params_.rtx_ssrc == 0 && ssrc != former_rtx_ssrc_ && !is_abandoned(now);
  }

  // Our wall clock minus the sender's as Q32.32 seconds; empty as long as it is not known.
  std::optional<uint64_t> clock_difference() const;

  // RTCP in. `wall` is the NTP time at `now`.
  void handle_sender_report(Instant now, NtpTime wall, const rtcp::SenderReport& report);
  void handle_rtx_sender_report(Instant now, const rtcp::SenderReport& report);
  void handle_dlrr(NtpTime wall, const rtcp::DlrrBlock& block);
  void handle_bye(Instant now, uint32_t ssrc);

  // RTCP out. `remote_loss` (of 256) stands in for a smaller loss of our own, so that an Opus
  // sender with in-band FEC protects for its receivers. The cumulative figure is always our own.
  rtcp::ReportBlock make_report(Instant now, uint8_t remote_loss);
  std::optional<rtcp::ReportBlock> make_rtx_report(Instant now);

  // Marks the stream inactive (score 0) when nothing came for a while, if it checks that.
  void check_activity(Instant now);
  Instant next_activity_check() const;
  void pause();  // Forgets what is missing: a paused stream is not repaired.

  bool take_score_change() { return std::exchange(score_changed_, false); }
  uint8_t score() const { return score_.score(); }
  StreamStats stats(Instant now);
  uint64_t bitrate(Instant now) { return rate_.bitrate(now); }

  const StreamParams& params() const { return params_; }
  PacketHistory& history() { return history_; }
  NackGenerator& nacks() { return nacks_; }
  // The reader of dependency descriptors; nullptr when the stream has none.
  const rtp::DependencyReader* dependency() const { return dependency_.get(); }
  KeyFrameRequester& key_frames() { return key_frames_; }
  uint8_t next_fir_sequence() { return ++fir_sequence_; }
  void count_pli() { ++pli_count_; }
  void count_fir() { ++fir_count_; }
  void count_nack(size_t packets) {
    ++nack_count_;
    nack_packet_count_ += packets;
  }
  // Reads a packet of the history again; false when it does not parse (never, for it did before).
  bool reread(const PacketHistory::Entry& entry, const rtp::ExtensionIds& ids,
              ReceivedPacket& out) const;

 private:
  // RFC 3550, A.3 over one sequence: what was expected and what came since the last report.
  struct Loss {
    uint64_t received = 0;
    uint64_t expected_prior = 0;
    uint64_t received_prior = 0;
    int64_t lost_before = 0;  // Before the sender's last restart.
    int64_t lost = 0;         // Negative when there are more duplicates (RFC 3550, A.3).
    uint8_t fraction = 0;

    uint64_t update(const SequenceWindow& window);  // Expected since the last report.
    void restart();
  };

  // Reads what the payload says of a packet that is new; then takes it into the figures.
  void describe(uint64_t seq, const rtp::RtpView& packet, ReceivedPacket& out);
  void accept(Instant now, uint64_t seq, ReceivedPacket& out);
  void stamp(Instant now, uint64_t seq, ReceivedPacket& out);
  void count(Instant now, const ReceivedPacket& packet);
  void update_jitter(Instant now, uint32_t timestamp);
  void update_score(Instant now);
  void restart();

  StreamParams params_;
  SequenceWindow window_;
  SequenceWindow rtx_window_;
  NackGenerator nacks_;
  KeyFrameRequester key_frames_;
  PacketHistory history_;
  SourceTimeline timeline_;
  uint64_t run_first_ = 0;  // First number of the timeline's run.
  RateCounter rate_;
  ScoreHistory score_;
  // Only for streams whose packets may carry descriptors.
  std::unique_ptr<rtp::DependencyReader> dependency_;
  KeyFrameStart key_frame_start_;

  Loss loss_;
  Loss rtx_loss_;
  int64_t lost_by_others_ = 0;  // Of SSRCs that had the encoding before.
  uint64_t duplicates_ = 0;
  double jitter_ = 0;
  uint32_t transit_ = 0;
  bool has_transit_ = false;

  uint32_t last_sr_ = 0;
  Instant last_sr_at_;
  uint32_t rtx_last_sr_ = 0;
  Instant rtx_last_sr_at_;
  double rtt_ms_ = 0;
  int64_t wall_offset_ns_ = 0;  // Our NTP time minus our clock, at the last report.

  uint64_t packet_count_ = 0;
  uint64_t byte_count_ = 0;
  uint64_t discarded_ = 0;
  uint64_t rtx_discarded_ = 0;
  uint64_t retransmitted_ = 0;
  uint64_t repaired_ = 0;
  uint64_t nack_count_ = 0;
  uint64_t nack_packet_count_ = 0;
  uint64_t pli_count_ = 0;
  uint64_t fir_count_ = 0;

  // What the last score was made from.
  uint64_t score_expected_ = 0;
  uint64_t score_received_ = 0;
  uint64_t score_repaired_ = 0;
  uint64_t score_retransmitted_ = 0;

  Instant last_packet_at_;
  Instant heard_at_;              // Of the SSRC: any packet, padding too.
  Instant left_at_ = kNever;      // The last BYE.
  uint32_t former_rtx_ssrc_ = 0;  // Of the sender before.
  uint8_t epoch_ = 0;
  uint8_t fir_sequence_ = 0;
  bool checks_inactivity_;
  bool inactive_ = false;
  bool score_changed_ = false;
};

}  // namespace sluice::media
