// A network namespace for tests of what the kernel refuses: an MTU, routes and neighbours that are
// nobody else's. A process enters it alone, before it has threads, so that the test program runs
// itself once more in there, for the test cases that are skipped outside.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "net/fd.h"
#include "net/socket_options.h"

namespace sluice::worker {

namespace own_network {

constexpr int kNoRight = 77;

inline ifreq request_for(const char* device) {
  ifreq request{};
  strncpy(request.ifr_name, device, IFNAMSIZ - 1);
  return request;
}

inline void control(unsigned long what, ifreq& request) {
  const net::Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  REQUIRE(ioctl(fd.get(), what, &request) == 0);
}

inline void bring_up(const char* device) {
  ifreq request = request_for(device);
  control(SIOCGIFFLAGS, request);
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  control(SIOCSIFFLAGS, request);
}

inline bool write_file(const char* path, const std::string& text) {
  const net::Fd fd(open(path, O_WRONLY | O_CLOEXEC));
  return fd && write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

// As root, or as the root of a user namespace of its own.
inline bool enter() {
  const std::string user = std::to_string(getuid());
  if (unshare(CLONE_NEWNET) == 0) return true;
  return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 &&
         write_file("/proc/self/uid_map", "0 " + user + " 1");
}

}  // namespace own_network

// Runs the test cases of this name in there. Without the right to, says so.
inline void run_in_own_network(const char* cases) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (!own_network::enter()) _exit(own_network::kNoRight);
    const std::string filter = std::string("--test-case=") + cases;
    execl("/proc/self/exe", "worker_test", filter.c_str(), "--no-skip", nullptr);
    _exit(1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  if (WEXITSTATUS(status) == own_network::kNoRight) {
    MESSAGE("not tested: no right to make a network namespace");
  } else {
    CHECK(WEXITSTATUS(status) == 0);
  }
}

inline void set_mtu(const char* device, int bytes) {
  own_network::bring_up(device);
  ifreq request = own_network::request_for(device);
  request.ifr_mtu = bytes;
  own_network::control(SIOCSIFMTU, request);
}

// A network card whose cable ends in the test.
class Tap {
 public:
  static bool available() { return static_cast<bool>(open_device()); }

  Tap(const char* own_ip, const char* neighbour_ip)
      : fd_(open_device()), neighbour_ip_(*parse_ip(neighbour_ip)) {
    ifreq request = own_network::request_for("tap-test");
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    REQUIRE(ioctl(fd_.get(), TUNSETIFF, &request) == 0);
    set_address(SIOCSIFADDR, *parse_ip(own_ip));
    set_address(SIOCSIFNETMASK, *parse_ip("255.255.255.0"));
    own_network::bring_up("tap-test");
    own_network::bring_up("lo");
  }

  // Says where the neighbour is when it is asked for; the payloads of the first `count` RTP packets
  // that come for it.
  std::vector<std::vector<uint8_t>> answer_and_receive(size_t count) {
    std::vector<std::vector<uint8_t>> received;
    std::array<uint8_t, 2048> buffer;
    pollfd waiting{fd_.get(), POLLIN, 0};
    while (received.size() < count && poll(&waiting, 1, 10'000) == 1) {
      const ssize_t size = read(fd_.get(), buffer.data(), buffer.size());
      if (size < 42) continue;
      const Bytes frame = Bytes(buffer).first(static_cast<size_t>(size));
      const uint16_t type = load_u16(frame, 12);
      if (type == kArp) answer(frame);
      if (type != kIpv4 || frame[kIpAt + 9] != IPPROTO_UDP) continue;
      const Bytes payload = frame.subspan(kIpAt + 4 * (frame[kIpAt] & 15u) + 8);
      const bool is_rtcp = payload[1] >= 192 && payload[1] <= 223;
      if (!is_rtcp) received.emplace_back(payload.begin(), payload.end());
    }
    return received;
  }

 private:
  static constexpr uint16_t kArp = 0x0806, kIpv4 = 0x0800;
  static constexpr size_t kIpAt = 14;  // Behind the Ethernet header.

  static net::Fd open_device() { return net::Fd(open("/dev/net/tun", O_RDWR | O_CLOEXEC)); }

  void set_address(unsigned long what, const Address& address) {
    ifreq request = own_network::request_for("tap-test");
    sockaddr_in6 where;
    net::to_sockaddr(address, false, &where);
    std::memcpy(&request.ifr_addr, &where, sizeof(request.ifr_addr));
    own_network::control(what, request);
  }

  // RFC 826: the question, with sender and target changed places.
  void answer(Bytes question) {
    if (load_u16(question, 20) != 1) return;  // A request.
    constexpr uint8_t kNeighbour[6] = {2, 0, 0, 0, 0, 1};
    std::vector<uint8_t> reply(question.begin(), question.begin() + 42);
    std::copy_n(question.begin() + 6, 6, reply.begin());
    std::copy_n(kNeighbour, 6, reply.begin() + 6);
    store_u16(reply, 20, 2);
    std::copy_n(kNeighbour, 6, reply.begin() + 22);
    std::copy_n(neighbour_ip_.ip.begin(), 4, reply.begin() + 28);
    std::copy_n(question.begin() + 22, 10, reply.begin() + 32);
    REQUIRE(write(fd_.get(), reply.data(), reply.size()) == static_cast<ssize_t>(reply.size()));
  }

  net::Fd fd_;
  Address neighbour_ip_;
};

}  // namespace sluice::worker
