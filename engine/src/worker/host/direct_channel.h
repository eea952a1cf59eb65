// Packets and messages to and from the host itself, in bulk: a ring each way in memory that both
// map. Their layout is in sluice.h; what they cost is in ADR 11.
//
//   to the engine   The host writes; an eventfd wakes the worker, once a batch. A full ring is the
//                   host's back-pressure: any command makes room, since the worker empties the
//                   ring before it runs one.
//   to the host     The worker writes straight into the record. Packets that find no room are
//                   dropped and counted by the caller; messages wait in memory, up to a limit. The
//                   event ring's doorbell rings for both.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "worker/host/mirrored_memory.h"

namespace sluice::worker {

// The worker's end of the ring to the host.
class DirectWriter {
 public:
  explicit DirectWriter(MirroredMemory memory) : memory_(std::move(memory)) {}

  // Room for a payload of `max` bytes, until the next call; empty when there is none.
  MutableBytes reserve(size_t max);
  // The record of what stands in that room. `type`: enum sluice_direct.
  void commit(uint32_t type, uint32_t target, uint32_t extra, size_t size);
  // Both; false when there is no room.
  bool write(uint32_t type, uint32_t target, uint32_t extra, Bytes payload);

  uint32_t record_bytes_max() const;
  bool take_written() { return std::exchange(written_, false); }
  const MirroredMemory& memory() const { return memory_; }

 private:
  MirroredMemory memory_;
  uint32_t head_ = 0;       // Its own copy of the index.
  uint32_t seen_tail_ = 0;  // The reader's when it was last looked at.
  bool written_ = false;
};

// The worker's end of the ring from the host.
class DirectReader {
 public:
  struct Record {
    uint32_t type = 0;  // enum sluice_direct
    uint32_t target = 0;
    uint32_t extra = 0;
    Bytes payload;  // In the ring: until release().
  };

  explicit DirectReader(MirroredMemory memory) : memory_(std::move(memory)) {}

  std::optional<Record> next();
  // A copy of part of a record, until the next one. Whatever is parsed must be copied first, since
  // the host can still write into the ring. Empty when it is larger than kCopyBytesMax.
  static constexpr size_t kCopyBytesMax = 160 * 1024;
  Bytes copy(Bytes part);
  // The room of all that next() has given is free again.
  void release() { memory_.tail().store(tail_, std::memory_order_release); }
  bool has_records() const { return memory_.head().load(std::memory_order_acquire) != tail_; }
  // Before the worker sleeps; true when it must not, since records came meanwhile.
  bool announce_sleep();
  void woke_up() { memory_.asleep().exchange(0, std::memory_order_acq_rel); }
  // Records that contradict themselves; all that stood behind one is given up.
  uint64_t damaged() const { return damaged_; }
  const MirroredMemory& memory() const { return memory_; }

 private:
  MirroredMemory memory_;
  uint32_t tail_ = 0;  // Its own copy of the index.
  uint64_t damaged_ = 0;
  std::vector<uint8_t> copy_ = std::vector<uint8_t>(kCopyBytesMax);
};

// Both rings of a worker, made when the first direct transport is.
class DirectChannel {
 public:
  // What messages that wait for room may take together: a host that is blocked, or that sends much
  // in one go to itself, loses none for a while.
  static constexpr size_t kBacklogBytesMax = size_t{1} << 26;

  // -- The worker's thread.

  // Once; then it changes nothing.
  Status open(uint32_t bytes);
  bool is_open() const { return reader_.has_value(); }
  DirectReader& reader() { return *reader_; }
  DirectWriter& writer() { return *writer_; }
  // Whether something was written since the last call.
  bool take_written() { return writer_ && writer_->take_written(); }

  enum class Sent : uint8_t { written, kept, dropped };
  // A message for a data consumer; behind those that wait.
  Sent send_message(uint32_t target, uint32_t ppid, Bytes message);
  // Writes what waits, as far as there is room. `find(target)` gives whoever it is for, whose
  // note_delivered(bytes) is then called, or nullptr: it is forgotten.
  template <typename Find>
  void flush_backlog(Find&& find) {
    while (!backlog_.empty()) {
      const Kept& kept = backlog_.front();
      const size_t bytes = kept.message.size();
      if (writer_->reserve(bytes).data() == nullptr) return;
      auto* const receiver = find(kept.target);
      if (receiver) write_message(kept);
      drop_oldest();
      // Last: what it says about itself now must come behind the message.
      if (receiver) receiver->note_delivered(bytes);
    }
  }

  // -- Any thread.

  // Whether messages wait for room that the host has made.
  bool keeps_messages() const { return keeps_messages_.load(std::memory_order_seq_cst); }
  // The control page; nullptr before open(). As long as the channel.
  uint8_t* to_engine() const { return to_engine_.load(std::memory_order_acquire); }
  uint8_t* to_host() const { return to_host_.load(std::memory_order_acquire); }
  uint32_t data_bytes() const { return data_bytes_.load(std::memory_order_acquire); }
  // Whether records wait for the host.
  bool waits_for_host() const;

 private:
  struct Kept {
    uint32_t target;
    uint32_t ppid;
    std::vector<uint8_t> message;
  };
  void write_message(const Kept& kept);
  void drop_oldest();

  std::optional<DirectReader> reader_;
  std::optional<DirectWriter> writer_;
  std::deque<Kept> backlog_;  // Oldest first.
  size_t backlog_bytes_ = 0;
  std::atomic<bool> keeps_messages_{false};
  std::atomic<uint8_t*> to_engine_{nullptr};
  std::atomic<uint8_t*> to_host_{nullptr};
  std::atomic<uint32_t> data_bytes_{0};
};

}  // namespace sluice::worker
