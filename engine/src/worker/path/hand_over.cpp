// The part of the packet path for ports shared with other workers: it finds the worker that owns a
// datagram, and hands the datagram over.
#include <algorithm>

#include "worker/objects/web_rtc_transport.h"
#include "worker/path/packet_path.h"

namespace sluice::worker {

std::optional<uint8_t> PacketPath::owner_of(const Socket& socket, const Path& path) const {
  // A connection that we accepted is ours until we give it away.
  if (socket.connection) return std::nullopt;
  return socket.shared->owner_of(socket.listen_index, path.remote);
}

// True when the datagram belongs to another worker, which it was handed to.
bool PacketPath::hand_over_foreign(const Socket& socket, const Path& path, Bytes datagram) {
  const auto owner = owner_of(socket, path);
  if (!owner || *owner == socket.shared->index()) return false;
  hand_over(*owner, Handed::Kind::datagram, socket, path, datagram);
  return true;
}

// True when the message was handed over or dropped. The worker that owns the path is asked first:
// it does not release a path that an established session is using.
bool PacketPath::hand_over_stun(Instant now, const Socket& socket, const Path& path, Bytes datagram,
                                std::string_view ufrag, const WebRtcTransport* holder) {
  const PortMember& port = *socket.shared;
  const uint8_t here = port.index();
  const uint8_t named = port.member_of(ufrag).value_or(here);
  if (socket.connection) {
    if (named == here) return false;
    // Only the named worker can verify this check. A connection that has verified one stays with
    // its session: a name alone must not take it away.
    if (socket.validated) {
      drop(Counter::drop_stun_path_held);
    } else {
      hand_over(named, Handed::Kind::connection, socket, path, datagram);
    }
    return true;
  }
  const auto known = owner_of(socket, path);
  const uint8_t owner = known.value_or(named);
  if (owner != here) {
    const auto kind = known ? Handed::Kind::datagram : Handed::Kind::unowned;
    hand_over(owner, kind, socket, path, datagram);
    return true;
  }
  if (named == here) return false;
  if (holder && holder->holds(now, path)) {
    drop(Counter::drop_stun_path_held);
  } else {
    hand_over(named, Handed::Kind::released, socket, path, datagram);
  }
  return true;
}

void PacketPath::hand_over(uint8_t to, Handed::Kind kind, const Socket& socket, const Path& path,
                           Bytes datagram) {
  PortMember& port = *socket.shared;
  const uint8_t listen_index = socket.listen_index;
  std::unique_ptr<net::TcpConnection> connection;
  if (kind == Handed::Kind::connection) {
    core_.counters.add(Counter::connections_handed_over);
    connection = core_.sockets.give_away(path.socket);  // `socket` is gone, too.
  } else {
    core_.counters.add(Counter::datagrams_handed_over);
  }
  if (!port.hand_over(to, kind, listen_index, path.remote, datagram, std::move(connection))) {
    drop(Counter::drop_handover_full);
  }
}

void PacketPath::receive_handed(Instant now, PortMember& port, const Handed& handed) {
  const uint32_t handle = port.handles[handed.listen_index];
  const Path path{handle, Protocol::udp, handed.source};
  if (handed.kind == Handed::Kind::taken) {
    if (WebRtcTransport* transport = core_.demux.find(path)) transport->handle_path_closed(path);
    return;
  }
  PacketRef packet = core_.pool.take();
  if (!packet) return drop(Counter::drop_pool_exhausted);
  std::copy(handed.bytes().begin(), handed.bytes().end(), packet->data);
  packet->size = handed.size;
  const bool is_released = handed.kind == Handed::Kind::released;
  receive_webrtc(now, *core_.sockets.find(handle), path, std::move(packet), is_released);
}

}  // namespace sluice::worker
