#include "net/clock.h"

#include <doctest/doctest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "net/epoll.h"

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

TEST_CASE("epoll: reports what is ready under its tag, and wakes at the deadline, not before") {
  auto epoll = Epoll::create();
  REQUIRE(epoll);
  const Fd event(eventfd(0, EFD_NONBLOCK));
  REQUIRE(epoll->add(event.get(), EPOLLIN, 0x1234567890));

  const Instant start = now();
  CHECK(epoll->wait(start, start + 3ms).empty());
  CHECK(now() >= start + 3ms);

  const uint64_t one = 1;
  REQUIRE(write(event.get(), &one, sizeof(one)) == sizeof(one));
  for (int i = 0; i < 2; ++i) {  // Level-triggered.
    const auto ready = epoll->wait(now(), kNever);
    REQUIRE(ready.size() == 1);
    CHECK(ready[0].data.u64 == 0x1234567890);
  }
  REQUIRE(epoll->modify(event.get(), 0, 1));
  CHECK(epoll->wait(now(), now()).empty());
  epoll->remove(event.get());
  CHECK_FALSE(epoll->modify(event.get(), EPOLLIN, 1));
  CHECK_FALSE(epoll->add(-1, EPOLLIN, 1));
}
