#include "worker/host/direct_channel.h"

#include <algorithm>
#include <cstring>

#include "sluice.h"

namespace sluice::worker {
namespace {

constexpr size_t kHeaderBytes = SLUICE_RECORD_HEADER_BYTES;
// A record takes this part of its ring at most.
constexpr uint32_t kRecordFraction = 4;

}  // namespace

// ---- To the host --------------------------------------------------------------------------------

uint32_t DirectWriter::record_bytes_max() const {
  return memory_.data_bytes() / kRecordFraction;
}

MutableBytes DirectWriter::reserve(size_t max) {
  if (max > record_bytes_max() - kHeaderBytes) return {};
  const uint32_t needed = record_bytes(max);
  if (memory_.data_bytes() - (head_ - seen_tail_) < needed) {
    // In the one order of keeps_messages_, too: who keeps a message looks again behind that, and
    // who has read asks behind his store of the tail whether one is kept.
    seen_tail_ = memory_.tail().load(std::memory_order_seq_cst);
    const uint32_t used = head_ - seen_tail_;
    if (used > memory_.data_bytes() || memory_.data_bytes() - used < needed) return {};
  }
  uint8_t* record = memory_.data() + (head_ & (memory_.data_bytes() - 1));
  return {record + kHeaderBytes, max};
}

void DirectWriter::commit(uint32_t type, uint32_t target, uint32_t extra, size_t size) {
  uint8_t* record = memory_.data() + (head_ & (memory_.data_bytes() - 1));
  const uint32_t header[] = {static_cast<uint32_t>(size), type, target, extra};
  static_assert(sizeof(header) == kHeaderBytes);
  memcpy(record, header, sizeof(header));
  head_ += record_bytes(size);
  memory_.head().store(head_, std::memory_order_release);
  written_ = true;
}

bool DirectWriter::write(uint32_t type, uint32_t target, uint32_t extra, Bytes payload) {
  const MutableBytes room = reserve(payload.size());
  if (room.data() == nullptr) return false;
  std::copy(payload.begin(), payload.end(), room.begin());
  commit(type, target, extra, payload.size());
  return true;
}

// ---- From the host ------------------------------------------------------------------------------

std::optional<DirectReader::Record> DirectReader::next() {
  const uint32_t head = memory_.head().load(std::memory_order_acquire);
  const uint32_t waiting = head - tail_;
  if (waiting == 0) return std::nullopt;
  const uint8_t* at = memory_.data() + (tail_ & (memory_.data_bytes() - 1));
  uint32_t header[4];
  static_assert(sizeof(header) == kHeaderBytes);
  memcpy(header, at, sizeof(header));
  // The indices keep to the alignment, so that a header is never cut.
  const bool is_whole = waiting <= memory_.data_bytes() && waiting >= kHeaderBytes &&
                        header[0] <= waiting - kHeaderBytes && record_bytes(header[0]) <= waiting;
  if (!is_whole) {
    ++damaged_;
    tail_ = head;
    return std::nullopt;
  }
  tail_ += record_bytes(header[0]);
  return Record{header[1], header[2], header[3], Bytes(at + kHeaderBytes, header[0])};
}

Bytes DirectReader::copy(Bytes part) {
  if (part.size() > copy_.size()) return {};
  std::copy(part.begin(), part.end(), copy_.begin());
  return Bytes(copy_).first(part.size());
}

bool DirectReader::announce_sleep() {
  // The host exchanges this word after it has stored the head: whichever exchange comes second
  // finds what the other has done.
  memory_.asleep().exchange(1, std::memory_order_acq_rel);
  if (!has_records()) return false;
  woke_up();
  return true;
}

// ---- Both ---------------------------------------------------------------------------------------

Status DirectChannel::open(uint32_t bytes) {
  if (is_open()) return ok();
  auto in = MirroredMemory::map(bytes, "the ring to the engine");
  if (!in) return in.error();
  auto out = MirroredMemory::map(bytes, "the ring to the host");
  if (!out) return out.error();
  reader_.emplace(std::move(*in));
  writer_.emplace(std::move(*out));
  data_bytes_.store(bytes, std::memory_order_release);
  to_engine_.store(reader_->memory().control(), std::memory_order_release);
  to_host_.store(writer_->memory().control(), std::memory_order_release);
  return ok();
}

DirectChannel::Sent DirectChannel::send_message(uint32_t target, uint32_t ppid, Bytes message) {
  if (backlog_.empty() && writer_->write(SLUICE_DIRECT_MESSAGE, target, ppid, message)) {
    return Sent::written;
  }
  const size_t cost = message.size() + sizeof(Kept);
  if (backlog_bytes_ + cost > kBacklogBytesMax) return Sent::dropped;
  backlog_.push_back({target, ppid, std::vector<uint8_t>(message.begin(), message.end())});
  backlog_bytes_ += cost;
  keeps_messages_.store(true, std::memory_order_seq_cst);
  return Sent::kept;
}

void DirectChannel::write_message(const Kept& kept) {
  writer_->write(SLUICE_DIRECT_MESSAGE, kept.target, kept.ppid, kept.message);
}

void DirectChannel::drop_oldest() {
  backlog_bytes_ -= backlog_.front().message.size() + sizeof(Kept);
  backlog_.pop_front();
  if (backlog_.empty()) keeps_messages_.store(false, std::memory_order_seq_cst);
}

bool DirectChannel::waits_for_host() const {
  if (!to_host()) return false;
  const MirroredMemory& memory = writer_->memory();
  return memory.head().load(std::memory_order_seq_cst) !=
         memory.tail().load(std::memory_order_relaxed);
}

}  // namespace sluice::worker
