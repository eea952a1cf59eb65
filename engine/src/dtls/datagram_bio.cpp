#include "dtls/datagram_bio.h"

#include <openssl/bio.h>
#include <openssl/opensslv.h>
#include <sys/time.h>

#include <algorithm>
#include <utility>

namespace sluice::dtls {
namespace {

// From 3.2 on the pointer is to a local copy: it may not be kept.
constexpr bool kTimerIsOurs = OPENSSL_VERSION_NUMBER < 0x30200000L;

// Seconds since 1970: the year 2100, and long ago (but not 0, which means disarmed).
constexpr time_t kFarFuture = 4'102'444'800;
constexpr time_t kLongAgo = 1;

}  // namespace

struct BioCalls {
  static DatagramBio* of(BIO* bio) { return static_cast<DatagramBio*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* out, int size) {
    BIO_clear_retry_flags(bio);
    const int got = of(bio)->read(out, size);
    if (got < 0) BIO_set_retry_read(bio);
    return got;
  }

  static int write(BIO* bio, const char* data, int size) {
    BIO_clear_retry_flags(bio);
    return of(bio)->write(data, size);
  }

  static long ctrl(BIO* bio, int command, long, void* pointer) {
    switch (command) {
      case BIO_CTRL_FLUSH:
        return 1;
      case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT:
        of(bio)->on_timer(static_cast<timeval*>(pointer));
        return 1;
      default:
        // Not least BIO_CTRL_WPENDING: nothing of ours joins a datagram under construction.
        return 0;
    }
  }

  static const BIO_METHOD* method() {
    static const BIO_METHOD* const method = [] {
      BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams");
      if (made) {
        BIO_meth_set_read(made, &BioCalls::read);
        BIO_meth_set_write(made, &BioCalls::write);
        BIO_meth_set_ctrl(made, &BioCalls::ctrl);
      }
      return made;
    }();
    return method;
  }
};

BIO* DatagramBio::make() {
  const BIO_METHOD* method = BioCalls::method();
  BIO* bio = method ? BIO_new(method) : nullptr;
  if (!bio) return nullptr;
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

std::optional<Bytes> DatagramBio::poll() {
  polled_.clear();
  if (queue_head_ == queue_.size()) {
    if (!queue_.empty()) {
      queue_ = {};
      polled_ = {};
      queue_head_ = 0;
    }
    return std::nullopt;
  }
  polled_ = std::move(queue_[queue_head_++]);
  return Bytes(polled_);
}

bool DatagramBio::take_timer_restart() {
  return std::exchange(timer_restarted_, false);
}

void DatagramBio::expire() {
  if (!kTimerIsOurs || !timer_armed_ || !next_timeout_) return;
  next_timeout_->tv_sec = kLongAgo;
  next_timeout_->tv_usec = 0;
}

void DatagramBio::detach() {
  next_timeout_ = nullptr;
  timer_armed_ = false;
  timer_restarted_ = false;
}

int DatagramBio::read(char* out, int size) {
  if (incoming_.empty() || size <= 0) return -1;
  // As of a socket: what does not fit is lost.
  const size_t taken = std::min(incoming_.size(), static_cast<size_t>(size));
  std::copy_n(incoming_.begin(), taken, out);
  incoming_ = {};
  return static_cast<int>(taken);
}

int DatagramBio::write(const char* data, int size) {
  if (size <= 0) return size;
  std::vector<uint8_t> datagram(data, data + size);
  sent_.note(datagram);
  queue(std::move(datagram));  // When full it is lost, as on a wire: DTLS repeats it.
  return size;
}

bool DatagramBio::queue(std::vector<uint8_t> datagram) {
  if (queue_.size() - queue_head_ >= max_queued_) {
    ++dropped_;
    return false;
  }
  queue_.push_back(std::move(datagram));
  ++written_;
  return true;
}

std::vector<uint8_t> DatagramBio::joined_since(uint64_t written) const {
  std::vector<uint8_t> joined;
  const size_t count = std::min<uint64_t>(written_ - written, queue_.size() - queue_head_);
  for (auto each = queue_.end() - static_cast<ptrdiff_t>(count); each != queue_.end(); ++each) {
    joined.insert(joined.end(), each->begin(), each->end());
  }
  return joined;
}

void DatagramBio::on_timer(timeval* next_timeout) {
  timer_armed_ = next_timeout->tv_sec != 0 || next_timeout->tv_usec != 0;
  timer_restarted_ = timer_armed_;
  next_timeout_ = kTimerIsOurs ? next_timeout : nullptr;
  if (kTimerIsOurs && timer_armed_) next_timeout->tv_sec = kFarFuture;
}

}  // namespace sluice::dtls
