#include "net/tcp.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

namespace sluice::net {
namespace {

// mediasoup's; the kernel caps it at net.core.somaxconn.
constexpr int kBacklog = 512;

// What the kernel takes beyond what is under way to the peer. Its send buffer has megabytes: on a
// slow path media would grow old in there for many seconds; in FrameQueue it is dropped in time.
constexpr int kUnsentBytesMax = 128 * 1024;

bool would_block(int error) {
  return error == EAGAIN || error == EINTR;
}

}  // namespace

TcpConnection::TcpConnection(Fd fd, const Address& remote, const Address& local)
    : fd_(std::move(fd)), remote_(remote), local_(local), in_(PacketSlot::kCapacity) {}

bool TcpConnection::read_some() {
  const MutableBytes room = in_.writable();
  const ssize_t bytes = recv(fd_.get(), room.data(), room.size(), 0);
  if (bytes == 0) return false;
  if (bytes < 0) return would_block(errno);
  in_.written(static_cast<size_t>(bytes));
  counters_.bytes_in += static_cast<uint64_t>(bytes);
  return true;
}

TcpConnection::Frame TcpConnection::next_frame(PacketPool& pool) {
  Frame result;
  while (const std::optional<Bytes> frame = in_.next()) {
    ++counters_.frames_in;
    result.packet = pool.take();
    if (!result.packet) {
      ++result.without_slot;
      continue;
    }
    std::copy(frame->begin(), frame->end(), result.packet->data);
    result.packet->size = static_cast<uint16_t>(frame->size());
    break;
  }
  result.oversized = in_.take_oversized();
  return result;
}

bool TcpConnection::send(Bytes datagram) {
  if (!out_.push(datagram)) return false;
  ++counters_.frames_out;
  return true;
}

bool TcpConnection::flush() {
  while (!out_.empty()) {
    iovec vectors[2];
    const auto pieces = out_.readable();
    for (size_t i = 0; i < pieces.size(); ++i) {
      vectors[i] = {const_cast<uint8_t*>(pieces[i].data()), pieces[i].size()};
    }
    msghdr message{};
    message.msg_iov = vectors;
    message.msg_iovlen = pieces[1].empty() ? 1 : 2;
    // writev(), but for the signal that would reach our host when the peer is gone.
    const ssize_t bytes = sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
    if (bytes < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN;
    }
    out_.consumed(static_cast<size_t>(bytes));
    counters_.bytes_out += static_cast<uint64_t>(bytes);
  }
  return true;
}

Result<TcpListener> TcpListener::open(const ListenOptions& options, PortAllocator& ports) {
  // listen() may say that a port is taken where bind() did not, and a socket binds only once: each
  // try has its own.
  Fd fd;
  std::optional<Error> open_error;
  auto lease = ports.bind(Protocol::tcp, options, [&](uint16_t port) {
    Result<Fd> opened = open_socket(Protocol::tcp, options);
    if (!opened) {
      open_error = opened.error();
      return EIO;
    }
    if (const int error = bind_socket(opened->get(), options, port)) return error;
    if (::listen(opened->get(), kBacklog) != 0) return errno;
    fd = std::move(*opened);
    return 0;
  });
  if (open_error) return *open_error;
  if (!lease) return lease.error();

  TcpListener listener;
  listener.lease_ = std::move(*lease);
  listener.fd_ = std::move(fd);
  listener.spare_ = Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  listener.local_ = options.ip;
  listener.local_.port = local_address(listener.fd()).port;
  // Connections inherit them.
  listener.buffers_ =
      set_buffers(listener.fd(), options.send_buffer_bytes, options.receive_buffer_bytes);
  return listener;
}

std::optional<TcpConnection> TcpListener::accept() {
  sockaddr_in6 from{};
  socklen_t size = sizeof(from);
  Fd fd(
      accept4(fd_.get(), reinterpret_cast<sockaddr*>(&from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) {
    if (would_block(errno)) return std::nullopt;
    if (spare_ && (errno == EMFILE || errno == ENFILE)) {
      // Left waiting, the connection would wake the loop without end.
      spare_.close();
      Fd refused(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      ++(refused || would_block(errno) ? counters_.no_descriptor : counters_.failed);
      refused.close();
      spare_ = Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    } else {
      ++counters_.failed;
    }
    return std::nullopt;
  }
  // Another thread may have taken the descriptor of the spare one.
  if (!spare_) spare_ = Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ++counters_.accepted;
  // Media frames must not wait for others to fill a segment.
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kUnsentBytesMax, sizeof(kUnsentBytesMax));
  const Address local = local_address(fd.get());
  return TcpConnection(std::move(fd), from_sockaddr(from), local);
}

}  // namespace sluice::net
