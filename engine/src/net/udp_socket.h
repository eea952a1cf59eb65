// A UDP socket, unconnected, and the batch that receives from it straight into packet slots.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <span>

#include "base/address.h"
#include "base/packet_pool.h"
#include "base/result.h"
#include "net/fd.h"
#include "net/send_batch.h"
#include "net/socket_options.h"

namespace sluice::net {

// Closing it (its destructor) gives the port back at once. Before that, tell the BatchSender to
// forget the socket.
class UdpSocket {
 public:
  static Result<UdpSocket> open(const ListenOptions& options, PortAllocator& ports);

  int fd() const { return fd_.get(); }
  const Address& local() const { return local_; }
  GrantedBuffers buffers() const { return buffers_; }
  // What SendBatch::commit() wants. Valid as long as this socket is.
  SendSocket send_socket() const { return {fd_.get(), is_ipv6_}; }

 private:
  UdpSocket() = default;

  PortAllocator::Lease lease_;  // Declared before fd_: the port is closed before it is given back.
  Fd fd_;
  Address local_;
  GrantedBuffers buffers_;
  bool is_ipv6_ = false;
};

struct ReceivedDatagram {
  PacketRef packet;
  Address source;
};

// Serves all sockets of a worker, one after the other. Allocates nothing after its construction.
class ReceiveBatch {
 public:
  static constexpr size_t kMaxDatagrams = 64;

  // What one call has read, and what it had to drop.
  struct Received {
    std::span<ReceivedDatagram> datagrams;  // The caller's to move from, until the next call.
    bool more = false;                      // The socket may have more.
    bool failed = false;                    // recvmmsg() failed, other than with "nothing there".
    uint32_t truncated = 0;                 // Larger than a slot.
    uint32_t without_slot = 0;              // The pool was at its limit.
  };

  explicit ReceiveBatch(PacketPool& pool);
  ReceiveBatch(const ReceiveBatch&) = delete;
  ReceiveBatch& operator=(const ReceiveBatch&) = delete;

  // Reads what is there, up to kMaxDatagrams.
  Received receive(const UdpSocket& socket);

 private:
  size_t prepare();
  static size_t drain(int fd);

  PacketPool& pool_;
  std::array<PacketRef, kMaxDatagrams> slots_;  // Taken ahead; empty ones are refilled.
  std::array<mmsghdr, kMaxDatagrams> headers_;
  std::array<iovec, kMaxDatagrams> vectors_;
  std::array<sockaddr_in6, kMaxDatagrams> sources_;
  std::array<ReceivedDatagram, kMaxDatagrams> datagrams_;
  size_t used_ = kMaxDatagrams;  // Slots in front that prepare() has to look at.
  size_t kept_ = 0;              // Datagrams of the last call.
};

}  // namespace sluice::net
