// The ring of events that the host reads; its layout is in sluice.h.
//
// One writer, the worker's thread; one reader, the host. The data is mapped twice in a row, so that
// a record is always contiguous. The indices run freely and lie on cache lines of their own.
//
// A full ring never blocks the worker:
//   write()        traces and logs: dropped and counted.
//   write_state()  states and control events: kept here until there is room. The newest of each
//                  (type, target) wins and goes to the end, so that what is kept is bounded by the
//                  number of live objects and the last state of each arrives last.
//
// The doorbell rings at the end of the worker's batch, and only when the reader has armed it.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "base/time.h"
#include "worker/host/direct_channel.h"
#include "worker/host/doorbell.h"
#include "worker/host/mirrored_memory.h"

namespace sluice::worker {

class EventRing {
 public:
  static constexpr uint32_t kMinBytes = 1u << 16;
  static constexpr uint32_t kMaxBytes = 1u << 28;
  // A record may take this part of the ring; larger ones are dropped and counted.
  static constexpr uint32_t kMaxRecordFraction = 4;
  // Logs and traces that come singly ring at most this often: a ring costs both sides microseconds.
  static constexpr Duration kQuietDoorbell = 200us;
  static constexpr size_t kLastPayloadMax = 496;

  struct Counts {
    uint64_t written = 0;
    uint64_t dropped = 0;    // Droppable records that found no room.
    uint64_t coalesced = 0;  // States that a newer one replaced while they waited for room.
    uint64_t oversized = 0;  // Records larger than the ring takes.
    uint64_t compared = 0;   // Kept states that were looked at to find those of one object.
    uint64_t rings = 0;      // Of the doorbell.
  };

  // `bytes`: a power of two, kMinBytes..kMaxBytes.
  static Result<std::unique_ptr<EventRing>> create(uint32_t bytes);
  EventRing(const EventRing&) = delete;
  EventRing& operator=(const EventRing&) = delete;

  // -- The worker's thread. `payload` is JSON.

  bool write(uint32_t type, uint32_t target, std::string_view payload);
  void write_state(uint32_t type, uint32_t target, std::string_view payload);
  // From here on nothing but the last record is written: what a worker that failed tears down is no
  // news.
  void mute() noexcept { muted_ = true; }
  // For the last record of a worker: takes the room that is kept for it, before all that waits.
  // `payload`: kLastPayloadMax at most, more is cut off.
  void write_last(uint32_t type, std::string_view payload) noexcept;
  // Drops what waits for an object that its owner has closed. Costs nothing when nothing does.
  void forget(uint32_t target);

  // Moves what waits into the ring and rings if the reader sleeps. Call it before the thread
  // sleeps.
  void end_of_batch(Instant now);
  // When end_of_batch() must be called again at the latest: a doorbell was put off. kNever mostly.
  Instant next_timeout() const { return ring_at_; }

  const Counts& counts() const { return counts_; }

  // -- The host's threads.

  enum class Armed { armed, look_again, wake_worker };
  // `wake_worker`: records wait for room that the reader has made; wake the worker, it is armed.
  Armed arm();
  uint8_t* memory() const { return memory_.control(); }
  uint32_t data_bytes() const { return data_bytes_; }
  Doorbell& doorbell() { return doorbell_; }

  // -- Either side: packets and messages in bulk, which ring the same doorbell.
  DirectChannel& direct() { return direct_; }

 private:
  struct Kept {
    uint32_t type;
    uint32_t target;
    std::string payload;
    std::list<Kept>::iterator next = {};  // Of the same target; kept_.end(): none.
  };
  using Place = std::list<Kept>::iterator;

  explicit EventRing(MirroredMemory memory);
  bool put(uint32_t type, uint32_t target, std::string_view payload, uint32_t reserve);
  void flush();
  void keep(uint32_t type, uint32_t target, std::string_view payload);
  void drop(Place kept);

  const MirroredMemory memory_;
  const uint32_t data_bytes_;
  uint32_t head_ = 0;  // The writer's own copy.

  std::list<Kept> kept_;  // Oldest first.
  // The first of each target, so that closing an object does not look at what others keep. An
  // object has few types of states.
  std::unordered_map<uint32_t, Place> kept_by_target_;

  bool muted_ = false;
  bool written_ = false;  // Since the last doorbell or look at it.
  bool urgent_ = false;   // Something other than logs and traces is among it.
  Instant rang_at_{};
  Instant ring_at_ = kNever;

  std::atomic<uint32_t> armed_{0};
  std::atomic<bool> keeping_{false};  // kept_ is not empty; for the reader.
  Counts counts_;
  Doorbell doorbell_;
  DirectChannel direct_;
};

}  // namespace sluice::worker
