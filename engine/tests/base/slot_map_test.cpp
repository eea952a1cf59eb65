#include "base/slot_map.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace sluice;

namespace {

ObjectId add(SlotMap<std::string>& map, const char* text) {
  const ObjectId id = map.reserve();
  map.put(id, std::make_unique<std::string>(text));
  return id;
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

TEST_CASE("slot map: generations wrap past zero, so that no id is ever 0") {
  SlotMap<std::string> map;
  std::set<ObjectId> seen;
  for (int i = 0; i < 4095; ++i) {
    const ObjectId id = add(map, "x");
    CHECK(id != kNoId);
    CHECK(seen.insert(id).second);
    map.take(id);
  }
  CHECK(seen.contains(add(map, "x")));  // 4,095 generations, then again.
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
