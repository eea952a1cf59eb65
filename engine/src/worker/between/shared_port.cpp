#include "worker/between/shared_port.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>

namespace sluice::worker {
namespace {

// RFC 8839, 5.4.
constexpr std::string_view kIceChars =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static_assert(kIceChars.size() == SharedPort::kMembersMax);

class Registry {
 public:
  uint32_t add(const std::shared_ptr<SharedPort>& port) {
    const std::lock_guard lock(mutex_);
    std::erase_if(ports_, [](const auto& entry) { return entry.second.expired(); });
    while (++last_ == 0 || ports_.contains(last_)) {
    }
    ports_[last_] = port;
    return last_;
  }
  std::shared_ptr<SharedPort> find(uint32_t id) {
    const std::lock_guard lock(mutex_);
    const auto found = ports_.find(id);
    return found == ports_.end() ? nullptr : found->second.lock();
  }

  // Never destroyed: workers may outlive static destructors.
  static Registry& instance() {
    static Registry& registry = *new Registry;
    return registry;
  }

 private:
  std::mutex mutex_;
  std::unordered_map<uint32_t, std::weak_ptr<SharedPort>> ports_;
  uint32_t last_ = 0;
};

}  // namespace

uint32_t SharedPort::publish(const std::shared_ptr<SharedPort>& port) {
  return Registry::instance().add(port);
}

std::shared_ptr<SharedPort> SharedPort::find(uint32_t id) {
  return Registry::instance().find(id);
}

void SharedPort::opened(uint16_t port) {
  listened_ports.emplace_back();
  listened_ports.back().port = port;
}

void SharedPort::joined(uint8_t which, uint8_t member, int socket) {
  if (!steers_) return;
  const std::lock_guard lock(steering_);
  Listening& group = listened_ports[which];
  if (group.order.empty()) group.steering = net::PortSteering::create();
  group.order.push_back(member);
  if (!group.steering) return;
  const auto place = static_cast<uint32_t>(group.order.size() - 1);
  group.steering->seat(member, kIceChars[member], place);
  // The kernel makes the group when the second socket joins.
  if (group.order.size() < 2 || group.is_steered) return;
  group.is_steered = group.steering->attach(socket);
  if (!group.is_steered) group.steering.reset();
}

void SharedPort::left(uint8_t member) {
  const std::lock_guard lock(steering_);
  for (Listening& group : listened_ports) {
    const auto found = std::find(group.order.begin(), group.order.end(), member);
    if (found == group.order.end()) continue;
    // The kernel puts the last socket into the gap.
    const uint8_t moved = group.order.back();
    *found = moved;
    const auto place = static_cast<uint32_t>(found - group.order.begin());
    group.order.pop_back();
    if (!group.steering) continue;
    group.steering->seat(member, kIceChars[member], net::PortSteering::kNowhere);
    if (moved != member) group.steering->seat(moved, kIceChars[moved], place);
  }
}

void SharedPort::steer(uint8_t which, const Address& remote, std::optional<uint8_t> owner) {
  const std::lock_guard lock(steering_);
  net::PortSteering* steering = listened_ports[which].steering.get();
  if (!steering) return;
  if (owner) {
    steering->set(remote, *owner);
  } else {
    steering->remove(remote);
  }
}

SharedPort::~SharedPort() {
  for (Seat& seat : seats) {
    for (auto& lane : seat.from) delete lane.load(std::memory_order_acquire);
  }
}

Result<std::unique_ptr<PortMember>> PortMember::join(std::shared_ptr<SharedPort> port,
                                                     uint32_t index,
                                                     std::shared_ptr<Mailbox> mailbox) {
  if (index >= SharedPort::kMembersMax) return invalid("sharedPort.index is too large");
  SharedPort::Seat& seat = port->seats[index];
  if (seat.mailbox) return invalid("sharedPort.index was given before");
  seat.mailbox = std::move(mailbox);
  seat.taken.store(true, std::memory_order_release);
  return std::unique_ptr<PortMember>(new PortMember(std::move(port), static_cast<uint8_t>(index)));
}

PortMember::~PortMember() {
  port_->left(index_);
  seat().taken.store(false, std::memory_order_release);
  receive([](Handed&) {});  // Closes connections.
}

void PortMember::sign(std::string& ufrag) const {
  ufrag[0] = kIceChars[index_];
}

std::optional<uint8_t> PortMember::member_of(std::string_view ufrag) const {
  const size_t index = ufrag.empty() ? std::string_view::npos : kIceChars.find(ufrag[0]);
  if (index == std::string_view::npos || !is_taken(static_cast<uint8_t>(index))) {
    return std::nullopt;
  }
  return static_cast<uint8_t>(index);
}

std::optional<uint8_t> PortMember::owner_of(uint8_t listen_index, const Address& remote) const {
  const auto owner = port_->owners.find(listen_index, remote);
  return owner && is_taken(*owner) ? owner : std::nullopt;
}

bool PortMember::own(uint8_t listen_index, const Address& remote) {
  bool stored = false;
  const auto before = port_->owners.set(listen_index, remote, index_, &stored);
  port_->steer(listen_index, remote, index_);
  if (before && *before != index_)
    hand_over(*before, Handed::Kind::taken, listen_index, remote, {});
  return stored;
}

void PortMember::disown(uint8_t listen_index, const Address& remote) {
  if (port_->owners.remove(listen_index, remote, index_)) {
    port_->steer(listen_index, remote, std::nullopt);
  }
}

bool PortMember::hand_over(uint8_t to, Handed::Kind kind, uint8_t listen_index,
                           const Address& source, Bytes bytes,
                           std::unique_ptr<net::TcpConnection> connection) {
  if (to == index_ || !is_taken(to) || bytes.size() > PacketSlot::kCapacity) return false;
  auto& place = port_->seats[to].from[index_];
  SharedPort::Lane* lane = place.load(std::memory_order_relaxed);
  if (!lane) {
    lane = new SharedPort::Lane;
    place.store(lane, std::memory_order_release);
  }
  const bool from_stranger = kind == Handed::Kind::unowned || kind == Handed::Kind::connection;
  SpscQueue<Handed>& queue = from_stranger ? lane->strangers : lane->items;
  Handed* item = queue.next();
  if (!item) return false;
  item->kind = kind;
  item->listen_index = listen_index;
  item->source = source;
  item->connection = std::move(connection);
  item->size = static_cast<uint16_t>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), item->room.begin());
  queue.push_next();
  unflushed_ |= uint64_t{1} << to;
  return true;
}

void PortMember::flush() {
  for (; unflushed_ != 0; unflushed_ &= unflushed_ - 1) {
    port_->seats[std::countr_zero(unflushed_)].mailbox->notify();
  }
}

bool PortMember::has_items() const {
  return std::any_of(seat().from.begin(), seat().from.end(), [](const auto& from) {
    const SharedPort::Lane* lane = from.load(std::memory_order_acquire);
    return lane && !lane->empty();
  });
}

}  // namespace sluice::worker
