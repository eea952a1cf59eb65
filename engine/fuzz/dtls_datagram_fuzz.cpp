// Datagrams into a DTLS session, at every stage of a real handshake with a real session at the
// other end. The first byte chooses the role (bit 0: client) and whether the session is started by
// a step (bit 1); the rest is a list of steps, each a byte that says what, and its arguments:
//
//   0  start the session
//   1  the peer's next datagram is delivered
//   2  ... changed: a count, then (offset, xor) pairs
//   3  ... cut to a size
//   4  ... lost
//   5  one that was delivered or lost before is delivered (again)
//   6  a record with a header as the bytes say: type, epoch, sequence number, then size and content
//   7  raw bytes: their size, then themselves
//   8  time goes on to the session's deadline
//   9  time goes on to the peer's deadline
//  10  the peer's application says something
//  11  the peer closes
//
// No datagram but the peer's own ends a session that is connected; both ends have the same keys;
// what the application hears is what the peer's said.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/rand.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "dtls/dtls_session.h"
#include "input.h"

using namespace sluice;
using namespace sluice::dtls;
using fuzz::Input;
using fuzz::require;

namespace {

constexpr size_t kMaxSteps = 64;
constexpr std::string_view kMessage = "from the peer";
// Of a record's header, explicit nonce and tag (RFC 6347, 4.1; RFC 5288, 3).
constexpr size_t kRecordOverhead = 13 + 8 + 16;
using Datagram = std::vector<uint8_t>;

// OpenSSL's random numbers start over with each input, so that an input always gives the same run.
SeededRandom g_random(1);
int fill(unsigned char* out, int size) {
  for (int i = 0; i < size; ++i) out[i] = static_cast<unsigned char>(g_random.next());
  return 1;
}
const RAND_METHOD kSeeded = {nullptr, &fill, nullptr, nullptr, &fill, nullptr};

DtlsContext& context_of(size_t which) {
  static const auto contexts = [] {
    std::vector<std::unique_ptr<DtlsContext>> made;
    for (int i = 0; i < 2; ++i) {
      made.push_back(std::move(*DtlsContext::make(std::move(*Certificate::make_self_signed()))));
    }
    return made;
  }();
  return *contexts[which];
}

class Scene {
 public:
  explicit Scene(uint8_t mode) : role_(mode & 1 ? DtlsRole::client : DtlsRole::server) {
    if (!(mode & 2)) start();
    const DtlsRole other = role_ == DtlsRole::client ? DtlsRole::server : DtlsRole::client;
    require(peer_.start(now_, other, context_of(0).fingerprints()).ok());
    flush();
  }

  void run(Input in) {
    for (size_t step = 0; step < kMaxSteps && !in.empty(); ++step) {
      run_step(in);
      flush();
      check();
    }
    finish();
  }

 private:
  void start() {
    if (session_.state() != DtlsState::fresh) return;
    require(session_.start(now_, role_, context_of(1).fingerprints()).ok());
  }

  void run_step(Input& in) {
    switch (in.byte() % 12) {
      case 0:
        return start();
      case 1:
        return deliver(next());
      case 2:
        return deliver_changed(in);
      case 3: {
        Datagram datagram = next();
        datagram.resize(std::min<size_t>(datagram.size(), in.word()));
        return deliver(datagram);
      }
      case 4:
        next();
        return;
      case 5:
        if (const size_t which = in.byte(); which < seen_.size()) deliver(seen_[which]);
        return;
      case 6:
        return deliver_record(in);
      case 7: {
        const Bytes bytes = in.take(in.word() % 2048);
        return deliver(Datagram(bytes.begin(), bytes.end()));
      }
      case 8:
        return expire(session_);
      case 9:
        return expire(peer_);
      case 10:
        peer_.send_application_data(
            now_, Bytes(reinterpret_cast<const uint8_t*>(kMessage.data()), kMessage.size()));
        return;
      default:
        peer_closed_ = true;
        peer_.close(now_);
    }
  }

  // The peer's next datagram, which from then on can be repeated; empty when it has said nothing.
  Datagram next() {
    if (to_session_.empty()) return {};
    seen_.push_back(std::move(to_session_.front()));
    to_session_.pop_front();
    return seen_.back();
  }

  void deliver_changed(Input& in) {
    Datagram datagram = next();
    for (size_t left = in.byte() % 8 + size_t{1}; left > 0; --left) {
      const uint16_t offset = in.word();
      const uint8_t bits = in.byte();
      if (offset < datagram.size()) datagram[offset] ^= bits;
    }
    deliver(datagram);
  }

  // RFC 6347, 4.1.
  void deliver_record(Input& in) {
    Datagram record = {in.byte(), 0xFE, 0xFD, 0, in.byte(), 0, 0, 0, 0, 0, in.byte()};
    const Bytes content = in.take(in.word() % 2048);
    record.resize(13);
    store_u16(record, 11, static_cast<uint16_t>(content.size()));
    record.insert(record.end(), content.begin(), content.end());
    deliver(record);
  }

  void deliver(const Datagram& datagram) {
    const bool was_connected = session_.state() == DtlsState::connected;
    session_.handle_datagram(now_, datagram);
    if (was_connected && !peer_closed_) require(session_.state() == DtlsState::connected);
  }

  void expire(DtlsSession& session) {
    if (session.next_timeout() == kNever) return;
    now_ = std::max(now_, session.next_timeout());
    session.handle_timeout(now_);
  }

  // Both outputs, the session's straight to the peer.
  void flush() {
    for (bool quiet = false; !quiet;) {
      quiet = true;
      while (const auto datagram = peer_.poll_output()) {
        if (to_session_.size() < DtlsSession::kMaxQueuedDatagrams) {
          to_session_.emplace_back(datagram->begin(), datagram->end());
        }
      }
      while (const auto datagram = session_.poll_output()) {
        require(!datagram->empty());
        require(datagram->size() <= DtlsSession::kMaxMessageBytes + kRecordOverhead);
        peer_.handle_datagram(now_, *datagram);
        quiet = false;
      }
    }
  }

  void check() {
    const DtlsState state = session_.state();
    require((session_.next_timeout() != kNever) == (state == DtlsState::connecting));
    require((state == DtlsState::failed) == !session_.error().empty());
    require(state != DtlsState::connected || !session_.remote_certificate_pem().empty());
    while (const auto message = session_.poll_application_data()) {
      require(std::equal(message->begin(), message->end(), kMessage.begin(), kMessage.end()));
    }
  }

  // What is on the way arrives; who connected has the other's keys.
  void finish() {
    for (size_t round = 0; round < 16 && !to_session_.empty(); ++round) {
      deliver(next());
      flush();
      check();
    }
    const auto keys = session_.take_srtp_keys();
    const auto peer_keys = peer_.take_srtp_keys();
    if (session_.state() != DtlsState::connected) require(!keys);
    if (!keys || !peer_keys) return;
    require(keys->profile == peer_keys->profile);
    require(keys->inbound == peer_keys->outbound && keys->outbound == peer_keys->inbound);
  }

  DtlsRole role_;
  Instant now_{1000s};
  DtlsSession session_{context_of(0)};
  DtlsSession peer_{context_of(1)};
  std::deque<Datagram> to_session_;
  std::vector<Datagram> seen_;
  bool peer_closed_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  require(RAND_set_rand_method(&kSeeded) == 1);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  context_of(0);  // Before the numbers start over, that the first input is like all others.
  g_random = SeededRandom(2);
  Input in({data, size});
  Scene scene(in.byte());
  scene.run(in);
  return 0;
}
