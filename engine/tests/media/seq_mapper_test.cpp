#include "media/seq_mapper.h"

#include <doctest/doctest.h>

#include <set>
#include <vector>

#include "base/random.h"

using namespace sluice;
using namespace sluice::media;

namespace {

uint16_t wire(std::optional<uint64_t> out) {
  return static_cast<uint16_t>(out.value());
}

}  // namespace

TEST_CASE("seq mapper: numbers go on without a hole when packets are left out") {
  SeqMapper mapper(100);
  mapper.sync(5000);
  CHECK(wire(mapper.map(5000)) == 100);
  CHECK(wire(mapper.map(5001)) == 101);
  mapper.leave_out(5002);
  mapper.leave_out(5003);
  CHECK(wire(mapper.map(5004)) == 102);
}

TEST_CASE("seq mapper: a late packet gets the number that was kept for it") {
  struct Step {
    enum What { map, drop } what;
    uint64_t in;
    int out;  // -1: refused.
  };
  const std::vector<std::vector<Step>> tables = {
      // Plain reordering.
      {{Step::map, 10, 0}, {Step::map, 12, 2}, {Step::map, 11, 1}, {Step::map, 13, 3}},
      // Left out after the hole: the late packet still fits in.
      {{Step::map, 10, 0},
       {Step::map, 12, 2},
       {Step::drop, 13, -1},
       {Step::map, 14, 3},
       {Step::map, 11, 1}},
      // Left out before the hole.
      {{Step::map, 10, 0}, {Step::drop, 11, -1}, {Step::map, 13, 2}, {Step::map, 12, 1}},
      // A dropped packet that comes again stays dropped.
      {{Step::map, 10, 0}, {Step::drop, 11, -1}, {Step::map, 12, 1}, {Step::map, 11, -1}},
      // To drop a late one is too late: its number is taken, nothing else moves.
      {{Step::map, 10, 0}, {Step::map, 12, 2}, {Step::drop, 11, -1}, {Step::map, 13, 3}},
      // Before the sync.
      {{Step::map, 9, -1}, {Step::map, 10, 0}, {Step::map, 8, -1}},
      // Late behind many drops, across word borders.
      {{Step::map, 10, 0},
       {Step::map, 200, 190},
       {Step::drop, 201, -1},
       {Step::drop, 300, -1},
       {Step::map, 301, 289},
       {Step::map, 250, 239},
       {Step::map, 11, 1},
       {Step::map, 199, 189}},
  };
  for (size_t t = 0; t < tables.size(); ++t) {
    CAPTURE(t);
    SeqMapper mapper(0);
    mapper.sync(10);
    for (const auto& step : tables[t]) {
      CAPTURE(step.in);
      if (step.what == Step::drop) {
        mapper.leave_out(step.in);
      } else if (step.out < 0) {
        CHECK(!mapper.map(step.in));
      } else {
        CHECK(wire(mapper.map(step.in)) == step.out);
      }
    }
  }
}

TEST_CASE("seq mapper: output wraps at 16 bits") {
  SeqMapper mapper(65534);
  mapper.sync(7);
  CHECK(wire(mapper.map(7)) == 65534);
  CHECK(wire(mapper.map(8)) == 65535);
  CHECK(wire(mapper.map(9)) == 0);
}

TEST_CASE("seq mapper: a sync goes on after the highest number, with a gap if wanted") {
  SeqMapper mapper(100);
  mapper.sync(10);
  mapper.map(10);
  mapper.map(15);  // 105; 101..104 are kept for late packets.
  mapper.sync(900000);
  CHECK(wire(mapper.map(900000)) == 106);
  CHECK(!mapper.map(16));  // Of the old run.
  mapper.sync(5, 1);
  CHECK(wire(mapper.map(5)) == 108);
}

TEST_CASE("seq mapper: what is later than the window is refused") {
  SeqMapper mapper(0);
  mapper.sync(100);
  mapper.map(100);
  mapper.map(100 + SeqMapper::kWindow + 5);
  CHECK(!mapper.map(105));
  CHECK(mapper.map(106).has_value());
}

TEST_CASE("seq mapper: agrees with counting, for random drops and reordering") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    SeededRandom random(seed);
    SeqMapper mapper(1000);
    constexpr uint64_t kFirst = 1000;
    mapper.sync(kFirst);
    std::set<uint64_t> dropped;
    std::vector<uint64_t> late;
    const auto expected = [&](uint64_t in) {
      const auto before = std::distance(dropped.begin(), dropped.lower_bound(in));
      return in - static_cast<uint64_t>(before);  // The first out is kFirst too.
    };
    for (uint64_t in = kFirst; in < kFirst + 5000; ++in) {
      const double what = random.unit();
      if (what < 0.3) {
        mapper.leave_out(in);
        dropped.insert(in);
      } else if (what < 0.4) {
        late.push_back(in);
      } else {
        CHECK(wire(mapper.map(in)) == static_cast<uint16_t>(expected(in)));
      }
      if (!late.empty() && random.unit() < 0.2) {
        const uint64_t then = late.front();
        late.erase(late.begin());
        if (mapper.is_synced() && in - then < SeqMapper::kWindow - 1 && then < in) {
          CHECK(wire(mapper.map(then)) == static_cast<uint16_t>(expected(then)));
        }
      }
    }
  }
}
