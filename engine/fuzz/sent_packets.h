// What a worker has sent to one receiver: every packet parses, and none says something else under
// the (SSRC, sequence number) of another. Under SRTP that would use a key stream twice.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "input.h"
#include "rtcp/compound_reader.h"
#include "rtcp/message.h"
#include "rtp/packet_class.h"
#include "rtp/rtp_view.h"
#include "srtp/srtp_inbound.h"

namespace sluice::fuzz {

class SentPackets {
 public:
  // A datagram of RTP or RTCP in the clear.
  void check_plain(Bytes datagram) {
    const auto kind = rtp::classify(datagram);
    if (kind == rtp::PacketClass::rtcp) return check_compound(datagram);
    require(kind == rtp::PacketClass::rtp);
    require(rtp::RtpView::parse(datagram, {}).has_value());
    note(load_u32(datagram, 8), load_u16(datagram, 2), datagram);
  }

  // One of SRTP, as it is on the wire.
  void check_protected(Bytes datagram) {
    if (rtp::classify(datagram) != rtp::PacketClass::rtp) return;
    note(load_u32(datagram, 8), load_u16(datagram, 2), datagram);
  }

  static void check_compound(Bytes datagram) {
    rtcp::CompoundReader reader(datagram);
    while (const auto packet = reader.next()) require(rtcp::parse_message(*packet).has_value());
    require(!reader.malformed());
  }

  // The newest sequence number of a stream; 0 when it sent nothing.
  uint16_t newest(uint32_t ssrc) const {
    const auto found = streams_.find(ssrc);
    return found == streams_.end() ? 0 : static_cast<uint16_t>(found->second->highest);
  }

 private:
  struct Sent {
    int64_t sequence = -1;  // With the wraps counted.
    size_t content = 0;     // A hash of it.
  };
  struct Stream {
    int64_t highest = -1;
    std::array<Sent, 65536> sent;  // By the sequence number.
  };

  void note(uint32_t ssrc, uint16_t sequence, Bytes packet) {
    auto& stream = streams_[ssrc];
    if (!stream) stream = std::make_unique<Stream>();
    if (stream->highest < 0) stream->highest = sequence + 65536;
    const auto behind = static_cast<int16_t>(sequence - static_cast<uint16_t>(stream->highest));
    const int64_t extended = stream->highest + behind;
    stream->highest = std::max(stream->highest, extended);
    Sent& sent = stream->sent[sequence];
    const size_t content = std::hash<std::string_view>()(
        {reinterpret_cast<const char*>(packet.data()), packet.size()});
    require(sent.sequence != extended || sent.content == content);
    sent = {extended, content};
  }

  std::unordered_map<uint32_t, std::unique_ptr<Stream>> streams_;
};

// The same for a receiver of SRTP, which opens what it gets.
class SentSecretly {
 public:
  SentSecretly(srtp::SrtpProfile profile, Bytes master)
      : in_(std::move(*srtp::SrtpInbound::make(profile, master))) {}

  void check(SentPackets& sent, Bytes datagram) {
    sent.check_protected(datagram);
    std::array<uint8_t, 2048> copy;
    std::copy(datagram.begin(), datagram.end(), copy.begin());
    const MutableBytes bytes = MutableBytes(copy).first(datagram.size());
    const bool is_rtcp = rtp::classify(datagram) == rtp::PacketClass::rtcp;
    const auto size = is_rtcp ? in_.unprotect_rtcp(bytes) : in_.unprotect_rtp(bytes);
    // Without RTX a resend is the same packet again: a replay, which only RTP may be.
    if (!size) return require(!is_rtcp && in_.refusal() == srtp::SrtpInbound::Refusal::replayed);
    const Bytes plain = Bytes(bytes).first(*size);
    if (is_rtcp) return SentPackets::check_compound(plain);
    require(rtp::RtpView::parse(plain, {}).has_value());
  }

 private:
  srtp::SrtpInbound in_;
};

}  // namespace sluice::fuzz
