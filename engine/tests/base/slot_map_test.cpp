#include "base/slot_map.h"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

using namespace sluice;

namespace {

ObjectId add(SlotMap<std::string>& map, const char* text) {
  const ObjectId id = map.reserve();
  map.put(id, std::make_unique<std::string>(text));
  return id;
}

constexpr uint32_t kFreeMin = SlotMap<std::string>::kFreeSlotsMin;

void churn(SlotMap<std::string>& map, uint32_t times) {
  std::vector<ObjectId> ids;
  for (uint32_t i = 0; i < times; ++i) ids.push_back(add(map, "x"));
  for (const ObjectId id : ids) map.take(id);
}

}  // namespace

TEST_CASE("slot map: finds what was put, until it is taken") {
  SlotMap<std::string> map;
  const ObjectId a = add(map, "a"), b = add(map, "b");
  CHECK(a != kNoId);
  CHECK(a != b);
  CHECK(*map.find(a) == "a");
  CHECK(*map.find(b) == "b");
  CHECK(map.size() == 2);
  CHECK(*map.take(a) == "a");
  CHECK(map.find(a) == nullptr);
  CHECK(map.take(a) == nullptr);
  CHECK(map.size() == 1);
}

TEST_CASE("slot map: a stale id does not find the slot's next object") {
  SlotMap<std::string> map;
  const ObjectId first = add(map, "first");
  map.take(first);
  churn(map, kFreeMin - 1);
  const ObjectId second = add(map, "second");
  constexpr ObjectId kSlot = SlotMap<std::string>::kMaxObjects - 1;
  CHECK((first & kSlot) == (second & kSlot));
  CHECK(first != second);
  CHECK(map.find(first) == nullptr);
  CHECK(*map.find(second) == "second");
}

TEST_CASE("slot map: ids that were never given find nothing") {
  SlotMap<std::string> map;
  CHECK(map.find(kNoId) == nullptr);
  CHECK(map.find(0xFFFFFFFF) == nullptr);
  add(map, "a");
  CHECK(map.find(kNoId) == nullptr);
  CHECK(map.find(1) == nullptr);
}

TEST_CASE("slot map: a reserved id finds nothing until it is put, a cancelled one never") {
  SlotMap<std::string> map;
  const ObjectId id = map.reserve();
  CHECK(map.find(id) == nullptr);
  CHECK(map.size() == 0);
  map.cancel(id);
  const ObjectId next = add(map, "next");
  CHECK(next != id);
  CHECK(map.find(id) == nullptr);
}

TEST_CASE("slot map: an id comes back after four million uses at the earliest, and is never 0") {
  SlotMap<std::string> map;
  const ObjectId first = add(map, "x");
  map.take(first);
  uint64_t others = 0;
  for (;; ++others) {
    const ObjectId id = map.reserve();
    REQUIRE(id != kNoId);
    map.cancel(id);
    if (id == first) break;
  }
  CHECK(others > 4095u * (kFreeMin - 1));
}

TEST_CASE("slot map: a full table gives out its last free slots") {
  SlotMap<char> map;
  ObjectId last = kNoId;
  while (const ObjectId id = map.reserve()) last = id;
  CHECK(map.reserve() == kNoId);
  map.cancel(last);
  const ObjectId again = map.reserve();
  CHECK(again != kNoId);
  CHECK(again != last);
  CHECK(map.reserve() == kNoId);
}

TEST_CASE("slot map: for_each visits what is there, with its id") {
  SlotMap<std::string> map;
  const ObjectId a = add(map, "a");
  map.take(add(map, "gone"));
  const ObjectId c = add(map, "c");
  std::set<ObjectId> visited;
  map.for_each([&](ObjectId id, const std::string&) { visited.insert(id); });
  CHECK(visited == std::set<ObjectId>{a, c});
}

TEST_CASE("slot map: drop destroys what it is asked for and leaves the rest") {
  SlotMap<std::string> map;
  const ObjectId a = add(map, "a");
  const ObjectId b = add(map, "b");
  map.drop([](const std::string& text) { return text == "a"; });
  CHECK(map.find(a) == nullptr);
  CHECK(*map.find(b) == "b");
  CHECK(map.size() == 1);
}
