// Protects what one transport sends: SRTP and SRTCP (RFC 3711, RFC 7714) under one master key.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "srtp/cipher.h"
#include "srtp/lazy_cipher.h"
#include "srtp/nonce_guard.h"
#include "srtp/srtp_profile.h"
#include "srtp/stream_table.h"

namespace sluice::srtp {

// Owned by a transport; used by its worker's thread alone. The expanded keys are shared by all of
// its streams; a stream costs 16 bytes. Nothing is allocated but when a new SSRC makes the table
// grow.
class SrtpOutbound {
 public:
  // SSRCs one master key may serve. They are never forgotten: to begin an SSRC again at rollover 0
  // would repeat nonces.
  static constexpr size_t kMaxStreams = 65536;

  struct Counters {
    uint64_t rtp_packets = 0;
    uint64_t rtcp_packets = 0;
    uint64_t no_room = 0;       // The slot was too small, or the header was no RTP/RTCP header.
    uint64_t before_start = 0;  // A sequence number from before the stream's first one.
    uint64_t too_many_streams = 0;
    uint64_t key_exhausted = 0;  // 2^48 RTP or 2^31 RTCP packets (RFC 3711, 9.2).
    uint64_t cipher_failed = 0;
  };

  // `master` is master key and master salt in a row: master_bytes(profile). An error text names
  // what is wrong with it.
  static Result<SrtpOutbound> make(SrtpProfile profile, Bytes master,
                                   CipherBackend backend = CipherBackend::automatic);

  // `slot` begins with the finished RTP header of `header_bytes` (CSRCs and extensions included)
  // and is as long as the packet may become. `payload`, RTP padding included, lies elsewhere, and
  // is then encrypted straight into the slot, or exactly at slot.data() + header_bytes. Returns the
  // size of the protected packet, 0 on a counted failure.
  //
  // The same sequence number may be sent again, and older ones (up to 2^15 back). With a GCM
  // profile a repeat must be the same packet byte by byte, header extensions included: two
  // different packets under one number share a nonce and weaken the key (RFC 7714, 8.1 and 13.1).
  // RTX has numbers of its own and is free of this.
  size_t protect_rtp(MutableBytes slot, size_t header_bytes, Bytes payload);

  // `slot` begins with a (compound) RTCP packet of `plain_bytes`. Returns the size or 0.
  size_t protect_rtcp(MutableBytes slot, size_t plain_bytes);

  // For peers of fuzzers, which may say anything: no check that an index has one packet alone.
  void permit_reuse() { nonce_guard_.permit_reuse(); }

  // Whether this SSRC was sent before: another sender of it would use its numbers again.
  bool has_sent(uint32_t ssrc) { return streams_.find(ssrc) != nullptr; }
  bool is_full() const { return streams_.full(); }

  SrtpProfile profile() const { return profile_; }
  const Counters& counters() const { return counters_; }
  size_t streams() const { return streams_.size(); }
  // The keys that the next packet needs.
  void prefetch() const {
    rtp_cipher_.prefetch();
    streams_.prefetch();
  }

 private:
  SrtpOutbound() = default;

  // The rollover counter and sequence number as one 48-bit index (RFC 3711, 3.3.1).
  struct Stream {
    uint32_t ssrc;
    uint64_t highest_index;
  };

  LazyCipher rtp_cipher_;
  StreamTable<Stream> streams_{kMaxStreams};
  Iv rtp_salt_{};
  SrtpProfile profile_{};
  bool aead_ = false;
  uint8_t tag_bytes_ = 0;
  Counters counters_;
  [[no_unique_address]] NonceGuard nonce_guard_;

  // One RTCP index for all of our SSRCs: it need only grow for each of them.
  uint32_t rtcp_index_ = 0;
  Iv rtcp_salt_{};
  LazyCipher rtcp_cipher_;
};

}  // namespace sluice::srtp
