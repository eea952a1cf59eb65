#include "worker/path/path_table.h"

#include <doctest/doctest.h>

#include <unordered_map>

#include "base/random.h"

namespace sluice::worker {
namespace {

// The table never looks into a transport.
WebRtcTransport* transport(uintptr_t number) {
  return reinterpret_cast<WebRtcTransport*>(number);
}

Path path_of(uint32_t number) {
  Path path;
  path.socket = number & 1;
  path.remote.ip = {10, 0, 0, static_cast<uint8_t>(number >> 8)};
  path.remote.port = static_cast<uint16_t>(number);
  return path;
}

TEST_CASE("an empty table knows nobody, and forgets nobody") {
  PathTable table;
  CHECK(table.find(path_of(1)) == nullptr);
  table.erase(path_of(1));
  CHECK(table.size() == 0);
}

TEST_CASE("a path that is given to another tells who had it") {
  PathTable table;
  CHECK(table.put(path_of(1), transport(1)) == nullptr);
  CHECK(table.put(path_of(1), transport(2)) == transport(1));
  CHECK(table.find(path_of(1)) == transport(2));
  CHECK(table.size() == 1);
}

TEST_CASE("it answers as std::unordered_map does, whatever is put and erased") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    SeededRandom random(seed);
    PathTable table;
    std::unordered_map<Path, WebRtcTransport*, PathHash> model;
    // Few paths, so that they meet again; a growing table, and a shrinking one.
    for (uint32_t step = 0; step < 4000; ++step) {
      const Path path = path_of(random.between(0, 400));
      const bool puts = random.between(0, 9) < (step < 2000 ? 7u : 3u);
      if (puts) {
        const auto before = model.find(path);
        WebRtcTransport* const expected = before == model.end() ? nullptr : before->second;
        REQUIRE(table.put(path, transport(step + 1)) == expected);
        model[path] = transport(step + 1);
      } else {
        table.erase(path);
        model.erase(path);
      }
      REQUIRE(table.size() == model.size());
    }
    for (uint32_t number = 0; number <= 400; ++number) {
      const auto found = model.find(path_of(number));
      CHECK(table.find(path_of(number)) == (found == model.end() ? nullptr : found->second));
    }
  }
}

}  // namespace
}  // namespace sluice::worker
