// Sends batches of datagrams with sendmmsg, each message a GSO group where the kernel can do that.
//
// When a socket's buffer is full (EAGAIN), the rest for this socket is kept, in order and
// bounded, until the socket is writable again: a key frame to many consumers is larger than the
// buffer Linux grants by default, and dropping there would cost each of them a round trip to
// repair. What exceeds the bound is dropped and counted. Other sockets go on. ENOBUFS comes from
// the device behind the socket, which then counts as writable: to keep trying would spin.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "net/send_batch.h"

namespace sluice::net {

// One a worker. Allocates nothing in steady state.
class BatchSender {
 public:
  // Bounds the extra delay as much as the memory: 67 ms at 1 Gbit/s.
  static constexpr size_t kDefaultRetainedBytes = 8 * 1024 * 1024;

  struct Counters {
    uint64_t datagrams = 0;  // Accepted by the kernel.
    uint64_t bytes = 0;
    uint64_t calls = 0;           // sendmmsg calls.
    uint64_t gso_refused = 0;     // Groups sent again one by one, none lost.
    uint64_t retained = 0;        // Datagrams that had to wait for a writable socket.
    uint64_t dropped_full = 0;    // Datagrams beyond the retained bytes.
    uint64_t dropped_error = 0;   // Datagrams the kernel refused for good (no route, ...).
    uint64_t dropped_socket = 0;  // Datagrams of a socket that was forgotten.
    // Groups sent by their number of datagrams: [0] counts 1, [1] 2, [2] 3-4, [3] 5-8, ... [6]
    // 33-64.
    std::array<uint64_t, 7> group_sizes{};
  };

  explicit BatchSender(size_t capacity = SendBatch::kDefaultCapacity,
                       size_t retained_bytes = kDefaultRetainedBytes);
  ~BatchSender();
  BatchSender(const BatchSender&) = delete;
  BatchSender& operator=(const BatchSender&) = delete;

  // A slot to write a datagram into; sends the batch first when it is full. `max` is at most
  // kMaxGroupBytes. Never empty.
  MutableBytes reserve(size_t max);
  // The first `size` bytes of the last slot go to `destination`. Nothing is sent yet.
  void commit(size_t size, const Address& destination, SendSocket socket) {
    batch_.commit(size, destination, socket);
  }
  // For what was written elsewhere: reserve, copy, commit.
  void append(Bytes datagram, const Address& destination, SendSocket socket);

  // Sends all that was committed. Call at the end of each receive batch and timer turn.
  void flush();

  // Sockets that wait for EPOLLOUT. When one gets it, call handle_writable(); the list may have
  // changed after any flush() or handle_writable(). Compare blocked_version() to see whether it
  // has.
  std::span<const int> blocked() const { return blocked_; }
  uint64_t blocked_version() const { return blocked_version_; }
  void handle_writable(int fd);

  // Before a socket is closed: sends what is pending for it if the kernel takes it, drops the rest.
  void forget(int fd);

  const Counters& counters() const { return counters_; }
  // Off: every datagram is a message of its own. On by default.
  void set_gso(bool enabled) { gso_enabled_ = enabled; }

 private:
  static constexpr size_t kMaxMessages = 64;  // A sendmmsg call.
  // Refusals in a row after which GSO rests, and the datagrams until it is tried again: a route to
  // a peer with a small MTU refuses, and must not cost the others their GSO for good.
  static constexpr uint32_t kGsoMaxFailures = 16;
  static constexpr uint32_t kGsoRestDatagrams = 65536;

  struct Scratch;  // The kernel's structures, filled anew for each call.
  // How far a run of groups has been dealt with.
  struct Cursor {
    size_t group = 0;
    size_t segment = 0;
  };
  using Groups = std::span<const SendBatch::Group>;

  bool send_run(const SendBatch& batch, Groups groups, Cursor* cursor);
  size_t fill(const SendBatch& batch, Groups groups, Cursor cursor, size_t plain_group);
  void count_sent(size_t messages);
  void note_refused();
  void retain(const SendBatch& batch, const SendBatch::Group& group, size_t first_segment);
  void send_retained(int fd);
  void drop_retained(int fd);
  void clear_retained_if_done();
  bool is_blocked(int fd) const;
  void set_blocked(int fd, bool blocked);

  SendBatch batch_;
  SendBatch retained_;
  std::vector<uint16_t> retained_done_;  // Segments dealt with, for each group of retained_.
  size_t retained_waiting_ = 0;          // Datagrams.
  std::vector<int> blocked_;
  std::unique_ptr<Scratch> scratch_;
  Counters counters_;
  uint64_t blocked_version_ = 0;
  uint32_t gso_failures_ = 0;
  uint32_t gso_rest_ = 0;
  bool gso_enabled_ = true;
};

}  // namespace sluice::net
