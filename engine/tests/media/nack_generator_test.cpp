#include "media/nack_generator.h"

#include <doctest/doctest.h>

#include "tests/media/support.h"

using namespace sluice;
using namespace sluice::media;
using support::at;

namespace {

std::vector<uint16_t> poll(NackGenerator& nacks, Instant now) {
  std::array<uint16_t, 2000> lost;
  const size_t size = nacks.poll(now, lost);
  return {lost.begin(), lost.begin() + static_cast<ptrdiff_t>(size)};
}

using Numbers = std::vector<uint16_t>;

}  // namespace

TEST_CASE("nack generator: asks for a gap after the first delay, then once a round trip") {
  NackGenerator nacks;
  nacks.handle_packet(at(0ms), 100, true);
  nacks.handle_packet(at(0ms), 103, false);
  CHECK(nacks.next_timeout() == at(10ms));
  CHECK(poll(nacks, at(9ms)).empty());
  CHECK(poll(nacks, at(10ms)) == Numbers{101, 102});
  CHECK(poll(nacks, at(60ms)).empty());
  CHECK(nacks.next_timeout() == at(110ms));  // The default round trip.
  CHECK(poll(nacks, at(110ms)) == Numbers{101, 102});
}

TEST_CASE("nack generator: uses the round trip it is told, but never less than the least wait") {
  for (const auto& [rtt, wait] : {std::pair<Duration, Duration>{250ms, 250ms}, {5ms, 40ms}}) {
    NackGenerator nacks;
    nacks.set_rtt(rtt);
    nacks.handle_packet(at(0ms), 1, false);
    nacks.handle_packet(at(0ms), 3, false);
    poll(nacks, at(10ms));
    CHECK(nacks.next_timeout() == at(10ms) + wait);
  }
}

TEST_CASE("nack generator: a packet that was only reordered is not asked for, nor repaired") {
  NackGenerator nacks;
  nacks.handle_packet(at(0ms), 10, false);
  nacks.handle_packet(at(1ms), 12, false);
  CHECK(!nacks.handle_packet(at(5ms), 11, false));
  CHECK(nacks.next_timeout() == kNever);
  CHECK(poll(nacks, at(20ms)).empty());
}

TEST_CASE("nack generator: a packet that was asked for and came is a repair, once") {
  NackGenerator nacks;
  nacks.handle_packet(at(0ms), 10, false);
  nacks.handle_packet(at(1ms), 12, false);
  CHECK(poll(nacks, at(11ms)) == Numbers{11});
  CHECK(nacks.handle_packet(at(50ms), 11, false));
  CHECK(!nacks.handle_packet(at(51ms), 11, false));
}

TEST_CASE("nack generator: gives up after ten tries") {
  NackGenerator nacks;
  nacks.handle_packet(at(0ms), 10, false);
  nacks.handle_packet(at(0ms), 12, false);
  int tries = 0;
  for (Duration t = 0ms; t < 5s; t += 10ms) tries += static_cast<int>(poll(nacks, at(t)).size());
  CHECK(tries == 10);
  CHECK(nacks.size() == 0);
  CHECK(nacks.given_up() == 1);
  CHECK(nacks.next_timeout() == kNever);
}

TEST_CASE("nack generator: wire numbers wrap, extended ones do not") {
  NackGenerator nacks;
  nacks.handle_packet(at(0ms), 65534, false);
  nacks.handle_packet(at(0ms), 65537, false);
  CHECK(poll(nacks, at(10ms)) == Numbers{65535, 0});
}

TEST_CASE("nack generator: a full list forgets what is before a key frame, else all of it") {
  SUBCASE("with a key frame") {
    NackGenerator nacks;
    nacks.handle_packet(at(0ms), 1, false);
    nacks.handle_packet(at(0ms), 602, false);  // 600 missing.
    nacks.handle_packet(at(0ms), 603, true);
    nacks.handle_packet(at(0ms), 1104, false);  // 500 more.
    CHECK(nacks.size() == 500);
    CHECK(!nacks.take_key_frame_needed());
  }
  SUBCASE("without one") {
    NackGenerator nacks;
    nacks.handle_packet(at(0ms), 1, false);
    nacks.handle_packet(at(0ms), 602, false);
    nacks.handle_packet(at(0ms), 1104, false);
    CHECK(nacks.size() == 0);
    CHECK(nacks.take_key_frame_needed());
    CHECK(!nacks.take_key_frame_needed());
  }
}

TEST_CASE("nack generator: forgets what is too old") {
  NackGenerator nacks;
  nacks.handle_packet(at(0ms), 1, false);
  nacks.handle_packet(at(0ms), 3, false);
  for (uint64_t seq = 4; seq < 10010; ++seq) nacks.handle_packet(at(0ms), seq, false);
  CHECK(nacks.size() == 1);
  nacks.handle_packet(at(0ms), 10012, false);
  CHECK(nacks.size() == 2);  // 10010 and 10011; 2 is gone.
}

TEST_CASE("nack generator: hands out as much as fits and keeps the rest due") {
  NackGenerator nacks;
  nacks.handle_packet(at(0ms), 1, false);
  nacks.handle_packet(at(0ms), 302, false);
  std::array<uint16_t, 256> lost;
  CHECK(nacks.poll(at(10ms), lost) == 256);
  CHECK(nacks.next_timeout() <= at(10ms));
  CHECK(nacks.poll(at(10ms), lost) == 44);
  CHECK(nacks.poll(at(10ms), lost) == 0);
}

TEST_CASE("nack generator: small packets with large gaps draw no more than they weigh") {
  NackGenerator nacks;
  std::array<uint16_t, 256> lost;
  size_t received = 0;
  size_t asked = 0;
  for (uint64_t i = 0; i < 3000; ++i) {
    const Instant now = at(i * 10ms);
    nacks.count_received(14);
    received += 14;
    nacks.handle_packet(now, 1000 + i * 300, false);
    if (nacks.next_timeout() > now) continue;
    while (const size_t size = nacks.poll(now, lost)) asked += 48 + size * 4;
    CHECK(nacks.next_timeout() > now);  // Nobody may be kept awake for it.
  }
  CHECK(asked > 0);
  CHECK(asked <= received + NackGenerator::kCreditMax);
}
