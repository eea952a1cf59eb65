// ICE-TCP, passive (RFC 6544): a listener, and connections that carry datagrams in RFC 4571 frames.
#pragma once

#include <cstdint>
#include <optional>

#include "base/address.h"
#include "base/bytes.h"
#include "base/packet_pool.h"
#include "base/result.h"
#include "net/fd.h"
#include "net/frame_queue.h"
#include "net/frame_reader.h"
#include "net/socket_options.h"

namespace sluice::net {

// Owned by the worker, registered in its Epoll for EPOLLIN, and for EPOLLOUT while wants_write().
class TcpConnection {
 public:
  struct Counters {
    uint64_t frames_in = 0, frames_out = 0;
    uint64_t bytes_in = 0, bytes_out = 0;
  };

  TcpConnection(Fd fd, const Address& remote, const Address& local);

  int fd() const { return fd_.get(); }
  const Address& remote() const { return remote_; }
  const Address& local() const { return local_; }

  // Reads once, at most FrameReader::kDefaultBufferBytes, so that one peer cannot keep the loop.
  // False when the connection has ended (or failed): take the frames that are still there, then
  // drop it. Take all frames before the next call.
  bool read_some();
  // The next frame in a slot of its own, and the frames before it that had to be dropped.
  struct Frame {
    PacketRef packet;           // Empty: there is no more.
    uint32_t oversized = 0;     // Longer than a slot.
    uint32_t without_slot = 0;  // The pool was at its limit.
  };
  Frame next_frame(PacketPool& pool);

  // Queues a datagram; flush() sends it. False when it was dropped (the queue is full).
  bool send(Bytes datagram);
  // Writes what the kernel takes. False when the connection has failed.
  bool flush();
  bool wants_write() const { return !out_.empty(); }

  const Counters& counters() const { return counters_; }
  uint64_t frames_dropped() const { return out_.dropped(); }

 private:
  Fd fd_;
  Address remote_;
  Address local_;
  FrameReader in_;
  FrameQueue out_;
  Counters counters_;
};

class TcpListener {
 public:
  struct Counters {
    uint64_t accepted = 0;
    uint64_t failed = 0;         // accept() failed, but for "nothing there".
    uint64_t no_descriptor = 0;  // Closed at once: the process has no descriptor left.
  };

  static Result<TcpListener> open(const ListenOptions& options, PortAllocator& ports);

  int fd() const { return fd_.get(); }
  const Address& local() const { return local_; }
  GrantedBuffers buffers() const { return buffers_; }

  // The next waiting connection; empty when there is none. Bound the calls per turn of the loop.
  std::optional<TcpConnection> accept();
  const Counters& counters() const { return counters_; }

 private:
  TcpListener() = default;

  PortAllocator::Lease lease_;  // Declared before fd_: the port is closed before it is given back.
  Fd fd_;
  Fd spare_;  // Given up for a moment to get rid of a connection when descriptors have run out.
  Address local_;
  GrantedBuffers buffers_;
  Counters counters_;
};

}  // namespace sluice::net
