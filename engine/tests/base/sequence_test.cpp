#include "base/sequence.h"

#include <doctest/doctest.h>

using namespace sluice;

TEST_CASE("sequence: newer is up to half the circle ahead") {
  const struct {
    uint16_t a, b;
    bool newer;
  } cases[] = {
      {1, 0, true},         {0, 1, false},        {5, 5, false},         {0, 65535, true},
      {65535, 0, false},    {32767, 0, true},     {32768, 0, false},     {0, 32769, true},
      {40000, 20000, true}, {20000, 60000, true}, {60000, 20000, false},
  };
  for (const auto& c : cases) {
    CAPTURE(c.a);
    CAPTURE(c.b);
    CHECK(seq_newer(c.a, c.b) == c.newer);
  }
  CHECK(seq_diff(3, 65533) == 6);
  CHECK(seq_diff(65533, 3) == -6);
}

TEST_CASE("sequence: timestamps compare in 32 bits") {
  CHECK(ts_newer(0, 0xFFFFFFFF));
  CHECK_FALSE(ts_newer(0xFFFFFFFF, 0));
  CHECK(ts_newer(0x7FFFFFFF, 0));
  CHECK_FALSE(ts_newer(0x80000000, 0));
  CHECK(ts_diff(10, 0xFFFFFFF6) == 20);
}

TEST_CASE("sequence: the extender follows many wraps, and steps back for late packets") {
  SequenceExtender extender;
  CHECK_FALSE(extender.started());
  uint64_t last = extender.extend(65000);
  uint16_t seq = 65000;
  for (int i = 0; i < 300000; ++i) {
    const uint64_t extended = extender.extend(++seq);
    REQUIRE(extended == last + 1);
    REQUIRE(static_cast<uint16_t>(extended) == seq);
    last = extended;
  }
  CHECK(extender.highest() == last);
  CHECK(extender.extend(static_cast<uint16_t>(seq - 100)) == last - 100);
  CHECK(extender.highest() == last);
}

TEST_CASE("sequence: a packet before the first one stays below it") {
  SequenceExtender extender;
  const uint64_t first = extender.extend(2);
  CHECK(extender.extend(65535) == first - 3);
  CHECK(extender.highest() == first);
}

TEST_CASE("sequence: peeking moves nothing") {
  SequenceExtender extender;
  const uint64_t first = extender.extend(10);
  CHECK(extender.peek(20) == first + 10);
  CHECK(extender.highest() == first);
}
