// The rollover counter of a receiver that missed a wrap, or came late (RFC 3711, 3.3.1).
#include "tests/srtp/libsrtp.h"
#include "tests/srtp/packets.h"

namespace sluice::srtp {
namespace {

constexpr uint32_t kSsrc = 5;

// libsrtp as a sender, most of whose packets get lost.
struct Sender {
  explicit Sender(SrtpProfile profile)
      : srtp(profile, master_for(profile), LibSrtp::Way::outbound) {}

  Packet plain() const { return rtp_packet(kSsrc, static_cast<uint16_t>(index), 50); }
  // Sends up to this index; the last packet arrives.
  Packet send(uint64_t to) {
    while (to - index > 30'000) skip_to(index + 30'000);
    skip_to(to);
    return last;
  }
  void skip_to(uint64_t to) {
    index = to;
    last = *srtp.protect_rtp(plain());
  }

  LibSrtp srtp;
  uint64_t index = 0;
  Packet last;
};

// How many packets in a row it takes until one is opened; 0: it never was.
int packets_until_opened(Sender& sender, SrtpInbound& inbound, uint64_t index) {
  for (int tries = 1; tries <= 40; ++tries, ++index) {
    const Packet packet = sender.send(index);
    if (unprotect(inbound, packet) == sender.plain()) return tries;
  }
  return 0;
}

}  // namespace

TEST_CASE("rollover: a stream whose first packets were lost around a wrap is opened") {
  for_each_profile_and_backend([](SrtpProfile profile, CipherBackend backend) {
    for (const uint16_t first : {65'530, 65'535, 40'000, 1}) {
      for (const uint32_t heard : {65'536u, 65'537u, 70'000u, 131'071u}) {
        Sender sender(profile);
        auto inbound = inbound_for(profile, backend);
        sender.skip_to(first);
        CHECK(packets_until_opened(sender, inbound, heard) == 1);
        CHECK(packets_until_opened(sender, inbound, heard + 1) == 1);
        CHECK(inbound.counters().rollover_found == 1);
      }
    }
  });
}

TEST_CASE("rollover: a sender that began long before us is found within a search of packets") {
  for_each_profile_and_backend([](SrtpProfile profile, CipherBackend backend) {
    for (const uint64_t rollovers : {2, 5, 16}) {
      CAPTURE(rollovers);
      Sender sender(profile);
      auto inbound = inbound_for(profile, backend);
      sender.skip_to(1'000);
      const int tries = packets_until_opened(sender, inbound, (rollovers << 16) + 3);
      CHECK(tries >= 1);
      CHECK(tries <= 16);
      CHECK(packets_until_opened(sender, inbound, sender.index + 1) == 1);
    }
  });
}

TEST_CASE("rollover: a stream is found again after any number of packets lost in a row") {
  for_each_profile_and_backend([](SrtpProfile profile, CipherBackend backend) {
    for (const uint64_t start : {500, 40'000, 65'535, 200'000}) {
      for (const uint64_t lost : {1'000, 32'766, 32'767, 32'768, 32'769, 40'000, 65'000, 65'535,
                                  65'536, 65'537, 100'000, 300'000, 900'000}) {
        CAPTURE(start);
        CAPTURE(lost);
        Sender sender(profile);
        auto inbound = inbound_for(profile, backend);
        CHECK(packets_until_opened(sender, inbound, start) != 0);
        const int tries = packets_until_opened(sender, inbound, start + lost + 1);
        CHECK(tries >= 1);
        CHECK(tries <= 16);
        CHECK(packets_until_opened(sender, inbound, sender.index + 1) == 1);
      }
    }
  });
}

TEST_CASE("rollover: after a search an old packet is still a replay") {
  for_each_profile_and_backend([](SrtpProfile profile, CipherBackend backend) {
    Sender sender(profile);
    auto inbound = inbound_for(profile, backend);
    std::vector<Packet> opened;
    for (const uint64_t index : {60'000, 60'001, 100'000, 180'000, 180'001}) {
      opened.push_back(sender.send(index));
      CHECK(unprotect(inbound, opened.back()) == sender.plain());
    }
    for (const Packet& packet : opened) CHECK_FALSE(unprotect(inbound, packet));
    CHECK(packets_until_opened(sender, inbound, 180'002) == 1);
  });
}

TEST_CASE("rollover: forged packets get few searches, and do not end the finding of a stream") {
  const SrtpProfile profile = SrtpProfile::aead_aes_128_gcm;
  SeededRandom random(1);
  Sender sender(profile);
  auto inbound = inbound_for(profile);
  CHECK(unprotect(inbound, sender.send(1'000)));
  constexpr uint64_t kForged = 100'000;
  for (uint64_t i = 0; i < kForged; ++i) {
    Packet forged = rtp_packet(i % 2 ? kSsrc : random.next() & 0xFFFF,
                               static_cast<uint16_t>(random.next()), 60);
    REQUIRE_FALSE(unprotect(inbound, forged));
  }
  CHECK(inbound.counters().rollover_searches <= kForged / 8 + 33);
  CHECK(inbound.streams() == 1);
  // The sender was away for 40,000 packets meanwhile: one of its next packets brings a search.
  int tries = 0;
  uint64_t index = 41'001;
  while (++tries <= 64 && !unprotect(inbound, sender.send(index++))) continue;
  CHECK(tries <= 16);
}

}  // namespace sluice::srtp
