// Sequence numbers of one SSRC: extension, validity (RFC 3550, A.1), duplicates.
#pragma once

#include <array>
#include <cstdint>

namespace sluice::media {

class SequenceWindow {
 public:
  // mediasoup's RtpStream; RFC 3550, A.1 has 3000 and 100.
  static constexpr uint16_t kMaxDropout = 3000;
  static constexpr uint16_t kMaxMisorder = 1500;

  enum class Verdict : uint8_t { fresh, duplicate, bad, restarted };

  // `restarted`: two packets in a row far from the rest, so the sender has begun anew; the extended
  // numbers go on above all before. `bad`: the first of such packets.
  Verdict take(uint16_t seq, uint64_t* extended);
  // As take(), but a number far off is always bad: an RTX packet restarts nothing.
  Verdict take_repair(uint16_t seq, uint64_t* extended);

  // Another sender goes on: whatever number comes next is `restarted`.
  void expect_restart() { expects_restart_ = started_; }

  bool started() const { return started_; }
  uint64_t highest() const { return highest_; }
  uint64_t expected() const { return started_ ? highest_ - base_ + 1 : 0; }
  // With the cycles in the upper half, as reports want it.
  uint32_t reported_highest() const { return static_cast<uint32_t>(highest_ - cycles_base_); }

 private:
  static constexpr uint64_t kWindow = 2048;              // More than kMaxMisorder.
  static constexpr uint64_t kStart = uint64_t{1} << 32;  // Room below for early reordering.

  Verdict start(uint64_t cycles, uint16_t seq, Verdict verdict, uint64_t* extended);
  Verdict mark(uint64_t extended);

  std::array<uint64_t, kWindow / 64> seen_{};
  uint64_t highest_ = 0;
  uint64_t base_ = 0;
  uint64_t cycles_base_ = 0;
  uint32_t bad_ = UINT32_MAX;  // The number that, if it comes next, proves a restart.
  bool started_ = false;
  bool expects_restart_ = false;
};

}  // namespace sluice::media
