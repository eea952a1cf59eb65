#include "rtcp/transport_feedback.h"

#include <algorithm>

namespace sluice::rtcp {
namespace {

constexpr size_t kFixedBytes = 16;  // SSRCs, base, count, reference time, feedback count.
constexpr size_t kChunkBytes = 2;
// 3.1.1: packet status symbols; 3 is reserved.
constexpr uint8_t kSymbolLost = 0;
constexpr uint8_t kSymbolSmall = 1;
constexpr uint8_t kSymbolLarge = 2;
// 3.1.3 and 3.1.4: the forms of a chunk.
constexpr uint16_t kVectorFlag = 0x8000;
constexpr uint16_t kTwoBitFlag = 0x4000;
constexpr uint16_t kRunLengthMask = 0x1FFF;
constexpr uint8_t kOneBitSymbols = 14;
constexpr uint8_t kTwoBitSymbols = 7;

}  // namespace

bool TransportFeedback::Cursor::load_chunk() {
  if (chunk_at_ + kChunkBytes > feedback_.deltas_at_) return false;
  chunk_ = load_u16(feedback_.body_, chunk_at_);
  chunk_at_ += kChunkBytes;
  if (!(chunk_ & kVectorFlag)) {
    symbol_bits_ = 0;
    run_left_ = chunk_ & kRunLengthMask;
  } else if (chunk_ & kTwoBitFlag) {
    symbol_bits_ = 2;
    run_left_ = kTwoBitSymbols;
  } else {
    symbol_bits_ = 1;
    run_left_ = kOneBitSymbols;
  }
  return run_left_ != 0;
}

bool TransportFeedback::Cursor::next_symbol(uint8_t& symbol) {
  if (at_end()) return false;
  if (run_left_ == 0 && !load_chunk()) return false;
  --run_left_;
  ++index_;
  if (symbol_bits_ == 0) {
    symbol = chunk_ >> 13 & 3;
  } else {
    // Vectors fill their low 14 bits from the left.
    symbol =
        static_cast<uint8_t>(chunk_ >> (run_left_ * symbol_bits_) & ((1u << symbol_bits_) - 1));
  }
  return true;
}

uint32_t TransportFeedback::Cursor::next_run(uint8_t& symbol) {
  if (!next_symbol(symbol)) return 0;
  if (symbol_bits_ != 0) return 1;
  const uint32_t more = std::min(run_left_, uint32_t{feedback_.status_count} - index_);
  run_left_ -= more;
  index_ += more;
  return more + 1;
}

bool TransportFeedback::Cursor::next(Status& status) {
  uint8_t symbol = kSymbolLost;
  if (!next_symbol(symbol)) return false;
  status.sequence = static_cast<uint16_t>(feedback_.base_sequence + index_ - 1);
  status.received = symbol != kSymbolLost;
  if (!status.received) {
    status.arrival = {};
    return true;
  }
  // 3.1.5: a small delta is one byte, unsigned; a large one is two, signed.
  const size_t delta_bytes = symbol;
  if (delta_bytes > feedback_.body_.size() - deltas_at_) return false;
  const int32_t ticks = symbol == kSymbolSmall
                            ? feedback_.body_[deltas_at_]
                            : static_cast<int16_t>(load_u16(feedback_.body_, deltas_at_));
  deltas_at_ += delta_bytes;
  arrival_ += ticks * kDeltaTick;
  status.arrival = arrival_;
  return true;
}

std::optional<TransportFeedback> TransportFeedback::parse(const PacketView& packet) {
  const Bytes body = packet.body;
  if (body.size() < kFixedBytes + kChunkBytes) return std::nullopt;
  TransportFeedback feedback;
  feedback.sender_ssrc = load_u32(body, 0);
  feedback.media_ssrc = load_u32(body, 4);
  feedback.base_sequence = load_u16(body, 8);
  feedback.status_count = load_u16(body, 10);
  feedback.reference_time = static_cast<int32_t>(load_u24(body, 12) << 8) >> 8;
  feedback.feedback_count = body[15];
  feedback.body_ = body.subspan(kFixedBytes);
  if (feedback.status_count == 0) return std::nullopt;

  // One walk over the chunks finds where they end and how many bytes of deltas they promise.
  feedback.deltas_at_ = feedback.body_.size();
  Cursor cursor(feedback);
  size_t delta_bytes = 0;
  while (!cursor.at_end()) {
    uint8_t symbol = kSymbolLost;
    const uint32_t times = cursor.next_run(symbol);
    if (times == 0 || symbol > kSymbolLarge) return std::nullopt;
    delta_bytes += size_t{symbol} * times;
  }
  feedback.deltas_at_ = cursor.chunks_end();
  if (delta_bytes > feedback.body_.size() - feedback.deltas_at_) return std::nullopt;
  return feedback;
}

}  // namespace sluice::rtcp
