// The sockets of a worker under 32-bit handles, and all sending through them. Path.socket holds
// such a handle; a stale one finds nothing.
#pragma once

#include <optional>
#include <vector>

#include "base/address.h"
#include "base/slot_map.h"
#include "net/batch_sender.h"
#include "net/epoll.h"
#include "net/half_open.h"
#include "net/tcp.h"
#include "net/udp_socket.h"
#include "worker/loop/counters.h"
#include "worker/objects/object.h"

namespace sluice::worker {

class PortMember;

// Exactly one of the first three is set.
struct Socket {
  std::optional<net::UdpSocket> udp;
  std::optional<net::TcpListener> listener;
  std::optional<net::TcpConnection> connection;

  Object* opener = nullptr;      // The WebRtcServer or Transport that opened it or its listener.
  uint32_t listener_handle = 0;  // Of a connection.
  PortMember* shared = nullptr;  // Set for a port that other workers listen on, too.
  uint8_t listen_index = 0;      // Which of the shared ports it is.
  bool is_rtcp = false;          // A plain transport's second socket.
  bool dirty = false;            // A connection with frames to flush this turn.
  bool armed_out = false;        // EPOLLOUT is asked for.
  bool validated = false;        // A connection that showed a valid STUN request.
};

// Where datagrams to a peer go. Resolved when the path is selected, so that no packet needs a
// look-up.
struct Route {
  Protocol protocol = Protocol::udp;
  bool usable = false;
  uint32_t handle = 0;
  net::SendSocket udp;
  Address remote;
};

class Sockets {
 public:
  // The tags of epoll events of the command queue and the mailbox. The tag of a socket is its
  // handle.
  static constexpr uint64_t kWakeTag = 0;
  static constexpr uint64_t kMailTag = uint64_t{1} << 32;

  Sockets(net::Epoll epoll, Counters& counters) : epoll_(std::move(epoll)), counters_(counters) {}

  Result<uint32_t> open_udp(const net::ListenOptions& options, net::PortAllocator& ports,
                            Object* opener);
  Result<uint32_t> open_listener(const net::ListenOptions& options, net::PortAllocator& ports,
                                 Object* opener);
  // Accepts one connection; 0 when none waits. `evicted` gets the handle of a half-open connection
  // that must be closed to make room, else 0.
  uint32_t accept(Instant now, Socket& listener, uint32_t handle, uint32_t* evicted);
  void close(uint32_t handle);
  // Takes a connection out, with the bytes that it has read, for another worker.
  std::unique_ptr<net::TcpConnection> give_away(uint32_t connection);
  // Adds a connection of another worker as if `listener` had accepted it.
  uint32_t adopt(Instant now, net::TcpConnection connection, uint32_t listener, uint32_t* evicted);

  Socket* find(uint32_t handle) const { return table_.find(handle); }
  std::optional<Address> local_address(uint32_t handle) const;
  Route route(const Path& path) const;
  std::vector<uint32_t> connections_of(uint32_t listener) const;

  // The next frame of a connection that was read; empty when there is none.
  PacketRef next_frame(uint32_t connection, PacketPool& pool);
  // A connection whose peer proved itself is no longer half-open.
  void validate(uint32_t connection);
  // Calls close_connection(handle) for each half-open connection that has expired.
  template <typename Close>
  void expire_half_open(Instant now, Close&& close_connection);
  Instant next_half_open_timeout() const { return half_open_.next_timeout(); }

  // -- Sending. reserve() gives a slot of `max` bytes for one datagram; commit() says where it
  // goes. Datagrams to a TCP connection are framed and queued there.
  MutableBytes reserve(size_t max) { return sender_.reserve(max); }
  void commit(size_t size, const Route& route) {
    if (route.protocol == Protocol::udp) [[likely]] {
      sender_.commit(size, route.remote, route.udp);
    } else {
      commit_frame(size, route);
    }
  }
  void send(Bytes datagram, const Route& route);
  // Hands everything to the kernel. At the end of each turn.
  void flush();
  void handle_writable(uint32_t handle);

  net::Epoll& epoll() { return epoll_; }
  const net::BatchSender& sender() const { return sender_; }

 private:
  Result<uint32_t> put(Socket socket, int fd);
  void commit_frame(size_t size, const Route& route);
  void update_blocked();
  void arm_out(uint32_t handle, Socket& socket, int fd, bool on);

  net::Epoll epoll_;
  Counters& counters_;
  SlotMap<Socket> table_;
  std::vector<uint32_t> handle_by_fd_;
  std::vector<uint32_t> listeners_;
  net::HalfOpenTable half_open_;  // Of all listeners.
  std::vector<uint32_t> dirty_;
  std::vector<int> armed_fds_;  // UDP sockets with EPOLLOUT asked for.
  uint64_t blocked_version_ = 0;
  net::BatchSender sender_;
};

template <typename Close>
void Sockets::expire_half_open(Instant now, Close&& close_connection) {
  while (const auto handle = half_open_.poll_expired(now)) close_connection(*handle);
}

}  // namespace sluice::worker
