#include "srtp/srtp_inbound.h"

#include "srtp/cipher_backends.h"
#include "srtp/direction.h"
#include "srtp/key_derivation.h"

namespace sluice::srtp {
namespace {

// Fixed header, CSRCs and extension block (RFC 3550, 5.1 and 5.3.1): what stays in clear. 0 when
// the packet is no RTP or its header does not fit.
size_t rtp_header_bytes(Bytes packet) {
  if (packet.size() < kRtpHeaderBytes || packet[0] >> 6 != 2) return 0;
  size_t size = kRtpHeaderBytes + size_t{4} * (packet[0] & 0x0F);
  if (packet[0] & 0x10) {
    if (packet.size() < size + 4) return 0;
    size += 4 + size_t{4} * load_u16(packet, size + 2);
  }
  return size <= packet.size() ? size : 0;
}

}  // namespace

Result<SrtpInbound> SrtpInbound::make(SrtpProfile profile, Bytes master, CipherBackend backend,
                                      size_t max_streams) {
  auto direction = Direction::make(profile, master, backend);
  if (!direction) return direction.error();
  SrtpInbound inbound;
  inbound.rtp_cipher_ = std::move(direction->rtp_cipher);
  inbound.rtcp_cipher_ = std::move(direction->rtcp_cipher);
  inbound.rtp_salt_ = direction->rtp_salt;
  inbound.rtcp_salt_ = direction->rtcp_salt;
  inbound.rtp_streams_ = StreamTable<RtpStream>(max_streams);
  inbound.rtcp_streams_ = StreamTable<RtcpStream>(max_streams);
  inbound.profile_ = profile;
  return inbound;
}

template <typename Stream>
Stream& SrtpInbound::add(StreamTable<Stream>& streams, Stream stream) {
  if (!streams.full()) return streams.add(std::move(stream));
  ++counters_.streams_replaced;
  return streams.replace(std::move(stream), [](const Stream& each) { return each.last_used; });
}

std::nullopt_t SrtpInbound::refuse(Refusal why) {
  refusal_ = why;
  switch (why) {
    case Refusal::malformed:
      ++counters_.malformed;
      break;
    case Refusal::auth_failed:
      ++counters_.auth_failed;
      break;
    case Refusal::replayed:
      ++counters_.replayed;
      break;
  }
  return std::nullopt;
}

bool SrtpInbound::open_rtp(MutableBytes packet, size_t header_bytes, uint64_t index) {
  const size_t plain_bytes = packet.size() - rtp_tag_bytes(profile_);
  return rtp_cipher_.open(
      {.packet = packet.data(),
       .header_bytes = header_bytes,
       .text_bytes = plain_bytes - header_bytes,
       .word = static_cast<uint32_t>(index >> 16),
       .tag = packet.data() + plain_bytes,
       .iv = packet_iv(rtp_salt_, is_aead(profile_), load_u32(packet, 8), index)});
}

bool SrtpInbound::take_search_credit() {
  if (search_credits_ == 0) {
    if (++refused_since_credit_ < kRefusedPerCredit) return false;
    refused_since_credit_ = 0;
    ++search_credits_;
  }
  --search_credits_;
  return true;
}

// Tries the next rollover counter and one further away, another one each time, so that a search
// costs the same however far the stream is. `was_tried`: first_index failed, and its key stream is
// on the packet. Both modes add one, so opening again takes it off.
std::optional<uint64_t> SrtpInbound::search_rollover(MutableBytes packet, size_t header_bytes,
                                                     uint64_t first_index, uint64_t highest,
                                                     bool was_tried) {
  ++counters_.rollover_searches;
  const uint64_t far = next_far_rollover_;
  next_far_rollover_ = far == kRolloversAhead ? 2 : far + 1;
  std::optional<uint64_t> tried;
  if (was_tried) tried = first_index;
  for (const uint64_t rollovers : {uint64_t{1}, far}) {
    const uint64_t index = first_index + (rollovers << 16);
    if (index <= highest || index > kMaxRtpIndex) continue;
    if (tried) open_rtp(packet, header_bytes, *tried);
    if (open_rtp(packet, header_bytes, index)) {
      ++counters_.rollover_found;
      search_credits_ = kSearchCreditsMax;
      return index;
    }
    tried = index;
  }
  return std::nullopt;
}

std::optional<size_t> SrtpInbound::unprotect_rtp(MutableBytes packet) {
  const size_t header_bytes = rtp_header_bytes(packet);
  const size_t tag_bytes = rtp_tag_bytes(profile_);
  if (header_bytes == 0 || packet.size() < header_bytes + tag_bytes)
    return refuse(Refusal::malformed);
  const uint16_t sequence = load_u16(packet, 2);
  const uint32_t ssrc = load_u32(packet, 8);
  RtpStream* stream = rtp_streams_.find(ssrc);
  const uint64_t highest = stream ? stream->window.highest() : 0;
  // Before the start there is no rollover counter to go back to: it is then taken as 0.
  uint64_t index = stream ? nearest_index(highest, sequence).value_or(sequence) : sequence;
  const bool is_fresh = !stream || (stream->window.fresh(index) && index <= kMaxRtpIndex);
  if (!is_fresh || !open_rtp(packet, header_bytes, index)) [[unlikely]] {
    const auto found = take_search_credit()
                           ? search_rollover(packet, header_bytes, index, highest, is_fresh)
                           : std::nullopt;
    if (!found) return refuse(is_fresh ? Refusal::auth_failed : Refusal::replayed);
    index = *found;
  }
  ++counters_.rtp_packets;
  if (stream) {
    stream->window.mark(index);
  } else {
    stream = &add(rtp_streams_, {ssrc, ReplayWindow<kRtpWindowPackets>(index)});
  }
  stream->last_used = counters_.rtp_packets;
  return packet.size() - tag_bytes;
}

std::optional<size_t> SrtpInbound::unprotect_rtcp(MutableBytes packet) {
  const size_t overhead = rtcp_overhead(profile_);
  if (packet.size() < kRtcpHeaderBytes + overhead || packet[0] >> 6 != 2)
    return refuse(Refusal::malformed);
  const bool aead = is_aead(profile_);
  const size_t plain_bytes = packet.size() - overhead;
  const size_t tag_at = plain_bytes + (aead ? 0 : kRtcpIndexBytes);
  const uint32_t word = load_u32(packet, plain_bytes + (aead ? kGcmTagBytes : 0));
  // SRTCP in clear is not negotiated by any of our profiles (RFC 5764, 4.1.2).
  if (!(word & kEncryptedFlag)) return refuse(Refusal::malformed);
  const uint32_t index = word & kMaxRtcpIndex;
  const uint32_t ssrc = load_u32(packet, 4);
  RtcpStream* stream = rtcp_streams_.find(ssrc);
  if (stream && !stream->window.fresh(index)) return refuse(Refusal::replayed);

  const OpenJob job{.packet = packet.data(),
                    .header_bytes = kRtcpHeaderBytes,
                    .text_bytes = plain_bytes - kRtcpHeaderBytes,
                    .word = word,
                    .tag = packet.data() + tag_at,
                    .iv = packet_iv(rtcp_salt_, aead, ssrc, index)};
  if (!rtcp_cipher_.open(job)) return refuse(Refusal::auth_failed);
  ++counters_.rtcp_packets;
  if (stream) {
    stream->window.mark(index);
  } else {
    stream = &add(rtcp_streams_, {ssrc, ReplayWindow<kRtcpWindowPackets>(index)});
  }
  stream->last_used = counters_.rtcp_packets;
  return plain_bytes;
}

}  // namespace sluice::srtp
