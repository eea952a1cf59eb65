// What the parts of the floor bench share: the clock, medians of interleaved runs, results.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "../cpu_time.h"

namespace sluice::bench {

constexpr int kDefaultRuns = 5;

// One way to do it; `run` returns ns per packet, negative when the machine cannot.
struct Variant {
  std::string name;
  size_t bytes;  // Of a packet before it is protected.
  size_t destinations;
  std::function<double()> run;
};

struct Figure {
  std::string name;
  size_t bytes;
  size_t destinations;
  double median_ns;
  double min_ns;
  double max_ns;
};

// Each round runs every variant once, so that a slow minute of the machine slows all of them.
inline std::vector<Figure> measure(const std::vector<Variant>& variants, int runs) {
  std::vector<std::vector<double>> results(variants.size());
  for (int run = 0; run < runs; ++run) {
    for (size_t i = 0; i < variants.size(); ++i) results[i].push_back(variants[i].run());
  }
  std::vector<Figure> figures;
  for (size_t i = 0; i < variants.size(); ++i) {
    std::sort(results[i].begin(), results[i].end());
    figures.push_back({variants[i].name, variants[i].bytes, variants[i].destinations,
                       results[i][results[i].size() / 2], results[i].front(), results[i].back()});
  }
  return figures;
}

struct SendOptions {
  std::vector<size_t> destinations{100, 300, 1000};
  // From frame to frame: the room bench's, so that caches and processors are as cold. Zero sends
  // one as soon as the last has arrived.
  std::chrono::nanoseconds frame_interval{1'000'000'000 / 30};
  bool gro = false;
  bool only_floor = false;  // And the naive way beside it.
};

std::vector<Variant> crypto_variants();
std::vector<Variant> send_variants(const SendOptions& options);
std::vector<Variant> conversation_variants(bool only_floor);  // The naive way too.

// The names that the summary and --json look for: of the floors, how they begin.
inline const std::string kFloor = "floor: ";
inline const std::string kFloorName = kFloor + "copy header, protect, GSO of 6";
inline const std::string kConversationFloorName =
    kFloor + "wake, receive, open, 15 x protect, send";
inline const std::string kNaiveName = "naive: libsrtp GCM-128, one sendmsg each";

}  // namespace sluice::bench
