// One stream (SSRC) that a consumer sends: sequence numbers, what was sent, resends on NACK, sender
// reports and what the receiver says in return.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/prefetch.h"
#include "base/random.h"
#include "base/time.h"
#include "media/egress.h"
#include "media/media_types.h"
#include "media/rate_counter.h"
#include "media/score.h"
#include "media/sent_history.h"
#include "media/seq_mapper.h"
#include "rtcp/extended_report.h"
#include "rtcp/nack.h"
#include "rtcp/report_block.h"
#include "rtcp/sender_report.h"

namespace sluice::media {

class SendStream {
 public:
  // mediasoup's RtpStreamSend: DefaultRttMs, MaxSenderReportReferenceAgeMs.
  static constexpr Duration kRttDefault = 100ms;
  static constexpr Duration kReportAgeMax = 2000ms;
  static constexpr size_t kResendsMax = 512;   // Resends that may wait.
  static constexpr size_t kResendsStart = 64;  // Room from the first NACK on: a usual burst.

  SendStream(StreamParams params, Random& random);

  const StreamParams& params() const { return params_; }
  bool has_rtx() const { return params_.rtx_ssrc != 0; }

  // The output begins anew: `packet` will be the next one out, after `seq_gap` skipped numbers,
  // with the timestamp it came with less `timestamp_offset`.
  void begin(const ReceivedPacket& packet, uint32_t timestamp_offset, uint16_t seq_gap);
  uint32_t timestamp_offset() const { return timestamp_offset_; }

  // A packet that leaves: keeps what a resend and the reports need.
  void handle_sent(Instant now, const ReceivedPacket& packet, uint64_t out_seq,
                   uint32_t out_timestamp, bool marker, size_t bytes, size_t payload_bytes);
  uint16_t next_rtx_seq() { return ++rtx_seq_; }

  // RTCP in. `wall` is the NTP time at `now`.
  void handle_nack(Instant now, const rtcp::Nack& nack);
  void handle_report(Instant now, NtpTime wall, const rtcp::ReportBlock& block);
  void handle_reference_time(Instant now, NtpTime ntp);
  void count_pli() { ++pli_count_; }
  void count_fir() { ++fir_count_; }

  // Resends in the order they were asked for. peek, then done (sent or given up).
  struct Resend {
    uint16_t out_seq = 0;
    SentHistory::Entry* entry = nullptr;
    bool is_extra = false;  // Beyond the stream's share: of what its transport has for all.
  };
  bool has_resends() const { return !resends_.empty(); }
  std::optional<Resend> next_resend(Instant now, Egress& egress);
  void handle_resent(Instant now, const Resend& resend, size_t bytes, Egress& egress);

  // RTCP out; nothing before the first packet and when the last one is long ago.
  std::optional<rtcp::SenderReport> make_report(Instant now, NtpTime wall) const;
  std::optional<rtcp::DlrrBlock> make_dlrr(Instant now) const;

  void pause();
  bool take_score_change() { return std::exchange(score_changed_, false); }
  uint8_t score() const { return score_.score(); }
  uint8_t fraction_lost() const { return fraction_lost_; }
  Instant reported_at() const { return reported_at_; }  // By the receiver; the last time.
  double rtt_ms() const { return rtt_ms_; }
  StreamStats stats(Instant now);
  uint64_t bitrate(Instant now) { return rate_.bitrate(now); }

  SeqMapper& sequence() { return mapper_; }
  SentHistory& sent() { return sent_; }
  // The offset (outgoing = incoming - offset) under which timestamps go on, with the time that has
  // passed, when the source began anew at `in_timestamp`.
  uint32_t offset_after_restart(Instant now, uint32_t in_timestamp) const;
  bool has_sent() const { return packet_count_ != 0; }
  void prefetch() const { prefetch_from_to(params_, payload_bytes_); }
  void prefetch_history() const { sent_.prefetch(mapper_.last_out() + 1); }
  size_t memory_bytes() const { return sent_.memory_bytes() + resends_.capacity() * 2; }

  uint64_t resends_refused() const { return resends_refused_; }  // Over the bounds above.

 private:
  void update_score(Instant now, int64_t lost);

  // What each packet touches, first: see prefetch().
  StreamParams params_;
  SeqMapper mapper_;
  SentHistory sent_;
  RateCounter rate_;
  Instant last_packet_at_;
  uint32_t last_timestamp_ = 0;  // The highest, but for B-frames the last.
  // The last packet in sequence: its timestamp and when it was captured, which reports go by.
  uint64_t reference_seq_ = 0;
  Instant captured_at_;
  uint32_t timestamp_ = 0;
  bool is_time_sure_ = false;
  uint32_t timestamp_offset_ = 0;
  uint64_t packet_count_ = 0;
  uint64_t byte_count_ = 0;
  uint64_t payload_bytes_ = 0;

  std::vector<uint16_t> resends_;  // Out numbers; the front is at resends_at_.
  size_t resends_at_ = 0;
  RateCounter resend_rate_;
  ScoreHistory score_;

  uint32_t reference_compact_ = 0;
  Instant reference_at_;
  bool has_reference_ = false;
  Instant reported_at_ = Instant::min();

  uint64_t retransmitted_ = 0;
  uint64_t repaired_ = 0;
  uint64_t nack_count_ = 0;
  uint64_t nack_packet_count_ = 0;
  uint64_t pli_count_ = 0;
  uint64_t fir_count_ = 0;
  uint64_t resends_refused_ = 0;
  int64_t packets_lost_ = 0;
  double rtt_ms_ = 0;
  double jitter_ = 0;
  uint8_t fraction_lost_ = 0;
  uint16_t rtx_seq_;

  uint64_t score_sent_ = 0;
  int64_t score_lost_ = 0;
  uint64_t score_repaired_ = 0;
  uint64_t score_retransmitted_ = 0;
  bool score_changed_ = false;
};

}  // namespace sluice::media
