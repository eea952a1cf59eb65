// Where the packets of a transport go: to its peer over the sockets, to the application through the
// ring of direct transports, or to another worker over a link. The transport says which; the packet
// path does not ask, except that a link takes whole packets by reference instead of bytes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/prefetch.h"
#include "base/slot_map.h"
#include "sluice.h"
#include "srtp/srtp_outbound.h"
#include "worker/host/direct_channel.h"
#include "worker/loop/counters.h"
#include "worker/loop/sockets.h"

namespace sluice::worker {

class LinkEnd;

// One per transport; its worker's thread alone calls it.
class Output {
 public:
  // `transport` is the target of RTCP records in the ring to the application.
  Output(Sockets& sockets, Counters& counters, ObjectId transport)
      : transport_(transport), counters_(counters), sockets_(sockets) {}

  // -- The destination. Each replaces the one before. Without `rtcp` both share the RTP route.
  void set_route(const Route& rtp);
  void set_rtcp_route(const Route& rtcp) { rtcp_route_ = rtcp; }
  void set_host(DirectWriter& ring);
  void set_link(LinkEnd& end);
  void clear();  // Nothing leaves any more.

  // Whatever leaves by the sockets must be SRTP: without keys, nothing does.
  void require_keys();
  void set_keys(srtp::SrtpOutbound keys);
  void wipe_keys();

  // Whether RTP can leave.
  bool is_open() const { return open_; }
  bool has_route() const { return kind_ == Kind::sockets; }
  const Route& route() const { return route_; }
  const Route& rtcp_route() const { return rtcp_route_; }
  // nullptr when it has none.
  srtp::SrtpOutbound* keys() { return keys_ ? &*keys_ : nullptr; }
  // Set when the output is a link.
  LinkEnd* link() const { return kind_ == Kind::link ? link_ : nullptr; }

  // -- RTP, as bytes: reserve a slot, write the header into it, seal, commit.
  // Room for `max` bytes; empty when the application's ring is full.
  MutableBytes reserve(size_t max) {
    if (kind_ == Kind::host) [[unlikely]]
      return ring_->reserve(max);
    return sockets_.reserve(max);
  }
  // Encrypts (or copies) the payload behind the header that stands in the slot. Returns the
  // packet's size, 0 when it could not be protected.
  size_t seal(MutableBytes slot, size_t header_bytes, Bytes payload) {
    if (keys_) return keys_->protect_rtp(slot, header_bytes, payload);
    uint8_t* place = slot.data() + header_bytes;
    if (payload.data() != place) std::copy(payload.begin(), payload.end(), place);
    return header_bytes + payload.size();
  }
  // Sends what stands in the slot. `consumer` is the target of the record in the ring.
  void commit(ObjectId consumer, size_t size) {
    if (kind_ == Kind::host) [[unlikely]]
      return ring_->commit(SLUICE_DIRECT_RTP, consumer, 0, size);
    sockets_.commit(size, route_);
  }
  // Counts a packet that found no room in the application's ring.
  void note_no_room();

  // -- Everything else. Returns the bytes that leave; 0 when the packet was dropped, and counted.
  size_t send_rtcp(Bytes compound);
  // As it is, to the peer: DTLS.
  size_t send_datagram(Bytes datagram);

  // Packets that the application did not read fast enough.
  uint64_t packets_dropped() const { return packets_dropped_; }

  // The first member that sending RTP needs; the keys are the last.
  const auto& hot_begin() const { return kind_; }
  void prefetch_keys() const {
    if (keys_) keys_->prefetch();
  }

 private:
  enum class Kind : uint8_t { none, sockets, host, link };

  void become(Kind kind);

  // Cold: RTCP, counters of drops.
  Route rtcp_route_;  // Of a plain transport without rtcpMux.
  uint64_t packets_dropped_ = 0;
  const ObjectId transport_;
  Counters& counters_;

  // Hot: every RTP packet needs these.
  Kind kind_ = Kind::none;
  bool open_ = false;
  bool requires_keys_ = false;
  Sockets& sockets_;
  union {
    DirectWriter* ring_ = nullptr;  // Kind::host; the channel owns it.
    LinkEnd* link_;                 // Kind::link; Links owns it.
  };
  Route route_;  // Kind::sockets.
  std::optional<srtp::SrtpOutbound> keys_;
};

}  // namespace sluice::worker
