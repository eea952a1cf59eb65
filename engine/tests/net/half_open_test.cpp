#include "net/half_open.h"

#include <doctest/doctest.h>

using namespace sluice;
using namespace sluice::net;

namespace {
constexpr Instant kStart{500s};
}

TEST_CASE("half open: a connection that proves nothing expires, one that does stays") {
  HalfOpenTable table(10, 5s);
  CHECK(table.next_timeout() == kNever);
  table.add(kStart, 1);
  table.add(kStart + 1s, 2);
  table.add(kStart + 2s, 3);
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
  for (uint32_t handle = 1; handle <= 3; ++handle) CHECK_FALSE(table.add(kStart, handle));
  CHECK(table.add(kStart, 4) == 1);
  CHECK(table.add(kStart, 5) == 2);
  CHECK(table.size() == 3);
  CHECK(table.evicted() == 2);
  table.remove(99);
  CHECK(table.size() == 3);
}
