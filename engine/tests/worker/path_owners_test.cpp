#include "worker/between/path_owners.h"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

namespace sluice::worker {
namespace {

Address peer(uint32_t n, bool is_ipv6 = false) {
  Address address;
  address.is_ipv6 = is_ipv6;
  address.ip[0] = 10;
  address.ip[2] = static_cast<uint8_t>(n >> 24);
  address.ip[3] = static_cast<uint8_t>(n >> 16);
  address.port = static_cast<uint16_t>(n);
  return address;
}

bool set(PathOwners& owners, uint8_t listen_index, const Address& remote, uint8_t owner) {
  bool stored = false;
  owners.set(listen_index, remote, owner, &stored);
  return stored;
}

TEST_CASE("path owners: an address has one owner for each listening, until that one removes it") {
  PathOwners owners(7);
  CHECK_FALSE(owners.find(0, peer(1)));
  CHECK(set(owners, 0, peer(1), 63));
  CHECK(set(owners, 1, peer(1), 0));
  CHECK(set(owners, 0, peer(1, true), 5));
  CHECK(owners.find(0, peer(1)) == 63);
  CHECK(owners.find(1, peer(1)) == 0);
  CHECK(owners.find(0, peer(1, true)) == 5);
  CHECK_FALSE(owners.find(0, peer(2)));

  bool stored = false;
  CHECK(owners.set(0, peer(1), 2, &stored) == 63);
  CHECK(stored);
  CHECK_FALSE(owners.remove(0, peer(1), 63));
  CHECK(owners.find(0, peer(1)) == 2);
  CHECK(owners.remove(0, peer(1), 2));
  CHECK_FALSE(owners.find(0, peer(1)));
  CHECK_FALSE(owners.remove(0, peer(1), 2));
}

TEST_CASE("path owners: most of it fills before anything is refused, which and harms nobody") {
  constexpr uint32_t kCapacity = PathOwners::kBuckets * PathOwners::kBucketEntries;
  PathOwners owners(42);
  std::vector<uint32_t> kept;
  uint32_t first_refused = 0;
  for (uint32_t n = 1; n <= kCapacity * 2; ++n) {
    if (set(owners, 0, peer(n), static_cast<uint8_t>(n % 64))) {
      kept.push_back(n);
    } else if (first_refused == 0) {
      first_refused = n;
    }
  }
  CHECK(first_refused > kCapacity * 7 / 10);
  CHECK(kept.size() <= kCapacity);
  size_t wrong = 0;
  for (const uint32_t n : kept) wrong += owners.find(0, peer(n)) != n % 64;
  CHECK(wrong == 0);
  for (const uint32_t n : kept) wrong += !owners.remove(0, peer(n), static_cast<uint8_t>(n % 64));
  for (const uint32_t n : kept) wrong += owners.find(0, peer(n)).has_value();
  CHECK(wrong == 0);
}

TEST_CASE("path owners: readers see an owner or none while others write") {
  PathOwners owners(1);
  constexpr uint32_t kPeers = 64;
  std::atomic<bool> ends{false};
  std::atomic<uint32_t> wrong{0};
  std::thread reader([&] {
    while (!ends) {
      for (uint32_t n = 0; n < kPeers; ++n) {
        const auto owner = owners.find(0, peer(n));
        if (owner && *owner != n % 2 && *owner != 2 + n % 2) ++wrong;
      }
    }
  });
  std::vector<std::thread> writers;
  for (uint8_t which = 0; which < 2; ++which) {
    writers.emplace_back([&, which] {
      for (uint32_t round = 0; round < 500; ++round) {
        for (uint32_t n = 0; n < kPeers; ++n) {
          const auto owner = static_cast<uint8_t>(2 * which + n % 2);
          if (round % 3 != 2)
            set(owners, 0, peer(n), owner);
          else
            owners.remove(0, peer(n), owner);
        }
      }
    });
  }
  for (auto& writer : writers) writer.join();
  ends = true;
  reader.join();
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace sluice::worker
