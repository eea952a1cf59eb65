// Ports that the workers of a pool share. Each worker has sockets of its own on them
// (SO_REUSEPORT), and hands over the datagrams that the kernel gave it but another worker owns. The
// first character of a username fragment names the worker that made it; for all other datagrams
// PathOwners knows the owner.
//
//   kernel ─▶ a member ── path unknown here ──▶ find the owner ──▶ hand_over() ── lane ──▶ owner
//
// Where possible the kernel picks the right socket itself (net/port_steering.h); then hardly
// anything is left to hand over.
//
// A lane leads from one member to another in two bounded queues: what has a known owner, and what
// strangers sent, so that a flood of STUN that merely names a member takes no room from sessions.
// Datagrams are copied into it, because the owner decrypts in place and keeps the packet, which
// must not happen in another worker's slot.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/packet_pool.h"
#include "base/result.h"
#include "base/spsc_queue.h"
#include "net/port_steering.h"
#include "net/tcp.h"
#include "worker/between/mailbox.h"
#include "worker/between/path_owners.h"

namespace sluice::worker {

struct Handed {
  enum class Kind : uint8_t {
    datagram,    // As it came from the socket, on a path that the receiver owns.
    unowned,     // STUN on a path that nobody owns; it names the receiver.
    released,    // STUN for a path that the sender owned and releases.
    taken,       // A transport of the sender took over this path. No bytes.
    connection,  // The bytes are the first frame that came on it.
  };

  Kind kind = Kind::datagram;
  uint8_t listen_index = 0;  // All members number the ports alike.
  uint16_t size = 0;
  Address source;
  std::unique_ptr<net::TcpConnection> connection;
  std::array<uint8_t, PacketSlot::kCapacity> room;

  Bytes bytes() const { return Bytes(room).first(size); }
};

// The state that all members share. It lives as long as one of them.
class SharedPort {
 public:
  // As many as one character of a username fragment can tell apart (RFC 8839, 5.4: ice-char).
  static constexpr uint32_t kMembersMax = 64;
  static constexpr size_t kListeningMax = 256;
  // Room for a burst of one turn, of sessions and of strangers: 640 KB for each pair of members and
  // direction that was ever used. Peers repeat a check that was lost (RFC 8489, 6.2.1).
  static constexpr uint32_t kLaneItems = 256;
  static constexpr uint32_t kLaneStrangers = 64;

  // `steers`: asks the kernel to find the owners.
  SharedPort(uint64_t seed, bool steers) : owners(seed), steers_(steers) {}
  ~SharedPort();

  // A number for other workers of the process to find it by, as long as it lives.
  static uint32_t publish(const std::shared_ptr<SharedPort>& port);
  static std::shared_ptr<SharedPort> find(uint32_t id);

  struct Lane {
    SpscQueue<Handed> items{kLaneItems};
    SpscQueue<Handed> strangers{kLaneStrangers};

    bool empty() const { return items.empty() && strangers.empty(); }
  };
  struct Seat {
    std::shared_ptr<Mailbox> mailbox;
    std::atomic<bool> taken{false};
    std::array<std::atomic<Lane*>, kMembersMax> from{};  // The sender makes it at first use.
  };

  // A port as the first member opened it, and how the kernel finds the owners of its paths.
  struct Listening {
    uint16_t port = 0;
    std::unique_ptr<net::PortSteering> steering;  // UDP only; empty where the kernel refuses.
    bool is_steered = false;
    std::vector<uint8_t> order;  // The members in the order of their sockets in the kernel's group.
  };
  void opened(uint16_t port);
  // A member's UDP socket has joined the group.
  void joined(uint8_t listen_index, uint8_t member, int socket);
  void left(uint8_t member);
  void steer(uint8_t listen_index, const Address& remote, std::optional<uint8_t> owner);

  std::array<Seat, kMembersMax> seats;
  PathOwners owners;
  std::vector<Listening> listened_ports;

 private:
  const bool steers_;
  std::mutex steering_;
};

// The part of one worker, which alone calls it.
class PortMember {
 public:
  // The seat must be free, and is never taken again.
  static Result<std::unique_ptr<PortMember>> join(std::shared_ptr<SharedPort> port, uint32_t index,
                                                  std::shared_ptr<Mailbox> mailbox);
  ~PortMember();
  PortMember(const PortMember&) = delete;
  PortMember& operator=(const PortMember&) = delete;

  SharedPort& port() { return *port_; }
  uint8_t index() const { return index_; }

  // -- Ownership of paths. Members that have left own nothing.
  void sign(std::string& ufrag) const;  // Makes it name this worker.
  std::optional<uint8_t> member_of(std::string_view ufrag) const;
  std::optional<uint8_t> owner_of(uint8_t listen_index, const Address& remote) const;
  // Takes the path and tells the owner before. False when the table is full: datagrams that reach
  // other members are then lost.
  bool own(uint8_t listen_index, const Address& remote);
  void disown(uint8_t listen_index, const Address& remote);

  // -- Out. False when the lane has no room for the kind or the member has left; `connection` is
  // closed then.
  bool hand_over(uint8_t to, Handed::Kind kind, uint8_t listen_index, const Address& source,
                 Bytes bytes, std::unique_ptr<net::TcpConnection> connection = nullptr);
  void flush();  // At the end of a turn: wakes members that sleep.

  // -- In.
  bool has_items() const;
  template <typename Handle>  // void(Handed&)
  void receive(Handle&& handle) {
    for (auto& from : seat().from) {
      SharedPort::Lane* lane = from.load(std::memory_order_acquire);
      if (!lane) continue;
      receive_from(lane->items, handle);
      receive_from(lane->strangers, handle);
    }
  }

  std::vector<uint32_t> handles;  // Of the sockets, by listen_index.

 private:
  PortMember(std::shared_ptr<SharedPort> port, uint8_t index)
      : port_(std::move(port)), index_(index) {}
  // At most what fits at once: the sender must not keep the receiver here.
  template <typename Handle>
  static void receive_from(SpscQueue<Handed>& queue, Handle& handle) {
    for (uint32_t n = 0; n < queue.capacity(); ++n) {
      Handed* item = queue.front();
      if (!item) break;
      handle(*item);
      item->connection.reset();
      queue.drop_front();
    }
  }
  SharedPort::Seat& seat() const { return port_->seats[index_]; }
  bool is_taken(uint8_t index) const {
    return port_->seats[index].taken.load(std::memory_order_acquire);
  }

  const std::shared_ptr<SharedPort> port_;
  const uint8_t index_;
  uint64_t unflushed_ = 0;  // One bit per member.
};

}  // namespace sluice::worker
