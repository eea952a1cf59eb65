// The client's system calls for datagrams.
#include "peer_socket.h"

#include <netinet/in.h>
#include <netinet/udp.h>

#include <cerrno>
#include <cstring>

#include "net/socket_options.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace sluice::bench {
namespace {

// A consumer gets 200 KB/s; a client that is late by a second must lose nothing.
constexpr uint32_t kBufferBytes = 2 * 1024 * 1024;

}  // namespace

Result<PeerSocket> PeerSocket::open(const Address& server, bool gro) {
  const int family = server.is_ipv6 ? AF_INET6 : AF_INET;
  PeerSocket made;
  made.fd_ = net::Fd(socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made.fd_) return failed("cannot open a socket: " + net::errno_text(errno));
  net::set_buffers(made.fd(), kBufferBytes, kBufferBytes);
  const int on = 1;
  if (gro) setsockopt(made.fd(), IPPROTO_UDP, UDP_GRO, &on, sizeof on);
  sockaddr_in6 address{};
  const socklen_t size = net::to_sockaddr(server, false, &address);
  if (connect(made.fd(), reinterpret_cast<sockaddr*>(&address), size) != 0) {
    return failed("cannot connect to " + to_text(server) + ": " + net::errno_text(errno));
  }
  return made;
}

bool PeerSocket::send(Bytes datagram) {
  return ::send(fd(), datagram.data(), datagram.size(), 0) == static_cast<ssize_t>(datagram.size());
}

bool PeerSocket::send_group(Bytes datagrams, size_t segment_bytes) {
  if (datagrams.size() <= segment_bytes) return send(datagrams);
  alignas(cmsghdr) std::array<uint8_t, CMSG_SPACE(sizeof(uint16_t))> space{};
  iovec vector{const_cast<uint8_t*>(datagrams.data()), datagrams.size()};
  msghdr header{};
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  header.msg_control = space.data();
  header.msg_controllen = space.size();
  cmsghdr* control = CMSG_FIRSTHDR(&header);
  control->cmsg_level = IPPROTO_UDP;
  control->cmsg_type = UDP_SEGMENT;
  control->cmsg_len = CMSG_LEN(sizeof(uint16_t));
  const auto segment = static_cast<uint16_t>(segment_bytes);
  std::memcpy(CMSG_DATA(control), &segment, sizeof segment);
  return sendmsg(fd(), &header, 0) == static_cast<ssize_t>(datagrams.size());
}

DatagramReader::DatagramReader() {
  for (size_t i = 0; i < kMessages; ++i) {
    vectors_[i] = {buffers_.data() + i * kStride, kBufferBytes};
    headers_[i].msg_hdr.msg_iov = &vectors_[i];
    headers_[i].msg_hdr.msg_iovlen = 1;
    headers_[i].msg_hdr.msg_control = controls_[i].data();
  }
}

size_t DatagramReader::receive(int fd) {
  for (mmsghdr& header : headers_) header.msg_hdr.msg_controllen = kControlBytes;
  const int received = recvmmsg(fd, headers_.data(), kMessages, MSG_DONTWAIT, nullptr);
  return received < 0 ? 0 : static_cast<size_t>(received);
}

size_t DatagramReader::segment_bytes(msghdr& header, size_t all) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control;
       control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level != IPPROTO_UDP || control->cmsg_type != UDP_GRO) continue;
    int segment = 0;
    std::memcpy(&segment, CMSG_DATA(control), sizeof segment);
    if (segment > 0) return static_cast<size_t>(segment);
  }
  return std::max<size_t>(all, 1);
}

}  // namespace sluice::bench
