// What SRTP refuses, and that both cipher back ends give the same bytes.
#include "base/replay_window.h"
#include "srtp/key_derivation.h"
#include "tests/srtp/packets.h"

namespace sluice::srtp {
namespace {

Packet from_hex(std::string_view text) {
  Packet bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

}  // namespace

TEST_CASE("session keys are those of RFC 3711, appendix B.3") {
  const Packet master = from_hex("E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6");
  const auto keys =
      derive_session_keys(SrtpProfile::aes_cm_128_hmac_sha1_80, PacketKind::rtp, master);
  REQUIRE(keys);
  const auto same = [](Bytes bytes, std::string_view hex) {
    const Packet wanted = from_hex(hex);
    return std::equal(wanted.begin(), wanted.end(), bytes.begin());
  };
  CHECK(same(keys->key, "C61E7A93744F39EE10734AFE3FF7A087"));
  CHECK(same(keys->salt, "30CBBC08863D8C85D49DB34A9AE1"));
  CHECK(same(keys->auth, "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
}

TEST_CASE("GCM gives the packet of RFC 7714, 16.1.1") {
  const Packet header = from_hex("8040f17b8041f8d35501a0b2");
  const Packet plain =
      from_hex("47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573");
  const Packet wanted = from_hex(
      "8040f17b8041f8d35501a0b2"
      "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833"
      "899d7f27beb16a9152cf765ee4390cce");
  SessionKeys keys;
  for (uint8_t i = 0; i < 16; ++i) keys.key[i] = i;
  const Packet salt = from_hex("517569642070726f2071756f");
  std::copy(salt.begin(), salt.end(), keys.salt.begin());
  for (const CipherBackend backend : usable_backends()) {
    auto cipher = make_cipher(SrtpProfile::aead_aes_128_gcm, PacketKind::rtp, keys, backend);
    REQUIRE(cipher);
    Packet packet = header;
    packet.resize(wanted.size());
    CHECK(cipher->seal({.packet = packet.data(),
                        .header_bytes = 12,
                        .plain = plain.data(),
                        .text_bytes = plain.size(),
                        .word = 0,
                        .tag = packet.data() + 12 + plain.size(),
                        .iv = packet_iv(salt_iv(keys), true, 0x5501a0b2, 0xf17b)}));
    CHECK(packet == wanted);
  }
}

TEST_CASE("both cipher back ends give the same packets") {
  const auto backends = usable_backends();
  for (const SrtpProfile profile : kSrtpProfilesByPreference) {
    SeededRandom random(11);
    auto evp = outbound_for(profile, CipherBackend::evp);
    auto best = outbound_for(profile, backends.back());
    for (int i = 0; i < 2'000; ++i) {
      const Packet plain = rtp_packet(random.between(1, 20), static_cast<uint16_t>(i + 1),
                                      random.between(0, 1'400), random.between(0, 15));
      REQUIRE(protect(evp, plain) == protect(best, plain));
      const Packet rtcp = rtcp_packet(random.between(1, 20), random.between(0, 200));
      REQUIRE(protect_rtcp(evp, rtcp) == protect_rtcp(best, rtcp));
    }
  }
}

TEST_CASE("a replayed packet is refused, in order, late and after a wrap") {
  for (const SrtpProfile profile : kSrtpProfilesByPreference) {
    auto outbound = outbound_for(profile);
    auto inbound = inbound_for(profile);
    std::vector<Packet> sealed;
    for (uint32_t i = 0; i < 1'200; ++i) {
      sealed.push_back(protect(outbound, rtp_packet(3, static_cast<uint16_t>(64'900 + i), 20)));
    }
    const size_t late = 500;
    for (size_t i = 0; i < sealed.size(); ++i) {
      if (i != late) REQUIRE(unprotect(inbound, sealed[i]));
    }
    for (size_t i = 0; i < sealed.size(); ++i) {
      if (i != late) CHECK(!unprotect(inbound, sealed[i]));
    }
    CHECK(inbound.counters().replayed == sealed.size() - 1);
    CHECK(unprotect(inbound, sealed[late]));
    CHECK(!unprotect(inbound, sealed[late]));
    CHECK(inbound.counters().rtp_packets == sealed.size());
  }
}

TEST_CASE("a packet older than the window of 1,024 is refused though it is new") {
  auto outbound = outbound_for(SrtpProfile::aead_aes_128_gcm);
  auto inbound = inbound_for(SrtpProfile::aead_aes_128_gcm);
  const Packet oldest = protect(outbound, rtp_packet(3, 1'000, 20));
  const Packet old = protect(outbound, rtp_packet(3, 1'001, 20));
  REQUIRE(unprotect(inbound, protect(outbound, rtp_packet(3, 2'024, 20))));
  CHECK(!unprotect(inbound, oldest));
  CHECK(unprotect(inbound, old));
  CHECK(inbound.counters().replayed == 1);
}

TEST_CASE("a replayed RTCP packet is refused, and a late one is not") {
  for (const SrtpProfile profile : kSrtpProfilesByPreference) {
    auto outbound = outbound_for(profile);
    auto inbound = inbound_for(profile);
    const Packet first = protect_rtcp(outbound, rtcp_packet(3));
    const Packet second = protect_rtcp(outbound, rtcp_packet(3));
    CHECK(unprotect_rtcp(inbound, second));
    CHECK(unprotect_rtcp(inbound, first));
    CHECK(!unprotect_rtcp(inbound, first));
    CHECK(!unprotect_rtcp(inbound, second));
    CHECK(inbound.counters().replayed == 2);
    CHECK(inbound.counters().rtcp_packets == 2);
  }
}

TEST_CASE("a packet with any bit changed is refused and leaves no trace") {
  for (const SrtpProfile profile : kSrtpProfilesByPreference) {
    auto outbound = outbound_for(profile);
    auto inbound = inbound_for(profile);
    const Packet rtp = protect(outbound, rtp_packet(3, 100, 30, 1, 2));
    for (size_t bit = 0; bit < rtp.size() * 8; ++bit) {
      Packet bad = rtp;
      bad[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      CHECK(!unprotect(inbound, bad));
    }
    const Packet rtcp = protect_rtcp(outbound, rtcp_packet(3));
    for (size_t bit = 0; bit < rtcp.size() * 8; ++bit) {
      Packet bad = rtcp;
      bad[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      CHECK(!unprotect_rtcp(inbound, bad));
    }
    CHECK(inbound.streams() == 0);
    CHECK(inbound.counters().replayed == 0);
    CHECK(unprotect(inbound, rtp));
    CHECK(unprotect_rtcp(inbound, rtcp));
  }
}

TEST_CASE("a packet cut anywhere is refused") {
  for (const SrtpProfile profile : kSrtpProfilesByPreference) {
    auto outbound = outbound_for(profile);
    auto inbound = inbound_for(profile);
    const Packet rtp = protect(outbound, rtp_packet(3, 100, 30, 2, 3));
    for (size_t size = 0; size < rtp.size(); ++size) {
      CHECK(!unprotect(inbound, Packet(rtp.begin(), rtp.begin() + static_cast<ptrdiff_t>(size))));
    }
    const Packet rtcp = protect_rtcp(outbound, rtcp_packet(3));
    for (size_t size = 0; size < rtcp.size(); ++size) {
      CHECK(!unprotect_rtcp(inbound,
                            Packet(rtcp.begin(), rtcp.begin() + static_cast<ptrdiff_t>(size))));
    }
    CHECK(inbound.streams() == 0);
  }
}

TEST_CASE("another key opens nothing") {
  for (const SrtpProfile profile : kSrtpProfilesByPreference) {
    auto outbound = outbound_for(profile);
    auto other = SrtpInbound::make(profile, master_for(profile, 2));
    REQUIRE(other);
    CHECK(!unprotect(*other, protect(outbound, rtp_packet(3, 100, 30))));
    CHECK(!unprotect_rtcp(*other, protect_rtcp(outbound, rtcp_packet(3))));
    CHECK(other->counters().auth_failed == 2);
  }
}

TEST_CASE("the number of SSRCs is bounded: the one that was silent longest makes room") {
  auto outbound = outbound_for(SrtpProfile::aead_aes_128_gcm);
  auto inbound = inbound_for(SrtpProfile::aead_aes_128_gcm, CipherBackend::automatic, 4);
  for (uint32_t ssrc = 100; ssrc < 200; ++ssrc) {
    Packet forged = rtp_packet(ssrc, 1, 60);
    CHECK(!unprotect(inbound, forged));
  }
  CHECK(inbound.streams() == 0);
  for (uint32_t ssrc = 1; ssrc <= 4; ++ssrc) {
    CHECK(unprotect(inbound, protect(outbound, rtp_packet(ssrc, 1, 60))));
  }
  // A peer that changes its SSRC for every track it shares would end deaf otherwise.
  const Packet first = protect(outbound, rtp_packet(1, 2, 60));
  CHECK(unprotect(inbound, first));
  CHECK(unprotect(inbound, protect(outbound, rtp_packet(5, 1, 60))));  // In the place of 2.
  CHECK(inbound.streams() == 4);
  CHECK(inbound.counters().streams_replaced == 1);
  for (const uint32_t ssrc : {1, 3, 4, 5}) {
    CHECK(unprotect(inbound, protect(outbound, rtp_packet(ssrc, 3, 60))));
  }
  CHECK(inbound.counters().streams_replaced == 1);
  CHECK(!unprotect(inbound, first));
  CHECK(!unprotect(inbound, rtp_packet(6, 1, 60)));  // A forged one takes no place.
  CHECK(inbound.counters().streams_replaced == 1);
}

TEST_CASE("thousands of SSRCs come and go, RTP and RTCP, each in the place of the oldest") {
  auto outbound = outbound_for(SrtpProfile::aead_aes_128_gcm);
  auto inbound = inbound_for(SrtpProfile::aead_aes_128_gcm, CipherBackend::automatic, 50);
  for (uint32_t ssrc = 1; ssrc <= 2000; ++ssrc) {
    const Packet plain = rtp_packet(ssrc * 77'777, 1, 20);
    const Packet report = rtcp_packet(ssrc * 77'777);
    REQUIRE(unprotect(inbound, protect(outbound, plain)) == plain);
    REQUIRE(unprotect_rtcp(inbound, protect_rtcp(outbound, report)) == report);
    if (ssrc < 50) continue;
    const Packet older = rtp_packet((ssrc - 49) * 77'777, 2, 20);
    REQUIRE(unprotect(inbound, protect(outbound, older)) == older);
  }
  CHECK(inbound.streams() == 100);
}

TEST_CASE("an SSRC that was sent is never forgotten, and so their number has a limit") {
  auto outbound = outbound_for(SrtpProfile::aead_aes_128_gcm);
  CHECK_FALSE(outbound.has_sent(1));
  constexpr uint32_t kMost = SrtpOutbound::kMaxStreams;
  for (uint32_t ssrc = 1; ssrc <= kMost; ++ssrc) {
    CHECK_FALSE(outbound.is_full());
    REQUIRE_FALSE(protect(outbound, rtp_packet(ssrc, 1, 0, 0)).empty());
  }
  CHECK(outbound.is_full());
  for (const uint32_t ssrc : {1u, 9u, kMost / 2, kMost}) CHECK(outbound.has_sent(ssrc));
  CHECK_FALSE(outbound.has_sent(kMost + 1));
  CHECK(protect(outbound, rtp_packet(kMost + 1, 1, 0, 0)).empty());
  CHECK(outbound.counters().too_many_streams == 1);
  CHECK_FALSE(protect(outbound, rtp_packet(1, 2, 0, 0)).empty());  // Those it knows go on.
}

TEST_CASE("a slot without room for the tag is refused, and so is no header") {
  for (const SrtpProfile profile : kSrtpProfilesByPreference) {
    auto outbound = outbound_for(profile);
    Packet slot = rtp_packet(3, 1, 100);
    const size_t plain = slot.size();
    slot.resize(plain + rtp_overhead(profile) - 1);
    CHECK(outbound.protect_rtp(slot, 12, Bytes(slot).subspan(12, 100)) == 0);
    CHECK(outbound.protect_rtp(slot, 11, Bytes(slot).subspan(11, 10)) == 0);
    Packet rtcp = rtcp_packet(3);
    const size_t rtcp_plain = rtcp.size();
    rtcp.resize(rtcp_plain + rtcp_overhead(profile) - 1);
    CHECK(outbound.protect_rtcp(rtcp, rtcp_plain) == 0);
    CHECK(outbound.protect_rtcp(rtcp, 7) == 0);
    CHECK(outbound.counters().no_room == 4);
  }
}

TEST_CASE("a packet from before the first one of its stream is not sent") {
  auto outbound = outbound_for(SrtpProfile::aead_aes_128_gcm);
  CHECK(!protect(outbound, rtp_packet(3, 5, 10)).empty());
  CHECK(protect(outbound, rtp_packet(3, 65'535, 10)).empty());
  CHECK(!protect(outbound, rtp_packet(3, 6, 10)).empty());
  CHECK(outbound.counters().before_start == 1);
}

TEST_CASE("a key of the wrong length is an error that says so") {
  const Packet short_key(29);
  const auto made = SrtpOutbound::make(SrtpProfile::aes_cm_128_hmac_sha1_80, short_key);
  REQUIRE(!made);
  CHECK(made.error().kind == ErrorKind::invalid);
  CHECK(made.error().text ==
        "SRTP key for AES_CM_128_HMAC_SHA1_80 must be 30 bytes of key and salt, not 29");
  CHECK(!SrtpInbound::make(SrtpProfile::aead_aes_256_gcm, short_key));
}

TEST_CASE("suite names go to profiles and back") {
  for (const SrtpProfile profile : kSrtpProfilesByPreference) {
    CHECK(suite_from_name(suite_name(profile)) == profile);
  }
  CHECK(!suite_from_name("AES_CM_128_NULL_AUTH"));
}

TEST_CASE("the replay window agrees with a set, over jumps of all sizes") {
  SeededRandom random(5);
  ReplayWindow<128> window(1'000);
  std::vector<uint64_t> seen = {1'000};
  for (int i = 0; i < 50'000; ++i) {
    const uint64_t highest = window.highest();
    const uint64_t index = random.between(0, 9) == 0 ? highest + random.between(1, 300)
                                                     : highest + 5 - random.between(0, 150);
    const bool known = std::find(seen.begin(), seen.end(), index) != seen.end();
    const bool old = index + 128 <= highest;
    REQUIRE(window.fresh(index) == (!known && !old));
    if (!window.fresh(index)) continue;
    window.mark(index);
    seen.push_back(index);
    if (seen.size() > 600) seen.erase(seen.begin());
    REQUIRE(!window.fresh(index));
  }
}

}  // namespace sluice::srtp
