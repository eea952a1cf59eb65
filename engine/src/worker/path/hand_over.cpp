// The part of the packet path that ports shared with other workers need: whose a datagram is, and
// how it gets there.
#include <algorithm>

#include "worker/objects/web_rtc_transport.h"
#include "worker/path/packet_path.h"

namespace sluice::worker {

std::optional<uint8_t> PacketPath::owner_of(const Socket& socket, const Path& path) const {
  // Nobody but us has a connection of ours.
  if (socket.connection) return std::nullopt;
  return socket.shared->owner_of(socket.listening, path.remote);
}

// True when it is another worker's, which has it now.
bool PacketPath::pass_on(const Socket& socket, const Path& path, Bytes datagram) {
  const auto owner = owner_of(socket, path);
  if (!owner || *owner == socket.shared->index()) return false;
  hand_over(*owner, Handed::Kind::datagram, socket, path, datagram);
  return true;
}

// True when the message is not for us, or went on. The worker that owns the path comes first: it
// does not let go of one that an established session is using.
bool PacketPath::pass_stun(Instant now, const Socket& socket, const Path& path, Bytes datagram,
                           std::string_view ufrag, const WebRtcTransport* holder) {
  const PortMember& port = *socket.shared;
  const uint8_t here = port.index();
  const uint8_t named = port.member_of(ufrag).value_or(here);
  if (socket.connection) {
    if (named != here) hand_over(named, Handed::Kind::connection, socket, path, datagram);
    return named != here;
  }
  const uint8_t owner = owner_of(socket, path).value_or(named);
  if (owner != here && (owner != named || named != here)) {
    hand_over(owner, Handed::Kind::datagram, socket, path, datagram);
    return true;
  }
  if (named == here) return false;
  if (holder && holder->holds(now, path)) {
    drop(Counter::drop_stun_path_held);
  } else {
    hand_over(named, Handed::Kind::cleared, socket, path, datagram);
  }
  return true;
}

void PacketPath::hand_over(uint8_t to, Handed::Kind kind, const Socket& socket, const Path& path,
                           Bytes datagram) {
  PortMember& port = *socket.shared;
  const uint8_t listening = socket.listening;
  std::unique_ptr<net::TcpConnection> connection;
  if (kind == Handed::Kind::connection) {
    core_.counters.add(Counter::connections_handed_over);
    connection = core_.sockets.give_away(path.socket);  // And with it `socket`.
  } else {
    core_.counters.add(Counter::datagrams_handed_over);
  }
  if (!port.hand_over(to, kind, listening, path.remote, datagram, std::move(connection))) {
    drop(Counter::drop_handover_full);
  }
}

void PacketPath::receive_handed(Instant now, PortMember& port, const Handed& handed) {
  const uint32_t handle = port.handles[handed.listening];
  const Path path{handle, Protocol::udp, handed.source};
  if (handed.kind == Handed::Kind::taken) {
    if (WebRtcTransport* transport = core_.paths.find(path)) transport->handle_path_closed(path);
    return;
  }
  PacketRef packet = core_.pool.take();
  if (!packet) return drop(Counter::drop_pool_exhausted);
  std::copy(handed.bytes().begin(), handed.bytes().end(), packet->data);
  packet->size = handed.size;
  const bool is_cleared = handed.kind == Handed::Kind::cleared;
  receive_webrtc(now, *core_.sockets.find(handle), path, std::move(packet), is_cleared);
}

}  // namespace sluice::worker
