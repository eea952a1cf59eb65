#include "media/sequence_window.h"

#include <algorithm>

#include "base/sequence.h"

namespace sluice::media {

SequenceWindow::Verdict SequenceWindow::take(uint16_t seq, uint64_t* extended) {
  if (!started_) return start(kStart, seq, Verdict::fresh, extended);
  if (!expects_restart_) {
    const auto verdict = take_repair(seq, extended);
    if (verdict != Verdict::bad) return verdict;
    if (bad_ != seq) {
      bad_ = static_cast<uint16_t>(seq + 1);
      return Verdict::bad;
    }
  }
  // A whole cycle of room, so that late numbers of the old run meet none of the new.
  return start((highest_ | 0xFFFF) + 1 + 0x10000, seq, Verdict::restarted, extended);
}

SequenceWindow::Verdict SequenceWindow::take_repair(uint16_t seq, uint64_t* extended) {
  if (!started_ || expects_restart_) return Verdict::bad;
  const auto ahead = static_cast<uint16_t>(seq - highest_);
  if (ahead >= kMaxDropout && ahead <= 0x10000 - kMaxMisorder) return Verdict::bad;
  *extended = highest_ + static_cast<int64_t>(seq_diff(seq, static_cast<uint16_t>(highest_)));
  base_ = std::min(base_, *extended);
  return mark(*extended);
}

SequenceWindow::Verdict SequenceWindow::start(uint64_t cycles, uint16_t seq, Verdict verdict,
                                              uint64_t* extended) {
  started_ = true;
  expects_restart_ = false;
  bad_ = UINT32_MAX;
  cycles_base_ = cycles;
  base_ = highest_ = *extended = cycles + seq;
  seen_.fill(0);
  mark(highest_);
  return verdict;
}

SequenceWindow::Verdict SequenceWindow::mark(uint64_t extended) {
  if (extended > highest_) {
    // Numbers skipped so far may hold bits of 2048 packets ago.
    if (extended - highest_ >= kWindow) {
      seen_.fill(0);
    } else {
      for (uint64_t seq = highest_ + 1; seq <= extended; ++seq) {
        seen_[seq / 64 % seen_.size()] &= ~(uint64_t{1} << (seq % 64));
      }
    }
    highest_ = extended;
  }
  auto& word = seen_[extended / 64 % seen_.size()];
  const uint64_t bit = uint64_t{1} << (extended % 64);
  if (word & bit) return Verdict::duplicate;
  word |= bit;
  return Verdict::fresh;
}

}  // namespace sluice::media
