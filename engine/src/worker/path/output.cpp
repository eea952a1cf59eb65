#include "worker/path/output.h"

#include <algorithm>
#include <utility>

#include "worker/between/link.h"

namespace sluice::worker {

void Output::become(Kind kind) {
  kind_ = kind;
  open_ = kind == Kind::sockets ? !requires_keys_ || keys_ : kind != Kind::none;
}

void Output::set_route(const Route& rtp) {
  route_ = rtp;
  become(rtp.usable ? Kind::sockets : Kind::none);
}

void Output::set_host(DirectWriter& ring) {
  ring_ = &ring;
  become(Kind::host);
}

void Output::set_link(LinkEnd& end) {
  link_ = &end;
  become(Kind::link);
}

void Output::clear() {
  route_ = {};
  rtcp_route_ = {};
  become(Kind::none);
}

void Output::require_keys() {
  requires_keys_ = true;
  become(kind_);
}

void Output::set_keys(srtp::SrtpOutbound keys) {
  keys_.emplace(std::move(keys));
  become(kind_);
}

void Output::wipe_keys() {
  keys_.reset();
  become(kind_);
}

void Output::note_no_room() {
  ++packets_dropped_;
  counters_.add(Counter::drop_direct_packet_full);
}

size_t Output::send_rtcp(Bytes compound) {
  if (kind_ == Kind::link) {
    if (link_->send_rtcp(compound)) return compound.size();
    counters_.add(Counter::drop_link_full);
    return 0;
  }
  if (kind_ == Kind::host) {
    if (ring_->write(SLUICE_DIRECT_RTCP, transport_, 0, compound)) return compound.size();
    note_no_room();
    return 0;
  }
  // Before media can flow there is nobody to tell: no drop.
  const Route& route = rtcp_route_.usable ? rtcp_route_ : route_;
  if (!route.usable || (requires_keys_ && !keys_)) return 0;
  const MutableBytes slot = sockets_.reserve(compound.size() + srtp::kMaxRtcpOverhead);
  std::copy(compound.begin(), compound.end(), slot.begin());
  const size_t size = keys_ ? keys_->protect_rtcp(slot, compound.size()) : compound.size();
  if (size == 0) {
    counters_.add(Counter::drop_send_failed);
    return 0;
  }
  sockets_.commit(size, route);
  return size;
}

size_t Output::send_datagram(Bytes datagram) {
  sockets_.send(datagram, route_);
  return route_.usable ? datagram.size() : 0;
}

}  // namespace sluice::worker
