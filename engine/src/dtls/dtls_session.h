// One DTLS 1.2 association that makes SRTP keys (RFC 5764) and may carry data. OpenSSL, between two
// memory queues of datagrams, makes the handshake; then it is gone and a RecordLayer goes on with
// its keys. Sans-IO: the caller brings datagrams and `now`, and takes datagrams, state and the next
// deadline.
//
// OpenSSL keeps a retransmission timer on a clock of its own. The session takes it away: see
// datagram_bio.h. Retransmission follows the caller's `now` alone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/secret_bytes.h"
#include "base/time.h"
#include "dtls/datagram_bio.h"
#include "dtls/dtls_context.h"
#include "dtls/early_records.h"
#include "dtls/fingerprint.h"
#include "dtls/record_layer.h"
#include "srtp/srtp_profile.h"

typedef struct ssl_st SSL;
typedef struct x509_store_ctx_st X509_STORE_CTX;

namespace sluice::dtls {

enum class DtlsRole : uint8_t { client, server };
enum class DtlsState : uint8_t { fresh, connecting, connected, failed, closed };

// mediasoup's DtlsState: "new", "connecting", "connected", "failed", "closed".
const char* state_name(DtlsState state);

// Master key and salt in a row, for SrtpOutbound::make() and SrtpInbound::make().
struct SrtpKeys {
  srtp::SrtpProfile profile{};
  SecretBytes outbound;
  SecretBytes inbound;
};

// Owned by a transport; its worker's thread alone. The context outlives it.
class DtlsSession {
 public:
  // No datagram of a flight is longer (RFC 8261, 5 gives 1,200 as what passes nearly everywhere).
  static constexpr size_t kMtu = 1200;
  // The longest message: an SCTP packet of 1,200 bytes. Its datagram is up to 37 bytes longer.
  static constexpr size_t kMaxMessageBytes = 1200;
  // As late as mediasoup.
  static constexpr Duration kHandshakeLifetime = 30s;
  // What is left of it after a fatal alert in clear: nobody can authenticate one. If the peer sent
  // it, nothing more will come; if a stranger did, this is long enough for the handshake to go on.
  static constexpr Duration kHandshakeAfterAlert = 5s;
  // The first retransmission, and the longest wait between two. RFC 6347, 4.2.4.1 has 1 s and 60 s,
  // and allows less where time matters; a call does not wait for seconds.
  static constexpr Duration kFirstRetransmission = 100ms;
  static constexpr Duration kLongestRetransmission = 4s;
  // Datagrams and messages waiting to be polled. A caller that polls after each call never meets
  // them.
  static constexpr size_t kMaxQueuedDatagrams = 64;
  static constexpr size_t kMaxQueuedMessages = 64;

  struct Counters {
    uint64_t datagrams_in = 0;
    uint64_t datagrams_out = 0;
    uint64_t dropped_in = 0;        // Not DTLS, not authentic, or in a state that takes none.
    uint64_t dropped_out = 0;       // The output queue was full.
    uint64_t dropped_messages = 0;  // Not polled in time, or not sendable.
    uint64_t retransmissions = 0;   // Flights repeated: by our timer, or for a peer that asks.
  };

  explicit DtlsSession(DtlsContext& context);
  ~DtlsSession();
  DtlsSession(const DtlsSession&) = delete;
  DtlsSession& operator=(const DtlsSession&) = delete;

  // Begins the handshake, as soon as ICE has a path and the peer's parameters are known. The peer's
  // certificate must match one of the fingerprints with the strongest algorithm given (RFC 8122,
  // 5). fresh -> connecting; an error for an empty or malformed list, or a second call.
  Status start(Instant now, DtlsRole role, const std::vector<Fingerprint>& remote);

  // Takes one datagram of the peer, after the classification of RFC 7983. Anything at all is safe.
  // Before start() the last datagrams with a ClientHello are kept, so that it need not come again.
  void handle_datagram(Instant now, Bytes datagram);
  void handle_timeout(Instant now);
  Instant next_timeout() const;  // kNever when there is nothing to wait for.

  // A datagram to send, once; nullopt when there is none. Valid until the next call on this
  // session.
  std::optional<Bytes> poll_output();

  // A message of the peer's application (SCTP packets, RFC 8261); same lifetime.
  std::optional<Bytes> poll_application_data();
  // False when not connected, when the message is longer than a record may be here, or the queue is
  // full: it is then lost, which SCTP expects of its carrier.
  bool send_application_data(Instant now, Bytes message);

  // Sends close_notify and is closed. From `fresh` too.
  void close(Instant now);

  DtlsState state() const { return state_; }
  // Why it failed; empty otherwise. For a log.
  const std::string& error() const { return error_; }
  // From `connected` on; the peer's certificate.
  const std::string& remote_certificate_pem() const { return remote_pem_; }
  // Takes the keys out; nullopt before `connected`, and the second time.
  std::optional<SrtpKeys> take_srtp_keys();
  const Counters& counters() const { return counters_; }
  // What was dropped of the peer's datagrams since the last call.
  uint64_t take_dropped() {
    return counters_.dropped_in - std::exchange(reported_drops_, counters_.dropped_in);
  }

  // For OpenSSL, in the handshake: 1 when the peer's certificate has the fingerprint of the session
  // that `store` belongs to. A stranger is told so by an alert.
  static int verify_certificate(X509_STORE_CTX* store, void*);

 private:
  struct FreeSsl {
    void operator()(SSL* ssl) const;
  };

  static unsigned int timer_duration_us(SSL* ssl, unsigned int before_us);

  bool make_ssl();
  void continue_handshake(Instant now, Bytes datagram);
  void feed(Bytes records);
  void run_handshake();
  void finish_handshake(uint64_t flight_from);
  bool export_keys();
  void read_records(Bytes datagram);
  void handle_record(ContentType type, Bytes text);
  void send_close_notify();
  void queue_message(Bytes message);
  // After every call into OpenSSL: counters, deadline, memory.
  void settle(Instant now);
  void fail(std::string why);
  void end(DtlsState state);

  DtlsContext& context_;
  DatagramBio bio_{kMaxQueuedDatagrams};
  std::unique_ptr<SSL, FreeSsl> ssl_;   // While connecting.
  std::optional<RecordLayer> records_;  // While connected.
  // Of a server, whose handshake ends with its own flight: it answers a peer that repeats its own,
  // because ours was lost (RFC 6347, 4.2.4).
  std::vector<uint8_t> last_flight_;
  DtlsState state_ = DtlsState::fresh;
  Instant give_up_at_ = kNever;
  Instant retransmit_at_ = kNever;
  Duration retransmit_after_{};
  std::vector<Fingerprint> remote_;  // Of one algorithm. Gone once connected.
  EarlyHellos early_hellos_;         // From before start().
  std::optional<uint8_t> alert_;     // In clear, while the handshake ran.
  EarlyRecords early_records_;       // While connecting.
  std::vector<std::vector<uint8_t>> messages_;
  size_t messages_head_ = 0;
  std::vector<uint8_t> polled_message_;
  std::optional<SrtpKeys> keys_;
  std::string remote_pem_;
  std::string error_;
  Counters counters_;
  uint64_t reported_drops_ = 0;  // Of counters_.dropped_in.
};

}  // namespace sluice::dtls
