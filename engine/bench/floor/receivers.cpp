// The receiving side of the floor.
#include "receivers.h"

#include <arpa/inet.h>
#include <netinet/udp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace sluice::bench {
namespace {

constexpr size_t kMessages = 16;
constexpr size_t kBufferBytes = 64 * 1024;
constexpr size_t kStride = kBufferBytes + 20 * 64;  // Not a power of two: see the load client.
constexpr uint64_t kStopTag = UINT64_MAX;

bool open_receiver(const sockaddr_in& sender, bool gro, net::Fd* fd, sockaddr_in* address) {
  *fd = net::Fd(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (gro) setsockopt(fd->get(), IPPROTO_UDP, UDP_GRO, &on, sizeof on);
  socklen_t size = sizeof *address;
  return *fd &&
         connect(fd->get(), reinterpret_cast<const sockaddr*>(&sender), sizeof sender) == 0 &&
         getsockname(fd->get(), reinterpret_cast<sockaddr*>(address), &size) == 0;
}

size_t segment_bytes(msghdr& header, size_t all) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control;
       control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level != IPPROTO_UDP || control->cmsg_type != UDP_GRO) continue;
    int segment = 0;
    std::memcpy(&segment, CMSG_DATA(control), sizeof segment);
    if (segment > 0) return static_cast<size_t>(segment);
  }
  return std::max<size_t>(all, 1);
}

}  // namespace

struct ReceiveBuffers {
  static constexpr size_t kControlBytes = CMSG_SPACE(sizeof(int));
  struct alignas(cmsghdr) Control : std::array<uint8_t, kControlBytes> {};

  ReceiveBuffers() {
    for (size_t i = 0; i < kMessages; ++i) {
      vectors[i] = {bytes.data() + i * kStride, kBufferBytes};
      headers[i].msg_hdr.msg_iov = &vectors[i];
      headers[i].msg_hdr.msg_iovlen = 1;
      headers[i].msg_hdr.msg_control = controls[i].data();
    }
  }

  std::vector<uint8_t> bytes = std::vector<uint8_t>(kMessages * kStride);
  std::array<iovec, kMessages> vectors{};
  std::array<Control, kMessages> controls{};
  std::array<mmsghdr, kMessages> headers{};
};

Receivers::Receivers(const sockaddr_in& sender, const std::vector<std::vector<uint8_t>>& masters,
                     srtp::SrtpProfile profile, bool gro)
    : epoll_(epoll_create1(EPOLL_CLOEXEC)),
      stop_(eventfd(0, EFD_CLOEXEC)),
      buffers_(std::make_unique<ReceiveBuffers>()) {
  for (const auto& master : masters) {
    auto keys = srtp::SrtpInbound::make(profile, master);
    net::Fd fd;
    sockaddr_in address{};
    if (!keys || !open_receiver(sender, gro, &fd, &address)) return;
    epoll_event event{.events = EPOLLIN, .data = {.u64 = fds_.size()}};
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd.get(), &event) != 0) return;
    keys_.push_back(std::move(*keys));
    fds_.push_back(std::move(fd));
    addresses_.push_back(address);
  }
  epoll_event stop{.events = EPOLLIN, .data = {.u64 = kStopTag}};
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, stop_.get(), &stop) != 0) return;
  thread_ = std::thread([this] { run(); });
  ready_ = true;
}

Receivers::~Receivers() {
  if (!thread_.joinable()) return;
  const uint64_t one = 1;
  if (write(stop_.get(), &one, sizeof one) == sizeof one) thread_.join();
}

void Receivers::run() {
  std::array<epoll_event, 64> events;
  for (;;) {
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      if (events[static_cast<size_t>(i)].data.u64 == kStopTag) return;
      receive(events[static_cast<size_t>(i)].data.u64);
    }
  }
}

void Receivers::receive(size_t receiver) {
  auto& headers = buffers_->headers;
  for (mmsghdr& header : headers) header.msg_hdr.msg_controllen = ReceiveBuffers::kControlBytes;
  const int count =
      recvmmsg(fds_[receiver].get(), headers.data(), kMessages, MSG_DONTWAIT, nullptr);
  uint64_t datagrams = 0, opened = 0;
  for (size_t i = 0; count > 0 && i < static_cast<size_t>(count); ++i) {
    const MutableBytes all(buffers_->bytes.data() + i * kStride, headers[i].msg_len);
    const size_t segment = segment_bytes(headers[i].msg_hdr, all.size());
    for (size_t at = 0; at < all.size(); at += segment, ++datagrams) {
      const auto packet = all.subspan(at, std::min(segment, all.size() - at));
      if (keys_[receiver].unprotect_rtp(packet)) ++opened;
    }
  }
  opened_ += opened;
  arrived_ += datagrams;
}

bool Receivers::send_back(size_t i, const uint8_t* bytes, size_t size) const {
  return send(fds_[i].get(), bytes, size, 0) == static_cast<ssize_t>(size);
}

bool Receivers::wait_for(uint64_t datagrams) {
  awaited_ += datagrams;
  // Nothing is lost on loopback as long as the buffers are large enough: they hold some frames.
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  for (uint64_t arrived; (arrived = arrived_.load()) < awaited_;) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

}  // namespace sluice::bench
