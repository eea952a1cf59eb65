#include "net/udp_socket.h"

#include <cerrno>

namespace sluice::net {

Result<UdpSocket> UdpSocket::open(const ListenOptions& options, PortAllocator& ports) {
  Result<Fd> fd = open_socket(Protocol::udp, options);
  if (!fd) return fd.error();

  auto lease = ports.bind(Protocol::udp, options, [&](uint16_t port) {
    Address address = options.ip;
    address.port = port;
    sockaddr_in6 where;
    const socklen_t size = to_sockaddr(address, address.is_ipv6, &where);
    return ::bind(fd->get(), reinterpret_cast<sockaddr*>(&where), size) == 0 ? 0 : errno;
  });
  if (!lease) return lease.error();

  UdpSocket socket;
  socket.lease_ = std::move(*lease);
  socket.fd_ = std::move(*fd);
  socket.is_ipv6_ = options.ip.is_ipv6;
  socket.local_ = options.ip;
  socket.local_.port = local_address(socket.fd()).port;
  socket.buffers_ =
      set_buffers(socket.fd(), options.send_buffer_bytes, options.receive_buffer_bytes);
  return socket;
}

ReceiveBatch::ReceiveBatch(PacketPool& pool) : pool_(pool) {
  for (size_t i = 0; i < kMaxDatagrams; ++i) {
    headers_[i] = {};
    headers_[i].msg_hdr.msg_name = &sources_[i];
    headers_[i].msg_hdr.msg_iov = &vectors_[i];
    headers_[i].msg_hdr.msg_iovlen = 1;
  }
}

// Makes as many slots ready as the pool gives, in front of all others.
size_t ReceiveBatch::prepare() {
  size_t ready = 0;
  for (; ready < kMaxDatagrams; ++ready) {
    if (!slots_[ready]) slots_[ready] = pool_.take();
    if (!slots_[ready]) break;
    vectors_[ready] = {slots_[ready]->data, PacketSlot::kCapacity};
    headers_[ready].msg_hdr.msg_namelen = sizeof(sockaddr_in6);
    headers_[ready].msg_hdr.msg_flags = 0;
  }
  return ready;
}

std::span<ReceivedDatagram> ReceiveBatch::receive(const UdpSocket& socket) {
  for (auto& datagram : datagrams_) datagram.packet.reset();
  more_ = false;

  const size_t ready = prepare();
  if (ready == 0) {
    counters_.no_slot += drain(socket.fd());
    return {};
  }
  ++counters_.calls;
  const int result =
      recvmmsg(socket.fd(), headers_.data(), static_cast<unsigned>(ready), 0, nullptr);
  if (result < 0) {
    if (errno != EAGAIN && errno != EINTR) ++counters_.errors;
    return {};
  }
  more_ = static_cast<size_t>(result) == ready;

  size_t kept = 0;
  for (size_t i = 0; i < static_cast<size_t>(result); ++i) {
    if (headers_[i].msg_hdr.msg_flags & MSG_TRUNC) {
      ++counters_.truncated;  // The slot stays for the next call.
      continue;
    }
    slots_[i]->size = static_cast<uint16_t>(headers_[i].msg_len);
    counters_.bytes += headers_[i].msg_len;
    datagrams_[kept].packet = std::move(slots_[i]);
    datagrams_[kept].source = from_sockaddr(sources_[i]);
    ++kept;
  }
  counters_.datagrams += kept;
  return std::span(datagrams_).first(kept);
}

// The pool is at its limit. What waits in the socket would only grow old and wake the loop without
// end, so that a batch of it goes.
size_t ReceiveBatch::drain(int fd) {
  size_t dropped = 0;
  uint8_t byte;
  while (dropped < kMaxDatagrams && recv(fd, &byte, sizeof(byte), 0) >= 0) ++dropped;
  more_ = dropped == kMaxDatagrams;
  return dropped;
}

}  // namespace sluice::net
