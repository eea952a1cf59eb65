// The floor: a frame of six packets to each of N destinations, with nothing but what must be done.
// Beside it, what it costs without segmentation offload, and with libsrtp and one sendmsg a packet.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstring>
#include <memory>
#include <thread>

#include "bare_peer.h"
#include "bench.h"
#include "libsrtp_sender.h"
#include "receivers.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

namespace sluice::bench {
namespace {

using srtp::SrtpProfile;

constexpr size_t kFramePackets = 6;
constexpr size_t kPacketBytes = 1100;
constexpr size_t kProtectedBytes = protected_bytes(kPacketBytes);
constexpr size_t kMessages = 32;  // A sendmmsg call.
constexpr int kFrames = 20;       // Measured in a run, after one that warms up.

struct Frame {
  Frame() {
    for (auto& packet : packets) {
      packet.fill(0x5A);
      packet[0] = 0x80;
      packet[1] = 96;
    }
  }
  std::array<std::array<uint8_t, kPacketBytes>, kFramePackets> packets;
};

// Up to 32 messages for one sendmmsg. With `gso` a message is a destination's whole frame.
class Mailer {
 public:
  Mailer(int fd, bool gso) : fd_(fd), gso_(gso) {}

  // Where the next destination's frame goes, its packets in a row.
  uint8_t* slot() { return buffer_.data() + used_ * kFrameBytes; }

  bool commit(const sockaddr_in& to) {
    addresses_[used_] = to;
    return ++used_ < kGroup || flush();
  }

  bool flush() {
    const size_t messages = gso_ ? used_ : used_ * kFramePackets;
    for (size_t i = 0; i < messages; ++i) fill(i);
    used_ = 0;
    for (size_t sent = 0; sent < messages;) {
      const size_t chunk = std::min(kMessages, messages - sent);
      const int done = sendmmsg(fd_, headers_.data() + sent, static_cast<unsigned>(chunk), 0);
      if (done <= 0) return false;
      sent += static_cast<size_t>(done);
    }
    return true;
  }

 private:
  static constexpr size_t kGroup = kMessages;
  static constexpr size_t kFrameBytes = kFramePackets * kProtectedBytes;

  void fill(size_t i) {
    const size_t destination = gso_ ? i : i / kFramePackets;
    vectors_[i] = gso_ ? iovec{buffer_.data() + i * kFrameBytes, kFrameBytes}
                       : iovec{buffer_.data() + i * kProtectedBytes, kProtectedBytes};
    msghdr& header = headers_[i].msg_hdr;
    header = {};
    header.msg_name = &addresses_[destination];
    header.msg_namelen = sizeof(sockaddr_in);
    header.msg_iov = &vectors_[i];
    header.msg_iovlen = 1;
    if (!gso_) return;
    header.msg_control = controls_[i].data();
    header.msg_controllen = CMSG_SPACE(sizeof(uint16_t));
    cmsghdr* control = CMSG_FIRSTHDR(&header);
    control->cmsg_level = SOL_UDP;
    control->cmsg_type = UDP_SEGMENT;
    control->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    const auto segment = static_cast<uint16_t>(kProtectedBytes);
    std::memcpy(CMSG_DATA(control), &segment, sizeof segment);
  }

  struct alignas(cmsghdr) Control : std::array<uint8_t, CMSG_SPACE(sizeof(uint16_t))> {};

  int fd_;
  bool gso_;
  size_t used_ = 0;
  std::vector<uint8_t> buffer_ = std::vector<uint8_t>(kGroup * kFrameBytes);
  std::array<sockaddr_in, kGroup> addresses_{};
  std::array<iovec, kGroup * kFramePackets> vectors_{};
  std::array<Control, kGroup> controls_{};
  std::array<mmsghdr, kGroup * kFramePackets> headers_{};
};

struct Setup {
  Setup(size_t count, const SendOptions& options) : options(options), destinations(count) {
    fd = net::Fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const int bytes = 8 * 1024 * 1024;
    setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      return;
    }
    std::vector<std::vector<uint8_t>> masters;
    for (size_t i = 0; i < count; ++i) masters.push_back(master_for(i));
    receivers = std::make_unique<Receivers>(address, masters, kProfile, options.gro);
  }

  SendOptions options;
  size_t destinations;
  net::Fd fd;
  std::unique_ptr<Receivers> receivers;
  Frame frame;
  uint16_t sequence = 1;  // Of all variants: they share keys.

  // ns a packet; `send_frame(sequence)` sends one frame to everybody, false is a failure.
  template <typename SendFrame>
  double time_frames(SendFrame&& send_frame) {
    if (!receivers || !receivers->ready()) return -1;
    double spent = 0;
    auto next = std::chrono::steady_clock::now();
    for (int frame = 0; frame <= kFrames; ++frame) {
      const double start = thread_cpu_ns();
      if (!send_frame(sequence)) return -1;
      if (frame != 0) spent += thread_cpu_ns() - start;
      sequence = static_cast<uint16_t>(sequence + kFramePackets);
      // All of it must arrive: a full receive buffer would make sending look cheap.
      if (!receivers->wait_for(destinations * kFramePackets)) return -1;
      next += options.frame_interval;
      std::this_thread::sleep_until(next);
    }
    return spent / kFrames / static_cast<double>(destinations * kFramePackets);
  }
};

Variant bare_variant(std::shared_ptr<Setup> setup, bool gso, bool protect, std::string name) {
  auto peers = std::make_shared<std::vector<BarePeer>>(make_peers(setup->destinations));
  auto mailer = std::make_shared<Mailer>(setup->fd.get(), gso);
  return {std::move(name), kPacketBytes, setup->destinations, [=] {
            if (peers->empty()) return -1.0;
            return setup->time_frames([&](uint16_t first) {
              for (size_t to = 0; to < setup->destinations; ++to) {
                uint8_t* slot = mailer->slot();
                uint16_t sequence = first;
                for (const auto& packet : setup->frame.packets) {
                  if (protect) {
                    (*peers)[to].protect(packet, sequence++, slot);
                  } else {
                    std::memcpy(slot, packet.data(), kPacketBytes);
                  }
                  slot += kProtectedBytes;
                }
                if (!mailer->commit(setup->receivers->address(to))) return false;
              }
              return mailer->flush();
            });
          }};
}

Variant naive_variant(std::shared_ptr<Setup> setup, SrtpProfile profile, std::string name) {
  auto peers = std::make_shared<std::vector<std::unique_ptr<LibsrtpSender>>>();
  for (size_t i = 0; i < setup->destinations; ++i) {
    auto master = master_for(i);
    master.resize(srtp::master_bytes(profile));
    peers->push_back(std::make_unique<LibsrtpSender>(profile, std::move(master)));
  }
  auto slot = std::make_shared<std::array<uint8_t, 1536>>();
  return {std::move(name), kPacketBytes, setup->destinations, [=] {
            const auto send_one = [&](size_t to, const auto& packet, uint16_t number) {
              std::memcpy(slot->data(), packet.data(), packet.size());
              store_u16(*slot, 2, number);
              const size_t size = (*peers)[to]->protect(slot->data(), packet.size());
              iovec vector{slot->data(), size};
              msghdr header{};
              sockaddr_in address = setup->receivers->address(to);
              header.msg_name = &address;
              header.msg_namelen = sizeof address;
              header.msg_iov = &vector;
              header.msg_iovlen = 1;
              return size != 0 &&
                     sendmsg(setup->fd.get(), &header, 0) == static_cast<ssize_t>(size);
            };
            return setup->time_frames([&](uint16_t first) {
              for (size_t to = 0; to < setup->destinations; ++to) {
                uint16_t number = first;
                for (const auto& packet : setup->frame.packets) {
                  if (!send_one(to, packet, number++)) return false;
                }
              }
              return true;
            });
          }};
}

}  // namespace

std::vector<Variant> send_variants(const SendOptions& options) {
  std::vector<Variant> variants;
  for (const size_t destinations : options.destinations) {
    auto setup = std::make_shared<Setup>(destinations, options);
    variants.push_back(bare_variant(setup, true, true, kFloorName));
    variants.push_back(naive_variant(setup, kProfile, kNaiveName));
    if (options.only_floor) continue;
    variants.push_back(bare_variant(setup, true, false, "copy alone, GSO of 6"));
    variants.push_back(bare_variant(setup, false, true, "protect, sendmmsg without GSO"));
    variants.push_back(naive_variant(setup, SrtpProfile::aes_cm_128_hmac_sha1_80,
                                     "naive: libsrtp AES-CM, one sendmsg each"));
  }
  return variants;
}

}  // namespace sluice::bench
