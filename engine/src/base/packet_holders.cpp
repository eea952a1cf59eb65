#include "base/packet_holders.h"

#include <algorithm>
#include <bit>

namespace sluice {

void PacketHolder::join(PacketHolders* holders) {
  if (holders_) {
    holders_->unlink(*this);
    if (holders_->whole_) holders_->whole_->note_released(kept_);
  }
  holders_ = holders;
  if (!holders_) return;
  holders_->link(*this, PacketHolders::level_of(*this));
  if (holders_->whole_) holders_->whole_->note_kept(kept_);
}

void PacketHolder::note_kept(uint32_t packets) {
  kept_ += packets;
  if (!holders_) return;
  if (kept_ >> level_ != 0) [[unlikely]] {
    const uint8_t level = PacketHolders::level_of(*this);
    if (level > level_) {
      holders_->unlink(*this);
      holders_->link(*this, level);
    }
  }
  if (holders_->whole_) holders_->whole_->note_kept(packets);
}

void PacketHolder::note_released(uint32_t packets) {
  kept_ -= packets;
  if (holders_ && holders_->whole_) holders_->whole_->note_released(packets);
}

PacketHolders::~PacketHolders() {
  for (PacketHolder* holder : levels_) {
    for (; holder; holder = holder->next_) holder->holders_ = nullptr;
  }
}

PacketHolder* PacketHolders::largest() {
  for (size_t level = kLevels - 1; level > 0; --level) {
    while (PacketHolder* holder = levels_[level]) {
      const uint8_t now = level_of(*holder);
      if (now == level) return holder;
      unlink(*holder);
      link(*holder, now);
    }
  }
  return nullptr;
}

uint8_t PacketHolders::level_of(const PacketHolder& holder) {
  return static_cast<uint8_t>(std::min<int>(std::bit_width(holder.kept_), kLevels - 1));
}

void PacketHolders::link(PacketHolder& holder, uint8_t level) {
  holder.level_ = level;
  holder.previous_ = nullptr;
  holder.next_ = levels_[level];
  if (holder.next_) holder.next_->previous_ = &holder;
  levels_[level] = &holder;
}

void PacketHolders::unlink(PacketHolder& holder) {
  (holder.previous_ ? holder.previous_->next_ : levels_[holder.level_]) = holder.next_;
  if (holder.next_) holder.next_->previous_ = holder.previous_;
}

}  // namespace sluice
