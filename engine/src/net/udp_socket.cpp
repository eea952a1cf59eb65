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

// Makes as many slots ready as the pool gives, in front of all others: only what the last call used
// needs it, which is little when datagrams come one by one.
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

std::span<ReceivedDatagram> ReceiveBatch::receive(const UdpSocket& socket) {
  for (size_t i = 0; i < kept_; ++i) datagrams_[i].packet.reset();
  kept_ = 0;
  more_ = false;

  const size_t ready = prepare();
  if (ready == 0) {
    counters_.no_slot += drain(socket.fd());
    return {};
  }
  // Behind a slot that is missing all have to be looked at again.
  used_ = ready < kMaxDatagrams ? kMaxDatagrams : 0;
  ++counters_.calls;
  const int result =
      recvmmsg(socket.fd(), headers_.data(), static_cast<unsigned>(ready), 0, nullptr);
  if (result < 0) {
    if (errno != EAGAIN && errno != EINTR) ++counters_.errors;
    return {};
  }
  const auto received = static_cast<size_t>(result);
  used_ = std::max(used_, received);
  more_ = received == ready;

  for (size_t i = 0; i < received; ++i) {
    if (headers_[i].msg_hdr.msg_flags & MSG_TRUNC) {
      ++counters_.truncated;  // The slot stays for the next call.
      continue;
    }
    slots_[i]->size = static_cast<uint16_t>(headers_[i].msg_len);
    counters_.bytes += headers_[i].msg_len;
    datagrams_[kept_].packet = std::move(slots_[i]);
    datagrams_[kept_].source = from_sockaddr(sources_[i]);
    ++kept_;
  }
  counters_.datagrams += kept_;
  return std::span(datagrams_).first(kept_);
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
