#include "worker/loop/catch_up.h"

#include <doctest/doctest.h>

namespace sluice::worker {
namespace {
constexpr Instant kStart{500s};
}

TEST_CASE("catch up: timers of a worker that is on time run, whatever is left unread") {
  CatchUp catch_up;
  for (const bool all_read : {true, false}) {
    CHECK(catch_up.may_judge(kStart, kNever, all_read, false));
    CHECK(catch_up.may_judge(kStart, kStart + 1s, all_read, false));
    CHECK(catch_up.may_judge(kStart, kStart, all_read, true));
    CHECK(catch_up.may_judge(kStart + CatchUp::kLate, kStart, all_read, true));
  }
}

TEST_CASE("catch up: a worker that wakes late reads everything first") {
  CatchUp catch_up;
  const Instant late = kStart + 40s;
  CHECK_FALSE(catch_up.may_judge(late, kStart, false, false));
  // A deadline that what was read has moved changes nothing: others may be waiting still.
  CHECK_FALSE(catch_up.may_judge(late + 1ms, kNever, false, false));
  CHECK_FALSE(catch_up.may_judge(late + 2ms, kStart, false, false));
  CHECK(catch_up.may_judge(late + 3ms, kStart, true, false));
  CHECK(catch_up.may_judge(late + 4ms, late, false, false));  // It is on time again.
}

TEST_CASE("catch up: one that wakes late with nothing to read goes on at once") {
  CatchUp catch_up;
  CHECK(catch_up.may_judge(kStart + 40s, kStart, true, false));
}

TEST_CASE("catch up: other workers get time to hand over what they read") {
  CatchUp catch_up;
  const Instant late = kStart + 40s;
  CHECK_FALSE(catch_up.may_judge(late, kStart, true, true));
  CHECK_FALSE(catch_up.may_judge(late + CatchUp::kOthersNeed - 1ms, kStart, true, true));
  CHECK_FALSE(catch_up.may_judge(late + CatchUp::kOthersNeed, kStart, false, true));
  CHECK(catch_up.may_judge(late + CatchUp::kOthersNeed + 1ms, kStart, true, true));
}

TEST_CASE("catch up: a flood that never ends holds the timers once, and not for long") {
  CatchUp catch_up;
  const Instant late = kStart + 40s;
  Instant now = late;
  for (; now < late + CatchUp::kHoldMax; now += 10ms) {
    REQUIRE_FALSE(catch_up.may_judge(now, kStart, false, false));
  }
  // Late or not, it is not held again before everything was read.
  for (; now < late + 60s; now += 1s) REQUIRE(catch_up.may_judge(now, now - 1s, false, true));
  CHECK(catch_up.may_judge(now, now, true, true));
  CHECK_FALSE(catch_up.may_judge(now + 10s, now, false, false));
}

}  // namespace sluice::worker
