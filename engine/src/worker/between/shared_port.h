// Ports that the workers of a pool share: each has sockets of its own on them (SO_REUSEPORT), and
// whichever the kernel wakes hands over what is another's. The first character of a username
// fragment tells the worker that made it; PathOwners tells whose every other datagram is.
//
//   kernel ─▶ a member ── path unknown here ──▶ whose is it? ──▶ hand_over() ── lane ──▶ its owner
//
// Where the kernel lets us it picks the right socket itself (net/port_steering.h), and hardly
// anything is left to hand over.
//
// A lane is a bounded queue from one member to another. Datagrams are copied into it: the owner
// decrypts in place and keeps what it received, which another worker's slot could not bear.
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
    datagram,    // As it came from the socket.
    cleared,     // STUN for a path of the sender's, who lets it go.
    taken,       // The sender's transport has this path of the receiver's now. No bytes.
    connection,  // The bytes are the first frame that came on it.
  };

  Kind kind = Kind::datagram;
  uint8_t listening = 0;  // The same number with all members.
  uint16_t size = 0;
  Address source;
  std::unique_ptr<net::TcpConnection> connection;
  std::array<uint8_t, PacketSlot::kCapacity> room;

  Bytes bytes() const { return Bytes(room).first(size); }
};

// What all members share. It lives as long as one of them.
class SharedPort {
 public:
  // As many as one character of a username fragment can tell apart (RFC 8839, 5.4: ice-char).
  static constexpr uint32_t kMembersMax = 64;
  static constexpr size_t kListeningMax = 256;
  // A burst of one turn; half a megabyte, for each direction in which anything was ever handed
  // over.
  static constexpr uint32_t kLaneItems = 256;

  // `steers`: asks the kernel to find the owners.
  SharedPort(uint64_t seed, bool steers) : owners(seed), steers_(steers) {}
  ~SharedPort();

  // A number for other workers of the process to find it by, as long as it lives.
  static uint32_t publish(const std::shared_ptr<SharedPort>& port);
  static std::shared_ptr<SharedPort> find(uint32_t id);

  struct Lane {
    SpscQueue<Handed> items{kLaneItems};
  };
  struct Seat {
    std::shared_ptr<Mailbox> mailbox;
    std::atomic<bool> taken{false};
    std::array<std::atomic<Lane*>, kMembersMax> from{};  // Made by who sends, at first use.
  };

  // A listening as the first member opened it: its port, and how the kernel finds the owners.
  struct Listening {
    uint16_t port = 0;
    std::unique_ptr<net::PortSteering> steering;  // Of UDP, where the kernel takes it.
    bool is_steered = false;
    std::vector<uint8_t> order;  // The members, as their sockets stand in the kernel's group.
  };
  void opened(uint16_t port);
  // A member's UDP socket has joined the group.
  void joined(uint8_t listening, uint8_t member, int socket);
  void left(uint8_t member);
  void steer(uint8_t listening, const Address& remote, std::optional<uint8_t> owner);

  std::array<Seat, kMembersMax> seats;
  PathOwners owners;
  std::vector<Listening> listening;

 private:
  const bool steers_;
  std::mutex steering_;
};

// One worker's part. Its thread alone calls it.
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

  // -- Who owns what. Members that have gone own nothing.
  void sign(std::string& ufrag) const;  // Makes it tell that it is ours.
  std::optional<uint8_t> member_of(std::string_view ufrag) const;
  std::optional<uint8_t> owner_of(uint8_t listening, const Address& remote) const;
  // Ours now. Whoever had it is told. False when the table is full: what reaches other members is
  // lost then.
  bool own(uint8_t listening, const Address& remote);
  void disown(uint8_t listening, const Address& remote);

  // -- Out. False when there was no room, or nobody; `connection` is closed then.
  bool hand_over(uint8_t to, Handed::Kind kind, uint8_t listening, const Address& source,
                 Bytes bytes, std::unique_ptr<net::TcpConnection> connection = nullptr);
  void flush();  // At the end of a turn: wakes whoever sleeps.

  // -- In.
  bool has_items() const;
  template <typename Handle>  // void(Handed&)
  void receive(Handle&& handle) {
    for (auto& from : seat().from) {
      SharedPort::Lane* lane = from.load(std::memory_order_acquire);
      for (uint32_t n = 0; lane && n < SharedPort::kLaneItems; ++n) {
        Handed* item = lane->items.front();
        if (!item) break;
        handle(*item);
        item->connection.reset();
        lane->items.drop_front();
      }
    }
  }

  std::vector<uint32_t> handles;  // Of the sockets, by listening.

 private:
  PortMember(std::shared_ptr<SharedPort> port, uint8_t index)
      : port_(std::move(port)), index_(index) {}
  SharedPort::Seat& seat() const { return port_->seats[index_]; }
  bool is_taken(uint8_t index) const {
    return port_->seats[index].taken.load(std::memory_order_acquire);
  }

  const std::shared_ptr<SharedPort> port_;
  const uint8_t index_;
  uint64_t unflushed_ = 0;  // A bit a member.
};

}  // namespace sluice::worker
