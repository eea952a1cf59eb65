// The wall socket between OpenSSL and the session: a BIO that reads the datagram at hand, queues
// whole datagrams for the caller, and takes OpenSSL's clock away.
//
// OpenSSL arms its retransmission timer with gettimeofday() and tells the BIO about it
// (BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT), handing over a pointer to its own `next_timeout`. That pointer
// is the handle: whenever the timer is armed, the BIO moves it into the far future, so that OpenSSL
// never finds it expired by itself, and notes that it is armed. The session keeps the real deadline
// on the caller's clock; when that has passed it calls expire(), which moves `next_timeout` into
// the past, and then DTLSv1_handle_timeout(). Durations come from DTLS_set_timer_cb. So no decision
// depends on OpenSSL's clock.
//
// This holds for OpenSSL 1.1.1 to 3.1. From 3.2 on the pointer is to a copy: the writes are then
// without effect, OpenSSL's clock decides with the same durations, and only virtual time is lost.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "dtls/record_layer.h"

typedef struct bio_st BIO;
struct timeval;

namespace sluice::dtls {

// Owned by a session, which frees the SSL (and with it the BIO) before this.
class DatagramBio {
 public:
  explicit DatagramBio(size_t max_queued) : max_queued_(max_queued) {}
  DatagramBio(const DatagramBio&) = delete;
  DatagramBio& operator=(const DatagramBio&) = delete;

  // A BIO that points here. nullptr when out of memory.
  BIO* make();

  // What the next read gives; the bytes stay the caller's and must outlive the call into OpenSSL.
  void offer(Bytes datagram) { incoming_ = datagram; }
  void withdraw() { incoming_ = {}; }

  // A datagram to send that OpenSSL had no part in; false when the queue is full.
  bool queue(std::vector<uint8_t> datagram);
  // Valid until the next call.
  std::optional<Bytes> poll();
  // The datagrams from the `written`th on that nobody has polled, as one.
  std::vector<uint8_t> joined_since(uint64_t written) const;
  uint64_t written() const { return written_; }
  uint64_t dropped() const { return dropped_; }
  const SentRecords& sent() const { return sent_; }

  bool timer_armed() const { return timer_armed_; }
  // True once after OpenSSL armed the timer anew: the deadline is to be counted from now.
  bool take_timer_restart();
  // Lets OpenSSL find its timer expired at the next DTLSv1_handle_timeout().
  void expire();
  // The SSL is about to go: its timer may no longer be touched.
  void detach();

 private:
  friend struct BioCalls;

  int read(char* out, int size);
  int write(const char* data, int size);
  void on_timer(timeval* next_timeout);

  Bytes incoming_;
  // A vector with a read position, emptied when drained: an idle session holds no memory here.
  std::vector<std::vector<uint8_t>> queue_;
  size_t queue_head_ = 0;
  std::vector<uint8_t> polled_;
  size_t max_queued_;
  uint64_t written_ = 0;
  uint64_t dropped_ = 0;
  SentRecords sent_;
  timeval* next_timeout_ = nullptr;
  bool timer_armed_ = false;
  bool timer_restarted_ = false;
};

}  // namespace sluice::dtls
