#include "net/clock.h"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::net;

TEST_CASE("clock: never goes back, and agrees with the wall clock's offset") {
  Instant last = now();
  for (int i = 0; i < 1000; ++i) {
    const Instant next = now();
    CHECK(next >= last);
    last = next;
  }
  CHECK(to_wall_ms(now(), wall_offset()) > 1'700'000'000'000);  // November 2023.
}

TEST_CASE("clock: NTP time counts from 1900, its fraction in 2^-32 s") {
  CHECK(to_ntp(Instant{}, Duration{}) == NtpTime{2208988800u, 0});
  CHECK(to_ntp(Instant{1500ms}, Duration{}) == NtpTime{2208988801u, 0x80000000u});
  CHECK(to_ntp(Instant{1s}, 250ms) == NtpTime{2208988801u, 0x40000000u});
  CHECK(to_ntp(Instant{999'999'999ns}, Duration{}).fraction == 4294967291u);
  CHECK(to_ntp(Instant{1s}, 250ms).compact() == 0x7E814000u);
}

TEST_CASE("wall clock: a change of the system's clock moves the application's times, no report's") {
  WallClock wall(1000s);
  const Instant start{50s};
  CHECK(wall.ms(start) == 1'050'000);
  for (const Duration change : {Duration(1h), Duration(-1h), Duration(1ms)}) {
    wall.follow(start, 1000s + change);
    CHECK(wall.ms(start) == 1'050'000 + to_ms(change));
    CHECK(wall.ntp(start) == to_ntp(start, 1000s));
    CHECK(wall.ntp(start + 500ms).fraction == 0x80000000u);
  }
  CHECK(!wall.is_due(start + 999ms));
  CHECK(wall.is_due(start + 1s));
  CHECK(first_wall_offset() == first_wall_offset());
}
