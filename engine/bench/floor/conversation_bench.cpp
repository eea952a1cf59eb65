// The floor of a conversation: 16 people, each of whom hears the other 15, with 50 packets of 100
// bytes per second each. Packets arrive one by one, so the server's thread wakes up 800 times per
// second and has one datagram for each destination. Only what no server can leave out is counted:
// to wake up, receive and open a packet, and to copy, protect and send it 15 times.
#include <arpa/inet.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "bare_peer.h"
#include "bench.h"
#include "libsrtp_sender.h"
#include "net/fd.h"
#include "receivers.h"

namespace sluice::bench {
namespace {

constexpr size_t kPeople = 16;
constexpr size_t kPacketBytes = 100;
constexpr size_t kProtectedBytes = protected_bytes(kPacketBytes);
constexpr int kPackets = 800;  // Received per run, after kWarmUp.
constexpr int kWarmUp = 80;
constexpr std::chrono::nanoseconds kInterval{1'000'000'000 / 50 / kPeople};

net::Fd open_socket(sockaddr_in* address) {
  net::Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  socklen_t size = sizeof *address;
  const auto generic = reinterpret_cast<sockaddr*>(address);
  if (bind(fd.get(), generic, size) != 0 || getsockname(fd.get(), generic, &size) != 0) return {};
  return fd;
}

double cpu_ns(pthread_t thread) {
  clockid_t clock;
  timespec time{};
  if (pthread_getcpuclockid(thread, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

enum class Way : uint8_t {
  batched,    // One sendmmsg for all destinations.
  connected,  // A connected socket per person on the server's port, and a send() on each: it spares
              // the kernel a route per datagram, and costs a system call.
  naive,      // libsrtp and one sendmsg each.
};

// A server and its peers.
class Conversation {
 public:
  explicit Conversation(Way way) : way_(way) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socket_ = open_socket(&address_);
    epoll_ = net::Fd(epoll_create1(EPOLL_CLOEXEC));
    std::vector<std::vector<uint8_t>> masters;
    for (size_t i = 0; i < kPeople; ++i) masters.push_back(master_for(i));
    receivers_ = std::make_unique<Receivers>(address_, masters, kProfile, false);
    out_ = make_peers(kPeople);
    speakers_ = make_peers(kPeople);
    for (const auto& master : masters) {
      libsrtp_.push_back(std::make_unique<LibsrtpSender>(kProfile, master));
      if (auto keys = srtp::SrtpInbound::make(kProfile, master)) in_.push_back(std::move(*keys));
    }
    ready_ = socket_ && epoll_ && receivers_->ready() && out_.size() == kPeople &&
             in_.size() == kPeople && watch_sockets();
    if (ready_) thread_ = std::thread([this] { serve(); });
  }
  ~Conversation() {
    stop_ = true;
    if (!thread_.joinable()) return;
    speak(0);  // Wakes it up.
    thread_.join();
  }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  // ns of the server's thread per packet that it sent.
  double run() {
    if (!ready_) return -1;
    if (!talk(kWarmUp)) return -1;
    const double before = cpu_ns(thread_.native_handle());
    if (!talk(kPackets)) return -1;
    return (cpu_ns(thread_.native_handle()) - before) / (kPackets * (kPeople - 1));
  }

 private:
  bool watch_sockets() {
    for (size_t i = 0; i < kPeople; ++i) {
      const sockaddr_in& person = receivers_->address(i);
      person_by_port_[ntohs(person.sin_port)] = static_cast<uint8_t>(i);
      if (way_ != Way::connected) continue;
      net::Fd fd = open_socket(&address_);
      if (!fd || connect(fd.get(), reinterpret_cast<const sockaddr*>(&person), sizeof person) != 0)
        return false;
      if (!watch(fd.get())) return false;
      connections_.push_back(std::move(fd));
    }
    return way_ == Way::connected || watch(socket_.get());
  }

  bool watch(int fd) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
  }

  // -- The people's side: one packet after the other, each at its time.
  bool talk(int packets) {
    auto next = std::chrono::steady_clock::now();
    for (int i = 0; i < packets; ++i) {
      if (!speak(static_cast<size_t>(i) % kPeople)) return false;
      next += kInterval;
      std::this_thread::sleep_until(next);
    }
    return receivers_->wait_for(static_cast<uint64_t>(packets) * (kPeople - 1));
  }

  bool speak(size_t person) {
    std::array<uint8_t, kPacketBytes> packet;
    packet.fill(0x5A);
    packet[0] = 0x80;
    packet[1] = 111;
    std::array<uint8_t, kProtectedBytes> slot;
    speakers_[person].protect(packet, spoken_++, slot.data());
    return receivers_->send_back(person, slot.data(), slot.size());
  }

  // -- The server's side.
  void serve() {
    std::array<epoll_event, kPeople> events;
    while (!stop_) {
      const int count =
          epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) receive(events[static_cast<size_t>(i)].data.fd);
    }
  }

  void receive(int fd) {
    for (size_t i = 0; i < kPeople; ++i) {
      received_vectors_[i] = {received_[i].data(), received_[i].size()};
      msghdr& header = received_headers_[i].msg_hdr;
      header = {};
      header.msg_name = &sources_[i];
      header.msg_namelen = sizeof sources_[i];
      header.msg_iov = &received_vectors_[i];
      header.msg_iovlen = 1;
    }
    const int count = recvmmsg(fd, received_headers_.data(), kPeople, MSG_DONTWAIT, nullptr);
    for (size_t i = 0; count > 0 && i < static_cast<size_t>(count); ++i) {
      const size_t person = person_by_port_[ntohs(sources_[i].sin_port)];
      const auto size =
          in_[person].unprotect_rtp({received_[i].data(), received_headers_[i].msg_len});
      if (size) forward(person, {received_[i].data(), *size});
    }
  }

  void forward(size_t from, Bytes packet) {
    size_t messages = 0;
    for (size_t to = 0; to < kPeople; ++to) {
      if (to == from) continue;
      uint8_t* slot = sent_[messages].data();
      const size_t size = protect(to, packet, slot);
      if (way_ == Way::connected) {
        send(connections_[to].get(), slot, size, 0);
        continue;
      }
      sent_vectors_[messages] = {slot, size};
      msghdr& header = sent_headers_[messages].msg_hdr;
      header = {};
      header.msg_name = const_cast<sockaddr_in*>(&receivers_->address(to));
      header.msg_namelen = sizeof(sockaddr_in);
      header.msg_iov = &sent_vectors_[messages];
      header.msg_iovlen = 1;
      if (way_ == Way::naive) {
        sendmsg(socket_.get(), &header, 0);
      } else {
        ++messages;
      }
    }
    ++sequence_;
    if (messages != 0) {
      sendmmsg(socket_.get(), sent_headers_.data(), static_cast<unsigned>(messages), 0);
    }
  }

  size_t protect(size_t to, Bytes packet, uint8_t* slot) {
    if (way_ != Way::naive) {
      out_[to].protect(packet, sequence_, slot);
      return protected_bytes(packet.size());
    }
    std::copy(packet.begin(), packet.end(), slot);
    store_u16({slot, packet.size()}, 2, sequence_);
    return libsrtp_[to]->protect(slot, packet.size());
  }

  const Way way_;
  bool ready_ = false;
  std::atomic<bool> stop_{false};
  sockaddr_in address_{};
  net::Fd socket_, epoll_;
  std::vector<net::Fd> connections_;
  std::unique_ptr<Receivers> receivers_;
  std::vector<BarePeer> out_, speakers_;
  std::vector<std::unique_ptr<LibsrtpSender>> libsrtp_;
  std::vector<srtp::SrtpInbound> in_;
  std::vector<uint8_t> person_by_port_ = std::vector<uint8_t>(65536);
  uint16_t spoken_ = 1;
  uint16_t sequence_ = 1;
  std::array<std::array<uint8_t, 256>, kPeople> received_;
  alignas(4) std::array<std::array<uint8_t, 256>, kPeople> sent_;
  std::array<iovec, kPeople> received_vectors_, sent_vectors_;
  std::array<mmsghdr, kPeople> received_headers_, sent_headers_;
  std::array<sockaddr_in, kPeople> sources_;
  std::thread thread_;
};

Variant variant(Way way, std::string name) {
  auto conversation = std::make_shared<Conversation>(way);
  return {std::move(name), kPacketBytes, kPeople - 1, [=] { return conversation->run(); }};
}

}  // namespace

std::vector<Variant> conversation_variants(bool only_floor) {
  std::vector<Variant> variants{variant(Way::batched, kConversationFloorName),
                                variant(Way::naive, kNaiveName)};
  if (!only_floor) variants.push_back(variant(Way::connected, "a connected socket per person"));
  return variants;
}

}  // namespace sluice::bench
