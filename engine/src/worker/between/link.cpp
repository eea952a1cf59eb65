#include "worker/between/link.h"

#include <algorithm>
#include <utility>

namespace sluice::worker {

LinkEnd::LinkEnd(std::shared_ptr<Link> link, int side, PacketPool& pool,
                 std::shared_ptr<Mailbox> mailbox)
    : link_(std::move(link)), out_(link_->lanes[side]), in_(link_->lanes[1 - side]), pool_(pool) {
  out_.memory = pool.blocks();
  in_.mailbox = std::move(mailbox);
  in_.attached.store(true, std::memory_order_release);
}

LinkEnd::~LinkEnd() {
  close();
}

void LinkEnd::close() {
  if (std::exchange(closed_, true)) return;
  while (receive()) {
  }
  // From now on the sender may take back the items in the queue.
  in_.deserted.store(true, std::memory_order_release);
  flush();
}

// ---- Out ----------------------------------------------------------------------------------------

bool LinkEnd::send(const media::ReceivedPacket& packet, uint32_t ssrc,
                   const std::array<uint8_t, rtp::kExtensionKinds>& extension_ids,
                   rtp::SharedStructure structure) {
  LinkItem item;
  item.ssrc = ssrc;
  item.packet = packet;
  item.packet.slot = PacketRef();
  item.extension_ids = extension_ids;
  item.structure = std::move(structure);
  return push(std::move(item), packet.slot);
}

bool LinkEnd::send_rtcp(Bytes compound) {
  PacketRef slot = pool_.take();
  if (!slot || compound.size() > PacketSlot::kCapacity) {
    ++counters_.dropped;
    return false;
  }
  std::copy(compound.begin(), compound.end(), slot->data);
  slot->size = static_cast<uint16_t>(compound.size());
  LinkItem item;
  item.kind = LinkItem::Kind::rtcp;
  return push(std::move(item), std::move(slot));
}

bool LinkEnd::push(LinkItem item, PacketRef reference) {
  item.head = reference.get();
  const bool reachable = !closed_ && out_.attached.load(std::memory_order_acquire) &&
                         !out_.deserted.load(std::memory_order_relaxed);
  if (!reachable || lent_ == Link::kLentMax || !out_.items.push(std::move(item))) {
    ++counters_.dropped;
    return false;
  }
  reference.detach();  // take_returns() takes the reference back.
  ++lent_;
  ++counters_.sent;
  unflushed_ = true;
  return true;
}

void LinkEnd::flush() {
  if (std::exchange(unflushed_, false)) out_.mailbox->notify();
}

void LinkEnd::take_returns() {
  const auto take = [this](PacketHead* head) {
    PacketRef::adopt(head).reset();
    --lent_;
  };
  // Read `deserted` first: all that the receiver returned before it is in the queue then.
  const bool deserted = out_.deserted.load(std::memory_order_acquire);
  while (PacketHead** head = out_.returns.front()) {
    take(*head);
    out_.returns.drop_front();
  }
  if (!deserted) return;
  while (LinkItem* item = out_.items.front()) {
    take(item->head);
    out_.items.drop_front();
  }
}

// ---- In -----------------------------------------------------------------------------------------

std::optional<LinkEnd::Received> LinkEnd::receive() {
  LinkItem* front = in_.items.front();
  if (!front) return std::nullopt;
  Received received;
  received.item = std::move(*front);
  in_.items.drop_front();

  if (free_heads_.empty()) {
    heads_.emplace_back();
    free_heads_.push_back(&heads_.back());
  }
  Borrowed* head = free_heads_.back();
  free_heads_.pop_back();
  head->owner = this;
  head->original = received.item.head;
  head->data = head->original->data;
  head->size = head->original->size;
  received.slot = PacketRef(head);
  ++borrowed_;
  ++counters_.received;
  return received;
}

void LinkEnd::give_back(PacketHead* head) {
  auto* borrowed = static_cast<Borrowed*>(head);
  // Never full: it has room for every packet that may be lent.
  in_.returns.push(std::exchange(borrowed->original, nullptr));
  free_heads_.push_back(borrowed);
  --borrowed_;
}

}  // namespace sluice::worker
