// Every packet of ours is opened by libsrtp2, and every one of libsrtp2's by ours.
#include "tests/srtp/libsrtp.h"

#include "tests/srtp/packets.h"

namespace sluice::srtp {
namespace {

using Way = LibSrtp::Way;

const size_t kPayloads[] = {0, 1, 15, 16, 17, 100, 160, 1100, 1187, 1400};

}  // namespace

TEST_CASE("libsrtp opens the RTP we protect, whatever its size and header") {
  for_each_profile_and_backend([](SrtpProfile profile, CipherBackend backend) {
    LibSrtp theirs(profile, master_for(profile), Way::inbound);
    REQUIRE(theirs.ready());
    auto ours = outbound_for(profile, backend);
    uint16_t sequence = 1000;
    for (const size_t payload : kPayloads) {
      for (const size_t csrcs : {0, 3}) {
        for (const size_t words : {0, 1, 5}) {
          const Packet plain = rtp_packet(7, ++sequence, payload, csrcs, words);
          const Packet sealed = protect(ours, plain);
          CHECK(sealed.size() == plain.size() + rtp_overhead(profile));
          CHECK(theirs.unprotect_rtp(sealed) == plain);
        }
      }
    }
  });
}

TEST_CASE("we open the RTP that libsrtp protects, whatever its size and header") {
  for_each_profile_and_backend([](SrtpProfile profile, CipherBackend backend) {
    LibSrtp theirs(profile, master_for(profile), Way::outbound);
    REQUIRE(theirs.ready());
    auto ours = inbound_for(profile, backend);
    uint16_t sequence = 1000;
    for (const size_t payload : kPayloads) {
      for (const size_t csrcs : {0, 15}) {
        for (const size_t words : {0, 1, 5}) {
          const Packet plain = rtp_packet(7, ++sequence, payload, csrcs, words);
          const auto sealed = theirs.protect_rtp(plain);
          REQUIRE(sealed);
          CHECK(unprotect(ours, *sealed) == plain);
        }
      }
    }
    CHECK(ours.counters().auth_failed == 0);
  });
}

TEST_CASE("a payload that lies elsewhere is encrypted into the slot") {
  for_each_profile_and_backend([](SrtpProfile profile, CipherBackend backend) {
    LibSrtp theirs(profile, master_for(profile), Way::inbound);
    auto ours = outbound_for(profile, backend);
    const Packet plain = rtp_packet(9, 1, 1100, 0, 2);
    const Packet payload(plain.begin() + 24, plain.end());
    const Packet before = payload;
    Packet slot(plain.begin(), plain.begin() + 24);
    slot.resize(1500, 0xEE);
    const size_t size = ours.protect_rtp(slot, 24, payload);
    REQUIRE(size == plain.size() + rtp_overhead(profile));
    CHECK(payload == before);
    CHECK(std::all_of(slot.begin() + static_cast<ptrdiff_t>(size), slot.end(),
                      [](uint8_t byte) { return byte == 0xEE; }));
    slot.resize(size);
    CHECK(theirs.unprotect_rtp(slot) == plain);
  });
}

TEST_CASE("RTCP goes both ways between libsrtp and us") {
  for_each_profile_and_backend([](SrtpProfile profile, CipherBackend backend) {
    LibSrtp opens(profile, master_for(profile), Way::inbound);
    LibSrtp seals(profile, master_for(profile), Way::outbound);
    auto outbound = outbound_for(profile, backend);
    auto inbound = inbound_for(profile, backend);
    for (const size_t words : {0, 1, 5, 20, 200}) {
      for (const uint32_t ssrc : {1u, 0x80000001u, 1u}) {
        const Packet plain = rtcp_packet(ssrc, words);
        const Packet sealed = protect_rtcp(outbound, plain);
        CHECK(sealed.size() == plain.size() + rtcp_overhead(profile));
        CHECK(opens.unprotect_rtcp(sealed) == plain);
        const auto theirs = seals.protect_rtcp(plain);
        REQUIRE(theirs);
        CHECK(unprotect_rtcp(inbound, *theirs) == plain);
      }
    }
    CHECK(inbound.counters().auth_failed == 0);
    CHECK(inbound.counters().replayed == 0);
  });
}

TEST_CASE("sequence numbers wrap around and the rollover counter goes on, in step with libsrtp") {
  for_each_profile_and_backend([](SrtpProfile profile, CipherBackend backend) {
    LibSrtp opens(profile, master_for(profile), Way::inbound);
    LibSrtp seals(profile, master_for(profile), Way::outbound);
    auto outbound = outbound_for(profile, backend);
    auto inbound = inbound_for(profile, backend);
    // Three rounds in strides shorter than half the space; each wraps.
    uint32_t sequence = 20'000;
    for (int step = 0; step < 60; ++step) {
      sequence += step % 3 == 0 ? 9'000 : 1;
      const Packet plain = rtp_packet(5, static_cast<uint16_t>(sequence), 50);
      CHECK(opens.unprotect_rtp(protect(outbound, plain)) == plain);
      const auto theirs = seals.protect_rtp(plain);
      REQUIRE(theirs);
      CHECK(unprotect(inbound, *theirs) == plain);
    }
    CHECK(sequence > 3 * 65'536u - 20'000u);
  });
}

TEST_CASE("packets that pass each other at the wrap are opened with the right rollover counter") {
  for_each_profile_and_backend([](SrtpProfile profile, CipherBackend backend) {
    LibSrtp seals(profile, master_for(profile), Way::outbound);
    LibSrtp opens(profile, master_for(profile), Way::inbound);
    auto inbound = inbound_for(profile, backend);
    auto outbound = outbound_for(profile, backend);
    std::vector<Packet> theirs, ours, plain;
    for (uint32_t sequence = 40'000; sequence < 65'500; sequence += 8'000) {
      plain.push_back(rtp_packet(5, static_cast<uint16_t>(sequence), 30));
    }
    const size_t start = plain.size();
    for (uint32_t sequence = 65'530; sequence < 65'543; ++sequence) {
      plain.push_back(rtp_packet(5, static_cast<uint16_t>(sequence), 30));
    }
    for (const Packet& packet : plain) {
      theirs.push_back(*seals.protect_rtp(packet));
      ours.push_back(protect(outbound, packet));
    }
    CHECK(theirs == ours);
    // In order up to the wrap, then in pairs the wrong way round, then backwards.
    std::vector<size_t> order;
    for (size_t i = 0; i < start; ++i) order.push_back(i);
    for (size_t i = start; i + 1 < start + 6; i += 2) order.insert(order.end(), {i + 1, i});
    for (size_t i = plain.size(); i-- > start + 6;) order.push_back(i);
    for (const size_t i : order) {
      CHECK(unprotect(inbound, theirs[i]) == plain[i]);
      CHECK(opens.unprotect_rtp(ours[i]) == plain[i]);
    }
  });
}

TEST_CASE("what is sent again, or late, has the bytes libsrtp gives it") {
  for_each_profile_and_backend([](SrtpProfile profile, CipherBackend backend) {
    LibSrtp seals(profile, master_for(profile), Way::outbound);
    auto ours = outbound_for(profile, backend);
    for (const uint16_t sequence : {5'000, 5'001, 5'001, 5'000, 5'100, 5'050, 5'001}) {
      const Packet plain = rtp_packet(5, sequence, 200);
      CHECK(protect(ours, plain) == seals.protect_rtp(plain));
    }
  });
}

TEST_CASE("hundreds of SSRCs under one key keep rollover counters of their own") {
  for_each_profile_and_backend([](SrtpProfile profile, CipherBackend backend) {
    LibSrtp opens(profile, master_for(profile), Way::inbound);
    auto outbound = outbound_for(profile, backend);
    auto inbound = inbound_for(profile, backend);
    SeededRandom random(3);
    std::vector<uint32_t> ssrcs;
    for (int i = 0; i < 300; ++i) ssrcs.push_back(static_cast<uint32_t>(random.next()));
    std::vector<uint32_t> sequences(ssrcs.size(), 30'000);
    for (int step = 0; step < 10; ++step) {
      for (size_t i = 0; i < ssrcs.size(); ++i) {
        sequences[i] += static_cast<uint32_t>(i * 50 + 1);  // Some wrap once, some twice, some not.
        const Packet plain = rtp_packet(ssrcs[i], static_cast<uint16_t>(sequences[i]), 20);
        const Packet sealed = protect(outbound, plain);
        REQUIRE(opens.unprotect_rtp(sealed) == plain);
        REQUIRE(unprotect(inbound, sealed) == plain);
      }
    }
    CHECK(outbound.streams() == ssrcs.size());
    CHECK(inbound.streams() == ssrcs.size());
  });
}

}  // namespace sluice::srtp
