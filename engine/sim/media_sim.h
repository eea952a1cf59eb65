// A sender, the media path of the engine and a receiver, joined by links with loss, delay,
// reordering and duplication, in virtual time. The same seed gives the same run.
//
//   SimSender --up--> SimSfu --down--> SimReceiver        (and RTCP back over links as bad)
//
// The sender is a model of its own: it makes frames, keeps packets for RTX, answers NACK and PLI,
// reports and answers reference times.
// The receiver is the engine's receiving half with a list of what came out of it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "base/link_simulator.h"
#include "base/packet_pool.h"
#include "base/random.h"
#include "base/time.h"
#include "media/consumer.h"
#include "media/producer.h"
#include "media/rtcp_schedule.h"
#include "media/rtp_listener.h"
#include "media/transport_cc_receiver.h"

namespace sluice::sim {

struct SimOptions {
  uint64_t seed = 1;
  LinkOptions up;    // Both ways between sender and engine.
  LinkOptions down;  // Both ways between engine and receiver.
  bool with_rtx = true;
  size_t packets_a_frame = 6;
  size_t payload_bytes = 1100;
};

// 30 frames a second, each of so many packets; a key frame of four times as many when asked for.
class SimSender {
 public:
  static constexpr Duration kFrameInterval = 33333us;
  static constexpr size_t kKept = 1024;  // Packets kept for RTX: more than five seconds.

  explicit SimSender(const SimOptions& options) : options_(options) {}

  void handle_timeout(Instant now, LinkSimulator& link);
  void handle_rtcp(Instant now, Bytes compound, LinkSimulator& link);
  Instant next_timeout() const { return std::min(next_frame_, next_report_); }

  uint32_t sent() const { return next_number_; }  // Numbers 0..sent()-1 have been sent.
  size_t key_frames() const { return key_frames_; }
  uint64_t bytes() const { return bytes_; }  // Of media packets, RTX left aside.

 private:
  void report(Instant now, LinkSimulator& link);
  void send(Instant now, bool is_key, bool is_first, bool is_last, LinkSimulator& link);
  void resend(Instant now, uint16_t seq, LinkSimulator& link);

  const SimOptions& options_;
  std::deque<std::vector<uint8_t>> kept_;  // The newest last.
  Instant next_frame_{};
  Instant next_report_{};
  uint64_t bytes_ = 0;
  uint32_t reference_ = 0;  // The engine's last reference time, and when it came.
  Instant reference_at_;
  uint32_t next_number_ = 0;
  uint32_t timestamp_ = 3'000'000'000;  // Wraps within the longer runs.
  uint16_t next_seq_ = 64000;
  uint16_t rtx_seq_ = 100;
  uint16_t wide_seq_ = 65000;
  size_t key_frames_ = 0;
  bool key_frame_wanted_ = true;
};

// The engine's media path as a worker drives it, without sockets and SRTP.
class SimSfu {
 public:
  explicit SimSfu(const SimOptions& options);

  void add_consumer(Instant now);

  // The inputs. What leaves waits in the outbox.
  void handle_from_sender(Instant now, Bytes datagram);
  void handle_receiver_rtcp(Instant now, Bytes compound);
  void handle_timeout(Instant now);
  Instant next_timeout() const;
  void flush(Instant now, LinkSimulator& to_sender, LinkSimulator& to_receiver);

  media::Producer& producer() { return *producer_; }
  media::Consumer& consumer() { return *consumer_; }
  const PacketPool& pool() const { return pool_; }
  // What the media path allocated, outside of this class.
  uint64_t allocations() const { return allocations_; }
  void reset_allocations() { allocations_ = 0; }

 private:
  static constexpr size_t kOutboxBytes = 4 << 20;
  struct Outgoing {
    size_t at;
    size_t bytes;
    bool to_sender;
  };

  MutableBytes room() { return MutableBytes(outbox_).subspan(outbox_used_, 2400); }
  void queue(size_t bytes, bool to_sender) {
    outgoing_.push_back({outbox_used_, bytes, to_sender});
    outbox_used_ += bytes;
  }
  void handle_media(Instant now, Bytes packet);
  void handle_sender_rtcp(Instant now, Bytes compound);
  void queue_packet(MutableBytes slot, size_t header, Bytes payload);
  void serve_producer(Instant now);
  void serve_consumer(Instant now);

  PacketPool pool_{8192};
  SeededRandom random_;
  media::RtpListener listener_;
  media::Egress egress_;
  media::TransportCcReceiver arrivals_;
  media::RtcpSchedule schedule_;
  std::unique_ptr<media::Producer> producer_;
  std::unique_ptr<media::Consumer> consumer_;
  std::vector<uint8_t> outbox_;
  std::vector<Outgoing> outgoing_;
  size_t outbox_used_ = 0;
  uint64_t allocations_ = 0;
};

class SimReceiver {
 public:
  explicit SimReceiver(const SimOptions& options);

  void handle_media(Instant now, Bytes packet);
  void handle_timeout(Instant now, LinkSimulator& link);
  Instant next_timeout() const;

  const std::set<uint32_t>& numbers() const { return numbers_; }
  uint64_t repeated() const { return repeated_; }        // Numbers that came out twice.
  uint64_t media_bytes() const { return media_bytes_; }  // Of packets that came by no repair.
  std::optional<Instant> first_at() const { return first_at_; }
  media::Producer& stream() { return *producer_; }

 private:
  PacketPool pool_{8192};
  SeededRandom random_;
  media::RtcpSchedule schedule_;
  media::TransportCcReceiver arrivals_;
  std::unique_ptr<media::Producer> producer_;
  std::set<uint32_t> numbers_;
  uint64_t repeated_ = 0;
  uint64_t media_bytes_ = 0;
  std::optional<Instant> first_at_;
};

class MediaSim {
 public:
  explicit MediaSim(const SimOptions& options);

  void run_for(Duration duration);
  Instant now() const { return now_; }

  SimSender& sender() { return sender_; }
  SimSfu& sfu() { return sfu_; }
  SimReceiver& receiver() { return receiver_; }
  void set_links(const LinkOptions& up, const LinkOptions& down);
  // Sees each datagram as the engine gets it from the sender.
  std::function<void(Instant, Bytes)> tap;
  void add_consumer() {
    sfu_.add_consumer(now_);
    sfu_.flush(now_, up_back_, down_);
  }

  // The share of the numbers [first received, `end`) that the receiver has.
  double delivered(uint32_t end) const;

 private:
  void step();

  SimOptions options_;
  SeededRandom random_;
  LinkSimulator up_, up_back_, down_, down_back_;
  SimSender sender_;
  SimSfu sfu_;
  SimReceiver receiver_;
  Instant now_{};
};

}  // namespace sluice::sim
