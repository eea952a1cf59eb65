// Writes transport feedback. Symbols are collected into chunks greedily: a run as long as all are
// alike, a vector otherwise. A packet is built on the stack and added when it is complete, since
// its size is known only then.
#include <algorithm>
#include <array>
#include <limits>

#include "rtcp/transport_feedback.h"

namespace sluice::rtcp {
namespace {

constexpr size_t kFixedBytes = 16;
constexpr uint8_t kSymbolLost = 0;
constexpr uint8_t kSymbolSmall = 1;
constexpr uint8_t kSymbolLarge = 2;
constexpr uint16_t kVectorFlag = 0x8000;
constexpr uint16_t kTwoBitFlag = 0x4000;
constexpr uint32_t kRunLengthMax = 0x1FFF;
constexpr uint32_t kOneBitSymbols = 14;
constexpr uint32_t kTwoBitSymbols = 7;
constexpr uint64_t kStatusesMax = std::numeric_limits<uint16_t>::max();
constexpr int64_t kTicksPerReference = kReferenceTick / kDeltaTick;

constexpr int64_t floor_div(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

// The chunks made so far, and the symbols of the next one: these always fit a single chunk, as a
// run of equal ones, as a one-bit vector (at most 14, none large) or as a two-bit vector (at most
// 7).
class ChunkList {
 public:
  static constexpr size_t kChunksMax = kCompoundBytesMax / 2;

  // Adds `times` equal symbols. False when the list is full; rewind() undoes what was added.
  bool add(uint8_t symbol, uint64_t times) {
    while (times > 0) {
      if (!fits(symbol)) {
        if (size_ == kChunksMax) return false;
        emit_full();
        continue;
      }
      if (pending_ == 0) {
        symbols_[0] = symbol;
      } else if (alike_ && symbol != symbols_[0]) {
        std::fill_n(symbols_.begin(), pending_, symbols_[0]);
        alike_ = false;
      }
      uint64_t added = 1;
      if (alike_) {
        added = std::min<uint64_t>(times, kRunLengthMax - pending_);
      } else {
        symbols_[pending_] = symbol;
      }
      pending_ += static_cast<uint32_t>(added);
      times -= added;
      has_large_ = has_large_ || symbol == kSymbolLarge;
    }
    return true;
  }

  // With the chunk of the pending symbols.
  size_t bytes() const { return 2 * (size_ + (pending_ > 0 ? 1 : 0)); }

  void write(MutableBytes room) const {
    for (size_t i = 0; i < size_; ++i) store_u16(room, 2 * i, chunks_[i]);
    if (pending_ > 0) store_u16(room, 2 * size_, pending_chunk());
  }

  // What add() changes, except for chunks past `size`, which nobody reads.
  struct State {
    std::array<uint8_t, kOneBitSymbols> symbols;
    uint32_t pending;
    size_t size;
    bool alike;
    bool has_large;
  };
  State state() const { return {symbols_, pending_, size_, alike_, has_large_}; }
  void rewind(const State& state) {
    symbols_ = state.symbols;
    pending_ = state.pending;
    size_ = state.size;
    alike_ = state.alike;
    has_large_ = state.has_large;
  }

 private:
  bool fits(uint8_t symbol) const {
    if (pending_ < kTwoBitSymbols) return true;
    if (alike_ && symbol == symbols_[0]) return pending_ < kRunLengthMax;
    return pending_ < kOneBitSymbols && !has_large_ && symbol != kSymbolLarge;
  }

  uint16_t pending_chunk() const {
    if (alike_) return static_cast<uint16_t>(uint32_t{symbols_[0]} << 13 | pending_);
    if (pending_ > kTwoBitSymbols) return vector_chunk(1);
    return vector_chunk(2);
  }

  // A vector of the first symbols, as many as there are and it holds.
  uint16_t vector_chunk(unsigned bits) const {
    const uint32_t capacity = kOneBitSymbols / bits;
    uint32_t chunk = bits == 1 ? kVectorFlag : kVectorFlag | kTwoBitFlag;
    for (uint32_t i = 0; i < std::min(pending_, capacity); ++i) {
      chunk |= uint32_t{symbols_[i]} << (capacity - 1 - i) * bits;
    }
    return static_cast<uint16_t>(chunk);
  }

  // Closes a chunk that more symbols will follow, so a vector must be full. Eight to thirteen
  // symbols that meet a large delta become a two-bit vector and a rest.
  void emit_full() {
    const bool splits = !alike_ && pending_ < kOneBitSymbols && pending_ > kTwoBitSymbols;
    chunks_[size_++] = splits ? vector_chunk(2) : pending_chunk();
    const uint32_t kept = splits ? pending_ - kTwoBitSymbols : 0;
    std::copy_n(symbols_.begin() + kTwoBitSymbols, kept, symbols_.begin());
    pending_ = kept;
    alike_ = std::all_of(symbols_.begin(), symbols_.begin() + kept,
                         [&](uint8_t symbol) { return symbol == symbols_[0]; });
    has_large_ = false;  // A vector with large deltas is never split.
  }

  std::array<uint16_t, kChunksMax> chunks_;
  std::array<uint8_t, kOneBitSymbols> symbols_{};  // When all are alike, only the first counts.
  uint32_t pending_ = 0;
  size_t size_ = 0;
  bool alike_ = true;
  bool has_large_ = false;
};

// Deltas in the order of the arrivals, one or two bytes each.
class DeltaList {
 public:
  void add(uint8_t symbol, int64_t ticks) {
    if (symbol == kSymbolLarge) bytes_[size_++] = static_cast<uint8_t>(ticks >> 8 & 0xFF);
    bytes_[size_++] = static_cast<uint8_t>(ticks & 0xFF);
  }
  Bytes bytes() const { return Bytes(bytes_).first(size_); }

 private:
  std::array<uint8_t, kCompoundBytesMax> bytes_;
  size_t size_ = 0;
};

// 3.1.5: what a delta needs; nothing when it is out of range.
std::optional<uint8_t> symbol_for(int64_t ticks) {
  if (ticks >= 0 && ticks <= std::numeric_limits<uint8_t>::max()) return kSymbolSmall;
  if (ticks >= std::numeric_limits<int16_t>::min() &&
      ticks <= std::numeric_limits<int16_t>::max()) {
    return kSymbolLarge;
  }
  return std::nullopt;
}

int64_t to_ticks(Instant at) {
  return floor_div(at.time_since_epoch().count(), kDeltaTick.count());
}

}  // namespace

size_t TransportFeedback::write(CompoundWriter& out, uint32_t sender_ssrc, uint32_t media_ssrc,
                                uint8_t feedback_count, uint64_t base_sequence,
                                std::span<const Arrival> arrivals) {
  constexpr size_t kHeadBytes = kHeaderBytes + kFixedBytes;
  if (arrivals.empty() || out.bytes_left() < kHeadBytes) return 0;
  // Padding is at most three bytes; the lists below are as large as the largest compound.
  const size_t room = std::min(out.bytes_left() / 4 * 4, kCompoundBytesMax) - kHeadBytes;

  // A base that is out of reach of the first arrival (or after it) says nothing: a jump.
  const uint64_t first = arrivals.front().sequence;
  if (base_sequence > first || first - base_sequence >= kStatusesMax) base_sequence = first;

  const int64_t reference = floor_div(to_ticks(arrivals.front().at), kTicksPerReference);
  int64_t at_ticks = reference * kTicksPerReference;
  uint64_t next_sequence = base_sequence;
  ChunkList chunks;
  DeltaList deltas;
  size_t reported = 0;
  for (const Arrival& arrival : arrivals) {
    if (arrival.sequence < next_sequence) break;
    if (arrival.sequence - base_sequence >= kStatusesMax) break;
    const int64_t delta = to_ticks(arrival.at) - at_ticks;
    const auto symbol = symbol_for(delta);
    if (!symbol) break;

    const auto before = chunks.state();
    const bool added =
        chunks.add(kSymbolLost, arrival.sequence - next_sequence) && chunks.add(*symbol, 1);
    if (!added || chunks.bytes() + deltas.bytes().size() + *symbol > room) {
      chunks.rewind(before);
      break;
    }
    deltas.add(*symbol, delta);
    at_ticks += delta;
    next_sequence = arrival.sequence + 1;
    ++reported;
  }
  if (reported == 0) return 0;

  const auto body = out.add(kTypeTransportFeedback, kFormatTransportCc,
                            kFixedBytes + chunks.bytes() + deltas.bytes().size());
  if (!body) return 0;
  store_u32(*body, 0, sender_ssrc);
  store_u32(*body, 4, media_ssrc);
  store_u16(*body, 8, static_cast<uint16_t>(base_sequence));
  store_u16(*body, 10, static_cast<uint16_t>(next_sequence - base_sequence));
  store_u24(*body, 12, static_cast<uint32_t>(reference) & 0xFFFFFF);
  (*body)[15] = feedback_count;
  chunks.write(body->subspan(kFixedBytes, chunks.bytes()));
  std::copy(deltas.bytes().begin(), deltas.bytes().end(),
            body->begin() + static_cast<std::ptrdiff_t>(kFixedBytes + chunks.bytes()));
  return reported;
}

}  // namespace sluice::rtcp
