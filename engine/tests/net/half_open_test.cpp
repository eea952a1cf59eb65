#include "net/half_open.h"

#include <doctest/doctest.h>

#include <string>

using namespace sluice;
using namespace sluice::net;

namespace {
constexpr Instant kStart{500s};

Address host(uint8_t last) {
  return *parse_ip("192.0.2." + std::to_string(last));
}
}  // namespace

TEST_CASE("half open: a connection that proves nothing expires, one that does stays") {
  HalfOpenTable table(10, 5s);
  CHECK(table.next_timeout() == kNever);
  table.add(kStart, 1, host(1));
  table.add(kStart + 1s, 2, host(1));
  table.add(kStart + 2s, 3, host(1));
  table.remove(2);
  CHECK(table.next_timeout() == kStart + 5s);
  CHECK_FALSE(table.poll_expired(kStart + 4999ms));
  CHECK(table.poll_expired(kStart + 10s) == 1);
  CHECK(table.poll_expired(kStart + 10s) == 3);
  CHECK_FALSE(table.poll_expired(kStart + 10s));
  CHECK(table.expired() == 2);
}

TEST_CASE("half open: a full table gives up its oldest") {
  HalfOpenTable table(3);
  for (uint32_t handle = 1; handle <= 3; ++handle) CHECK_FALSE(table.add(kStart, handle, host(1)));
  CHECK(table.add(kStart, 4, host(1)) == 1);
  CHECK(table.add(kStart, 5, host(1)) == 2);
  CHECK(table.size() == 3);
  CHECK(table.evicted() == 2);
  table.remove(99);
  CHECK(table.size() == 3);
}

TEST_CASE("half open: a flood pushes out its own connections, and no newcomer's") {
  HalfOpenTable table(10);
  table.add(kStart, 1, host(1));  // The oldest of all.
  uint32_t handle = 100;
  for (int i = 0; i < 9; ++i) CHECK_FALSE(table.add(kStart, handle++, host(2)));
  for (int i = 0; i < 50; ++i) {
    const auto evicted = table.add(kStart, handle++, host(2));
    REQUIRE(evicted);
    CHECK(*evicted == handle - 10);
  }
  for (uint8_t newcomer = 10; newcomer < 14; ++newcomer) {
    CHECK(*table.add(kStart, newcomer, host(newcomer)) >= 100);
  }
  // Newcomers are not pushed out by further ones either, as long as one source holds more.
  for (int i = 0; i < 20; ++i) CHECK(*table.add(kStart, handle++, host(2)) >= 100);
  table.remove(1);
  CHECK_FALSE(table.add(kStart, 1, host(1)));
}

TEST_CASE("half open: an IPv6 network of 64 bits is one source") {
  HalfOpenTable table(3);
  table.add(kStart, 1, host(1));
  table.add(kStart, 2, *parse_ip("2001:db8:0:1::1"));
  table.add(kStart, 3, *parse_ip("2001:db8:0:1::2"));
  CHECK(table.add(kStart, 4, *parse_ip("2001:db8:0:2::1")) == 2);
  CHECK(table.add(kStart, 5, *parse_ip("2001:db8:0:3::1")) == 1);
}

TEST_CASE("half open: when nobody holds more than others, the oldest goes") {
  HalfOpenTable table(3);
  for (uint8_t each = 1; each <= 3; ++each) table.add(kStart, each, host(each));
  CHECK(table.add(kStart, 4, host(4)) == 1);
  CHECK(table.poll_expired(kStart + HalfOpenTable::kDefaultLifetime) == 2);
  CHECK(table.size() == 2);
}
