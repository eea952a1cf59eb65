#include "srtp/srtp_outbound.h"

#include "srtp/cipher_backends.h"
#include "srtp/direction.h"
#include "srtp/key_derivation.h"

namespace sluice::srtp {

Result<SrtpOutbound> SrtpOutbound::make(SrtpProfile profile, Bytes master, CipherBackend backend) {
  auto direction = Direction::make(profile, master, backend);
  if (!direction) return direction.error();
  SrtpOutbound outbound;
  outbound.rtp_cipher_ = std::move(direction->rtp_cipher);
  outbound.rtcp_cipher_ = std::move(direction->rtcp_cipher);
  outbound.rtp_salt_ = direction->rtp_salt;
  outbound.rtcp_salt_ = direction->rtcp_salt;
  outbound.profile_ = profile;
  outbound.aead_ = is_aead(profile);
  outbound.tag_bytes_ = static_cast<uint8_t>(rtp_tag_bytes(profile));
  return outbound;
}

size_t SrtpOutbound::protect_rtp(MutableBytes slot, size_t header_bytes, Bytes payload) {
  const size_t plain_bytes = header_bytes + payload.size();
  if (header_bytes < kRtpHeaderBytes || plain_bytes + tag_bytes_ > slot.size()) {
    ++counters_.no_room;
    return 0;
  }
  const uint16_t sequence = load_u16(slot, 2);
  const uint32_t ssrc = load_u32(slot, 8);

  Stream* stream = streams_.find(ssrc);
  if (!stream) {
    if (streams_.full()) {
      ++counters_.too_many_streams;
      return 0;
    }
    stream = &streams_.add({ssrc, sequence});  // Rollover counter 0 (RFC 3711, 3.3.1).
  }
  const std::optional<uint64_t> index = nearest_index(stream->highest_index, sequence);
  if (!index) {
    ++counters_.before_start;
    return 0;
  }
  if (*index > kMaxRtpIndex) {
    ++counters_.key_exhausted;
    return 0;
  }
  if (*index > stream->highest_index) stream->highest_index = *index;
  nonce_guard_.note(ssrc, *index, slot.first(header_bytes), payload);

  const SealJob job{.packet = slot.data(),
                    .header_bytes = header_bytes,
                    .plain = payload.data(),
                    .text_bytes = payload.size(),
                    .word = static_cast<uint32_t>(*index >> 16),
                    .tag = slot.data() + plain_bytes,
                    .iv = packet_iv(rtp_salt_, aead_, ssrc, *index)};
  if (!rtp_cipher_.seal(job)) {
    ++counters_.cipher_failed;
    return 0;
  }
  ++counters_.rtp_packets;
  return plain_bytes + tag_bytes_;
}

size_t SrtpOutbound::protect_rtcp(MutableBytes slot, size_t plain_bytes) {
  const size_t protected_bytes = plain_bytes + rtcp_overhead(profile_);
  if (plain_bytes < kRtcpHeaderBytes || protected_bytes > slot.size()) {
    ++counters_.no_room;
    return 0;
  }
  if (rtcp_index_ > kMaxRtcpIndex) {
    ++counters_.key_exhausted;
    return 0;
  }
  const uint32_t word = kEncryptedFlag | rtcp_index_;
  // GCM: text, tag, index (RFC 7714, 9.2). AES-CM: text, index, tag (RFC 3711, 3.4).
  const size_t tag_at = plain_bytes + (aead_ ? 0 : kRtcpIndexBytes);
  const size_t word_at = plain_bytes + (aead_ ? kGcmTagBytes : 0);
  const SealJob job{.packet = slot.data(),
                    .header_bytes = kRtcpHeaderBytes,
                    .plain = slot.data() + kRtcpHeaderBytes,
                    .text_bytes = plain_bytes - kRtcpHeaderBytes,
                    .word = word,
                    .tag = slot.data() + tag_at,
                    .iv = packet_iv(rtcp_salt_, aead_, load_u32(slot, 4), rtcp_index_)};
  if (!rtcp_cipher_.seal(job)) {
    ++counters_.cipher_failed;
    return 0;
  }
  store_u32(slot, word_at, word);
  ++rtcp_index_;
  ++counters_.rtcp_packets;
  return protected_bytes;
}

}  // namespace sluice::srtp
