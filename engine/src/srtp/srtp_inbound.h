// Opens what one transport receives: SRTP and SRTCP (RFC 3711, RFC 7714) under one master key.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/replay_window.h"
#include "base/result.h"
#include "srtp/cipher.h"
#include "srtp/lazy_cipher.h"
#include "srtp/srtp_profile.h"
#include "srtp/stream_table.h"

namespace sluice::srtp {

// Owned by a transport; used by its worker's thread alone. State for an SSRC is made only after a
// packet of it was authenticated, and for a limited number of them: the one that was silent longest
// makes room. Packets of that one could then be played again; a peer goes through very many SSRCs
// before that, and their producers are gone.
class SrtpInbound {
 public:
  static constexpr size_t kDefaultMaxStreams = 1024;
  static constexpr size_t kRtpWindowPackets = 1024;
  static constexpr size_t kRtcpWindowPackets = 128;

  struct Counters {
    uint64_t rtp_packets = 0;
    uint64_t rtcp_packets = 0;
    uint64_t malformed = 0;  // No RTP/RTCP header, too short, or unencrypted SRTCP.
    uint64_t auth_failed = 0;
    uint64_t replayed = 0;  // Seen before, or too old to tell (RFC 3711, 3.3.2).
    uint64_t streams_replaced = 0;
    uint64_t rollover_searches = 0;  // Packets for which another rollover counter was tried,
    uint64_t rollover_found = 0;     // and those that it opened.
  };

  // Why a packet was not opened; each has its counter.
  enum class Refusal : uint8_t { malformed, auth_failed, replayed };

  // `master`: see SrtpOutbound. `max_streams` bounds the SSRCs, for RTP and for RTCP each.
  static Result<SrtpInbound> make(SrtpProfile profile, Bytes master,
                                  CipherBackend backend = CipherBackend::automatic,
                                  size_t max_streams = kDefaultMaxStreams);

  // Both open the packet in place and return its plain size. After nullopt the bytes are worthless
  // and refusal() says why.
  //
  // A packet does not carry its rollover counter. It is taken to be near the highest number so far
  // (RFC 3711, 3.3.1), and 0 for a new SSRC. When that fails, later counters are tried: the packets
  // around a wrap may all have been lost, a sender may have begun before us, and 32,768 packets may
  // have been lost in a row. A stream is found again up to kRolloversAhead wraps later.
  std::optional<size_t> unprotect_rtp(MutableBytes packet);
  std::optional<size_t> unprotect_rtcp(MutableBytes packet);

  static constexpr uint64_t kRolloversAhead = 16;

  Refusal refusal() const { return refusal_; }

  SrtpProfile profile() const { return profile_; }
  const Counters& counters() const { return counters_; }
  size_t streams() const { return rtp_streams_.size() + rtcp_streams_.size(); }
  // The keys that the next RTCP packet needs.
  void prefetch_rtcp() const { rtcp_cipher_.prefetch(); }

 private:
  SrtpInbound() = default;
  std::nullopt_t refuse(Refusal why);
  bool open_rtp(MutableBytes packet, size_t header_bytes, uint64_t index);
  bool take_search_credit();
  std::optional<uint64_t> search_rollover(MutableBytes packet, size_t header_bytes,
                                          uint64_t first_index, uint64_t highest, bool was_tried);
  template <typename Stream>
  Stream& add(StreamTable<Stream>& streams, Stream stream);

  struct RtpStream {
    uint32_t ssrc;
    ReplayWindow<kRtpWindowPackets> window;
    uint64_t last_used = 0;  // The number of the packet, of all streams.
  };
  struct RtcpStream {
    uint32_t ssrc;
    ReplayWindow<kRtcpWindowPackets> window;
    uint64_t last_used = 0;
  };

  LazyCipher rtp_cipher_;
  StreamTable<RtpStream> rtp_streams_{kDefaultMaxStreams};
  Iv rtp_salt_{};
  LazyCipher rtcp_cipher_;
  StreamTable<RtcpStream> rtcp_streams_{kDefaultMaxStreams};
  Iv rtcp_salt_{};
  SrtpProfile profile_{};
  Refusal refusal_{};
  // Forged packets must stay cheap: a search costs up to four openings more, and one is made for
  // each credit, which one in eight refused packets brings.
  static constexpr uint8_t kSearchCreditsMax = 32;
  static constexpr uint8_t kRefusedPerCredit = 8;
  uint8_t search_credits_ = kSearchCreditsMax;
  uint8_t refused_since_credit_ = 0;
  uint64_t next_far_rollover_ = 2;
  Counters counters_;
};

}  // namespace sluice::srtp
