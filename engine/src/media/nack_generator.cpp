#include "media/nack_generator.h"

#include <algorithm>

namespace sluice::media {
namespace {

template <typename List>
auto first_from(List& list, uint64_t seq) {
  return std::lower_bound(list.begin(), list.end(), seq, [](const auto& missing, uint64_t wanted) {
    return missing.seq < wanted;
  });
}

}  // namespace

bool NackGenerator::handle_packet(Instant now, uint64_t seq, bool is_key_frame) {
  if (started_ && seq <= highest_) {
    const auto found = first_from(list_, seq);
    if (found == list_.end() || found->seq != seq) return false;
    const bool was_asked_for = found->tries != 0;
    list_.erase(found);
    if (list_.empty()) next_ = kNever;
    return was_asked_for;
  }
  if (is_key_frame) {
    if (key_frames_size_ == kKeyFrames) {
      std::copy(key_frames_.begin() + 1, key_frames_.end(), key_frames_.begin());
      --key_frames_size_;
    }
    key_frames_[key_frames_size_++] = seq;
  }
  if (started_ && seq > highest_ + 1) add_gap(now, highest_ + 1, seq);
  started_ = true;
  highest_ = seq;
  return false;
}

void NackGenerator::add_gap(Instant now, uint64_t first, uint64_t end) {
  if (end > kPacketAgeMax) list_.erase(list_.begin(), first_from(list_, end - kPacketAgeMax));

  const auto too_many = [&] { return list_.size() + (end - first) > kListMax; };
  while (too_many() && drop_until_key_frame()) {
  }
  if (too_many()) {
    given_up_ += list_.size() + (end - first);
    list_.clear();
    next_ = kNever;
    key_frame_needed_ = true;
    return;
  }
  if (list_.capacity() == 0) list_.reserve(kListStart);
  const Instant due = now + kFirstDelay;
  for (uint64_t seq = first; seq != end; ++seq) list_.push_back({seq, due, 0});
  next_ = std::min(next_, due);
}

// What is missing before a key frame is of no use once a receiver can start there.
bool NackGenerator::drop_until_key_frame() {
  size_t used = 0;
  bool dropped = false;
  while (used < key_frames_size_ && !dropped) {
    const auto until = first_from(list_, key_frames_[used]);
    dropped = until != list_.begin();
    given_up_ += static_cast<uint64_t>(until - list_.begin());
    list_.erase(list_.begin(), until);
    if (!dropped) ++used;
  }
  std::copy(key_frames_.begin() + static_cast<ptrdiff_t>(used),
            key_frames_.begin() + static_cast<ptrdiff_t>(key_frames_size_), key_frames_.begin());
  key_frames_size_ -= used;
  return dropped;
}

size_t NackGenerator::poll(Instant now, std::span<uint16_t> lost) {
  if (now < next_) return 0;
  if (credit_ < kMessageBytes + kNumberBytes) {
    next_ = now + kRetryMin;  // Until more has come.
    return 0;
  }
  lost = lost.first(std::min(lost.size(), (credit_ - kMessageBytes) / kNumberBytes));
  size_t taken = 0;
  next_ = kNever;
  for (auto& missing : list_) {
    if (missing.due <= now && taken < lost.size()) {
      lost[taken++] = static_cast<uint16_t>(missing.seq);
      missing.due = now + retry();
      ++missing.tries;
    }
    if (missing.tries < kTriesMax) next_ = std::min(next_, missing.due);
  }
  given_up_ +=
      std::erase_if(list_, [](const Missing& missing) { return missing.tries >= kTriesMax; });
  if (taken != 0) credit_ -= kMessageBytes + taken * kNumberBytes;
  return taken;
}

void NackGenerator::reset() {
  list_.clear();
  key_frames_size_ = 0;
  started_ = false;
  next_ = kNever;
}

}  // namespace sluice::media
