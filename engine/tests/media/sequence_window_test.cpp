#include "media/sequence_window.h"

#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

using namespace sluice::media;
using Verdict = SequenceWindow::Verdict;

TEST_CASE("sequence window: fresh, late, duplicate and far-off numbers") {
  struct Step {
    uint16_t seq;
    Verdict verdict;
    int64_t from_first;  // Of the extended number.
  };
  const std::vector<std::vector<Step>> tables = {
      {{10, Verdict::fresh, 0}, {11, Verdict::fresh, 1}, {11, Verdict::duplicate, 1}},
      {{10, Verdict::fresh, 0},
       {12, Verdict::fresh, 2},
       {11, Verdict::fresh, 1},
       {11, Verdict::duplicate, 1},
       {10, Verdict::duplicate, 0}},
      // The wrap.
      {{65534, Verdict::fresh, 0},
       {1, Verdict::fresh, 3},
       {65535, Verdict::fresh, 1},
       {0, Verdict::fresh, 2},
       {0, Verdict::duplicate, 2}},
      // Before the very first.
      {{5, Verdict::fresh, 0}, {4, Verdict::fresh, -1}, {65535, Verdict::fresh, -6}},
      // The largest permitted jump, and the smallest refused one.
      {{0, Verdict::fresh, 0}, {2999, Verdict::fresh, 2999}},
      {{0, Verdict::fresh, 0}, {3000, Verdict::bad, 0}, {1, Verdict::fresh, 1}},
      // The latest permitted, and one later.
      {{2000, Verdict::fresh, 0}, {501, Verdict::fresh, -1499}, {500, Verdict::bad, 0}},
      // A slot of the bitmap is reused 2048 numbers on.
      {{100, Verdict::fresh, 0}, {2148, Verdict::fresh, 2048}, {2149, Verdict::fresh, 2049}},
  };
  for (size_t t = 0; t < tables.size(); ++t) {
    CAPTURE(t);
    SequenceWindow window;
    uint64_t first = 0;
    for (const auto& step : tables[t]) {
      CAPTURE(step.seq);
      uint64_t extended = 0;
      CHECK(window.take(step.seq, &extended) == step.verdict);
      if (first == 0) first = extended;
      if (step.verdict != Verdict::bad) {
        CHECK(static_cast<int64_t>(extended - first) == step.from_first);
      }
    }
  }
}

TEST_CASE("sequence window: two packets in a row far off restart it, above all before") {
  SequenceWindow window;
  uint64_t extended = 0, before = 0;
  window.take(100, &before);
  CHECK(window.take(30000, &extended) == Verdict::bad);
  CHECK(window.take(40000, &extended) == Verdict::bad);
  CHECK(window.take(40001, &extended) == Verdict::restarted);
  CHECK(extended > before + 0x10000);
  CHECK(window.expected() == 1);
  CHECK(window.reported_highest() == 40001);
  uint64_t next = 0;
  CHECK(window.take(40002, &next) == Verdict::fresh);
  CHECK(next == extended + 1);
}

TEST_CASE("sequence window: a repair restarts nothing") {
  SequenceWindow window;
  uint64_t extended = 0;
  CHECK(window.take_repair(1, &extended) == Verdict::bad);  // Nothing to repair yet.
  window.take(100, &extended);
  CHECK(window.take_repair(30000, &extended) == Verdict::bad);
  CHECK(window.take_repair(30001, &extended) == Verdict::bad);
  CHECK(window.take_repair(99, &extended) == Verdict::fresh);
  CHECK(window.take(99, &extended) == Verdict::duplicate);
}

TEST_CASE("sequence window: counts cycles as reports want them") {
  SequenceWindow window;
  uint64_t extended = 0;
  window.take(65000, &extended);
  for (uint32_t i = 1; i <= 70000; ++i) window.take(static_cast<uint16_t>(65000 + i), &extended);
  CHECK(window.reported_highest() == 65000 + 70000);
  CHECK(window.expected() == 70001);
}
