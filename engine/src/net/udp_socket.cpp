#include "net/udp_socket.h"

#include <algorithm>
#include <cerrno>

namespace sluice::net {

Result<UdpSocket> UdpSocket::open(const ListenOptions& options, PortAllocator& ports) {
  Result<Fd> fd = open_socket(Protocol::udp, options);
  if (!fd) return fd.error();

  auto lease = ports.bind(Protocol::udp, options,
                          [&](uint16_t port) { return bind_socket(fd->get(), options, port); });
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

// Refills the slots in front that the last call used, as far as the pool has some, and returns how
// many are ready. That is little work when datagrams come one by one.
size_t ReceiveBatch::prepare() {
  for (size_t i = 0; i < used_; ++i) {
    if (!slots_[i]) slots_[i] = pool_.take();
    if (!slots_[i]) return i;
    vectors_[i] = {slots_[i]->data, PacketSlot::kCapacity};
    headers_[i].msg_hdr.msg_namelen = sizeof(sockaddr_in6);
    headers_[i].msg_hdr.msg_flags = 0;
  }
  return kMaxDatagrams;
}

ReceiveBatch::Received ReceiveBatch::receive(const UdpSocket& socket) {
  for (size_t i = 0; i < kept_; ++i) datagrams_[i].packet.reset();
  kept_ = 0;

  Received result;
  const size_t ready = prepare();
  if (ready == 0) {
    result.without_slot = static_cast<uint32_t>(drain(socket.fd()));
    result.more = result.without_slot == kMaxDatagrams;
    return result;
  }
  // When a slot was missing, the next call has to look at all of them again.
  used_ = ready < kMaxDatagrams ? kMaxDatagrams : 0;
  const int count =
      recvmmsg(socket.fd(), headers_.data(), static_cast<unsigned>(ready), 0, nullptr);
  if (count < 0) {
    result.failed = errno != EAGAIN && errno != EINTR;
    return result;
  }
  const auto received = static_cast<size_t>(count);
  used_ = std::max(used_, received);
  result.more = received == ready;

  for (size_t i = 0; i < received; ++i) {
    if (headers_[i].msg_hdr.msg_flags & MSG_TRUNC) {
      ++result.truncated;  // The slot stays for the next call.
      continue;
    }
    slots_[i]->size = static_cast<uint16_t>(headers_[i].msg_len);
    datagrams_[kept_].packet = std::move(slots_[i]);
    datagrams_[kept_].source = from_sockaddr(sources_[i]);
    ++kept_;
  }
  result.datagrams = std::span(datagrams_).first(kept_);
  return result;
}

// The pool is at its limit. Datagrams that stay in the socket would only grow old, and wake the
// loop without end: a batch of them is dropped.
size_t ReceiveBatch::drain(int fd) {
  size_t dropped = 0;
  uint8_t byte;
  while (dropped < kMaxDatagrams && recv(fd, &byte, sizeof(byte), 0) >= 0) ++dropped;
  return dropped;
}

}  // namespace sluice::net
