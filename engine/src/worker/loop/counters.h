// Every drop has a reason and a counter. A worker's counters are read by its dump.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::worker {

// X(name): snake_case in C++, the same text in dumps.
#define SLUICE_COUNTERS(X)                                                               \
  X(datagrams_received)  /* Of every socket and connection. */                           \
  X(datagrams_truncated) /* Larger than a packet slot. */                                \
  X(drop_pool_exhausted) /* No packet slot was free. */                                  \
  X(drop_unknown_class)  /* First byte of no protocol that we speak (RFC 7983). */       \
  X(drop_unknown_path)   /* Not STUN, and no transport has this path. */                 \
  X(drop_stun_malformed)                                                                 \
  X(drop_stun_unknown_user) /* No transport has this username fragment. */               \
  X(drop_stun_path_held)    /* For a path that another transport's peer is using. */     \
  X(drop_stun_refused)      /* Answered with an error: bad password, bad attributes. */  \
  X(drop_stun_repeated)     /* A valid check that had come before: answered, no more. */ \
  X(drop_dtls_early)        /* Before connect(), and no ClientHello. */                  \
  X(drop_dtls_closed)       /* The session has ended or failed. */                       \
  X(drop_dtls_invalid)      /* Had a record that was forged, replayed or cut. */         \
  X(drop_no_keys)           /* RTP before the keys are known. */                         \
  X(drop_srtp_auth)                                                                      \
  X(drop_srtp_replay)                                                                    \
  X(drop_srtp_malformed)                                                                 \
  X(drop_rtp_malformed)                                                                  \
  X(drop_unknown_ssrc)     /* No producer of the transport takes this packet. */         \
  X(drop_producer_refused) /* Duplicate, too old, unknown payload type, ... */           \
  X(drop_producer_paused)                                                                \
  X(drop_red_malformed) /* Redundant audio with lengths or types that lie. */            \
  X(drop_rtcp_malformed)                                                                 \
  X(drop_wrong_peer)       /* A plain transport's packet from another address. */        \
  X(drop_link_full)        /* A link to another worker had no room, or no other end. */  \
  X(datagrams_handed_over) /* To the worker that owns them, over a shared port. */       \
  X(connections_handed_over)                                                             \
  X(drop_handover_full)       /* It had no room, or has gone. */                         \
  X(path_owners_full)         /* An address that the others will not know of. */         \
  X(drop_send_failed)         /* Protect failed, or the socket refused. */               \
  X(drop_direct_packet_full)  /* The application reads slower than packets come. */      \
  X(drop_direct_message_full) /* The same, of messages. */                               \
  X(drop_direct_oversized)    /* A message larger than the receiving transport takes. */ \
  X(drop_direct_unknown)      /* From the application, for an object that is gone. */    \
  X(drop_direct_paused)       /* A message for or of a data producer that is paused. */  \
  X(socket_receive_errors)    /* recvmmsg() failed, but for "nothing there". */          \
  X(tcp_accepted)             /* Connections. */                                         \
  X(tcp_accept_failed)        /* Without a descriptor, or a place in our table. */       \
  X(tcp_half_open_evicted)    /* Closed for newer ones: too many proved nothing. */      \
  X(tcp_half_open_expired)    /* Proved nothing in time. */                              \
  X(tcp_frames_oversized)     /* Longer than a packet slot: skipped. */                  \
  X(tcp_frames_without_slot)  /* No packet slot was free. */                             \
  X(packets_received)         /* RTP packets that a producer took. */                    \
  X(packets_forwarded)        /* RTP packets handed to the batch for consumers. */       \
  X(packets_resent)                                                                      \
  X(traces_dropped)     /* More than an object keeps between two reports of them. */     \
  X(direct_records)     /* Packets and messages that the application gave us. */         \
  X(messages_received)  /* That a data producer took. */                                 \
  X(messages_forwarded) /* Handed to data consumers. */                                  \
  X(loop_turns)

enum class Counter : uint8_t {
#define X(name) name,
  SLUICE_COUNTERS(X)
#undef X
};

constexpr std::string_view kCounterNames[] = {
#define X(name) #name,
    SLUICE_COUNTERS(X)
#undef X
};
constexpr size_t kCounters = std::size(kCounterNames);

struct Counters {
  std::array<uint64_t, kCounters> values{};

  void add(Counter counter, uint64_t n = 1) { values[static_cast<size_t>(counter)] += n; }
  uint64_t get(Counter counter) const { return values[static_cast<size_t>(counter)]; }
};

}  // namespace sluice::worker
