#include "worker/loop/sockets.h"

#include <sys/epoll.h>

#include <algorithm>
#include <cstring>

namespace sluice::worker {

Result<uint32_t> Sockets::put(Socket socket, int fd) {
  const uint32_t handle = table_.reserve();
  if (handle == kNoId) return Error{ErrorKind::limit, "the worker's socket table is full"};
  if (auto added = epoll_.add(fd, EPOLLIN, handle); !added) {
    table_.cancel(handle);
    return added.error();
  }
  table_.put(handle, std::make_unique<Socket>(std::move(socket)));
  if (handle_by_fd_.size() <= static_cast<size_t>(fd)) handle_by_fd_.resize(fd + 64);
  handle_by_fd_[fd] = handle;
  return handle;
}

Result<uint32_t> Sockets::open_udp(const net::ListenOptions& options, net::PortAllocator& ports,
                                   Object* opener) {
  auto opened = net::UdpSocket::open(options, ports);
  if (!opened) return opened.error();
  Socket socket;
  socket.opener = opener;
  const int fd = opened->fd();
  socket.udp = std::move(*opened);
  return put(std::move(socket), fd);
}

Result<uint32_t> Sockets::open_listener(const net::ListenOptions& options,
                                        net::PortAllocator& ports, Object* opener) {
  auto opened = net::TcpListener::open(options, ports);
  if (!opened) return opened.error();
  Socket socket;
  socket.opener = opener;
  const int fd = opened->fd();
  socket.listener = std::move(*opened);
  auto handle = put(std::move(socket), fd);
  if (handle) listeners_.push_back(*handle);
  return handle;
}

uint32_t Sockets::accept(Instant now, Socket& listener, uint32_t listener_handle,
                         uint32_t* evicted) {
  *evicted = 0;
  const auto before = listener.listener->counters();
  auto accepted = listener.listener->accept();
  const auto& after = listener.listener->counters();
  counters_.add(Counter::tcp_accept_failed,
                after.failed - before.failed + after.no_descriptor - before.no_descriptor);
  if (!accepted) return 0;
  const uint32_t handle = adopt(now, std::move(*accepted), listener_handle, evicted);
  if (handle != 0) counters_.add(Counter::tcp_accepted);
  return handle;
}

uint32_t Sockets::adopt(Instant now, net::TcpConnection connection, uint32_t listener_handle,
                        uint32_t* evicted) {
  *evicted = 0;
  Socket& listener = *find(listener_handle);
  Socket socket;
  socket.opener = listener.opener;
  socket.listener_handle = listener_handle;
  socket.shared = listener.shared;
  socket.listen_index = listener.listen_index;
  const int fd = connection.fd();
  const Address remote = connection.remote();
  socket.connection = std::move(connection);
  auto handle = put(std::move(socket), fd);
  if (!handle) {  // The connection closes with its Socket.
    counters_.add(Counter::tcp_accept_failed);
    return 0;
  }
  if (auto oldest = half_open_.add(now, *handle, remote)) *evicted = *oldest;
  return *handle;
}

void Sockets::close(uint32_t handle) {
  Socket* socket = find(handle);
  if (!socket) return;
  int fd = -1;
  if (socket->udp) {
    fd = socket->udp->fd();
    sender_.forget(fd);
    std::erase(armed_fds_, fd);
  } else if (socket->listener) {
    fd = socket->listener->fd();
    std::erase(listeners_, handle);
  } else {
    fd = socket->connection->fd();
    // What was queued this turn (a DTLS alert, say) still gets its chance.
    socket->connection->flush();
    if (!socket->validated) half_open_.remove(handle);
  }
  epoll_.remove(fd);
  handle_by_fd_[fd] = kNoId;
  table_.take(handle);
}

std::unique_ptr<net::TcpConnection> Sockets::give_away(uint32_t handle) {
  Socket& socket = *find(handle);
  half_open_.remove(handle);
  auto connection = std::make_unique<net::TcpConnection>(std::move(*socket.connection));
  epoll_.remove(connection->fd());
  handle_by_fd_[connection->fd()] = kNoId;
  table_.take(handle);
  return connection;
}

std::optional<Address> Sockets::local_address(uint32_t handle) const {
  const Socket* socket = find(handle);
  if (!socket) return std::nullopt;
  if (socket->udp) return socket->udp->local();
  if (socket->listener) return socket->listener->local();
  return socket->connection->local();
}

Route Sockets::route(const Path& path) const {
  Route route;
  const Socket* socket = find(path.socket);
  if (!socket) return route;
  route.protocol = path.protocol;
  route.handle = path.socket;
  route.remote = path.remote;
  if (socket->udp) route.udp = socket->udp->send_socket();
  route.usable = true;
  return route;
}

std::vector<uint32_t> Sockets::connections_of(uint32_t listener) const {
  std::vector<uint32_t> handles;
  table_.for_each([&](uint32_t handle, const Socket& socket) {
    if (socket.connection && socket.listener_handle == listener) handles.push_back(handle);
  });
  return handles;
}

PacketRef Sockets::next_frame(uint32_t handle, PacketPool& pool) {
  auto frame = find(handle)->connection->next_frame(pool);
  counters_.add(Counter::tcp_frames_oversized, frame.oversized);
  counters_.add(Counter::tcp_frames_without_slot, frame.without_slot);
  return std::move(frame.packet);
}

void Sockets::validate(uint32_t connection) {
  Socket* socket = find(connection);
  if (!socket || !socket->connection || socket->validated) return;
  socket->validated = true;
  half_open_.remove(connection);
}

void Sockets::commit_frame(size_t size, const Route& route) {
  // The slot was reserved in the batch but is not committed there: it costs nothing.
  const MutableBytes slot = sender_.reserve(size);
  Socket* socket = find(route.handle);
  if (!socket || !socket->connection || !socket->connection->send(slot)) {
    return counters_.add(Counter::drop_send_failed);
  }
  if (!socket->dirty) {
    socket->dirty = true;
    dirty_.push_back(route.handle);
  }
}

void Sockets::send(Bytes datagram, const Route& route) {
  if (!route.usable) return counters_.add(Counter::drop_send_failed);
  const MutableBytes slot = reserve(datagram.size());
  std::memcpy(slot.data(), datagram.data(), datagram.size());
  commit(datagram.size(), route);
}

void Sockets::flush() {
  sender_.flush();
  update_blocked();
  for (size_t i = 0; i < dirty_.size(); ++i) {
    Socket* socket = find(dirty_[i]);
    if (!socket) continue;
    socket->dirty = false;
    // A failed connection is reported by epoll: it is closed there, like every other end.
    socket->connection->flush();
    arm_out(dirty_[i], *socket, socket->connection->fd(), socket->connection->wants_write());
  }
  dirty_.clear();
}

void Sockets::handle_writable(uint32_t handle) {
  Socket* socket = find(handle);
  if (!socket) return;
  if (socket->udp) {
    sender_.handle_writable(socket->udp->fd());
    update_blocked();
  } else if (socket->connection) {
    socket->connection->flush();
    arm_out(handle, *socket, socket->connection->fd(), socket->connection->wants_write());
  }
}

void Sockets::update_blocked() {
  if (sender_.blocked_version() == blocked_version_) [[likely]]
    return;
  blocked_version_ = sender_.blocked_version();
  const auto blocked = sender_.blocked();
  for (const int fd : armed_fds_) {
    if (std::find(blocked.begin(), blocked.end(), fd) == blocked.end()) {
      arm_out(handle_by_fd_[fd], *find(handle_by_fd_[fd]), fd, false);
    }
  }
  armed_fds_.assign(blocked.begin(), blocked.end());
  for (const int fd : armed_fds_) {
    arm_out(handle_by_fd_[fd], *find(handle_by_fd_[fd]), fd, true);
  }
}

void Sockets::arm_out(uint32_t handle, Socket& socket, int fd, bool on) {
  if (socket.armed_out == on) return;
  // A failure leaves the interest as it was; the next flush tries again.
  if (epoll_.modify(fd, on ? EPOLLIN | EPOLLOUT : EPOLLIN, handle)) socket.armed_out = on;
}

}  // namespace sluice::worker
