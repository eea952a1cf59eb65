// N sockets on loopback and a thread that receives as the load client of ../../../bench/room does:
// epoll, recvmmsg, and SRTP opened. What it costs the sender to wake somebody up, and to share a
// processor and its caches with him, is then in the floor as it is in the room bench.
#pragma once

#include <netinet/in.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "net/fd.h"
#include "srtp/srtp_inbound.h"

namespace sluice::bench {

class Receivers {
 public:
  // `gro`: the kernel may hand over a frame in one piece (UDP_GRO). `masters`: a key a receiver.
  Receivers(const sockaddr_in& sender, const std::vector<std::vector<uint8_t>>& masters,
            srtp::SrtpProfile profile, bool gro);
  ~Receivers();
  Receivers(const Receivers&) = delete;
  Receivers& operator=(const Receivers&) = delete;

  bool ready() const { return ready_; }
  const sockaddr_in& address(size_t i) const { return addresses_[i]; }
  // Sends a datagram to the sender from the socket of a receiver.
  bool send_back(size_t i, const uint8_t* bytes, size_t size) const;

  // Waits until `datagrams` have arrived since the last call; false when they do not.
  bool wait_for(uint64_t datagrams);
  // Packets that the keys opened, ever.
  uint64_t opened() const { return opened_.load(); }

 private:
  void run();
  void receive(size_t receiver);

  std::vector<net::Fd> fds_;
  std::vector<srtp::SrtpInbound> keys_;
  std::vector<sockaddr_in> addresses_;
  net::Fd epoll_;
  net::Fd stop_;
  std::unique_ptr<struct ReceiveBuffers> buffers_;
  std::atomic<uint64_t> arrived_{0};
  std::atomic<uint64_t> opened_{0};
  uint64_t awaited_ = 0;
  bool ready_ = false;
  std::thread thread_;
};

}  // namespace sluice::bench
