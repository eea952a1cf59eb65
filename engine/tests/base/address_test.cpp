#include "base/address.h"

#include <doctest/doctest.h>

#include <unordered_set>

using namespace sluice;

TEST_CASE("address: texts are read and written") {
  const struct {
    const char *in, *out;
  } cases[] = {
      {"127.0.0.1", "127.0.0.1:5000"},
      {"0.0.0.0", "0.0.0.0:5000"},
      {"::1", "[::1]:5000"},
      {"2001:DB8:0:0::1", "[2001:db8::1]:5000"},
      {"::ffff:10.0.0.1", "[::ffff:10.0.0.1]:5000"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.in);
    const auto address = parse_ip(c.in, 5000);
    REQUIRE(address);
    CHECK(to_text(*address) == c.out);
  }
}

TEST_CASE("address: what is no plain IP is refused") {
  for (const char* text :
       {"", "localhost", "1.2.3", "1.2.3.4:5", "[::1]", "::1%lo", "1.2.3.256", " 1.2.3.4",
        "1.2.3.4 ", "01.2.3.4x", "1111:2222:3333:4444:5555:6666:7777:8888:9999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_ip(text));
  }
  CHECK_FALSE(parse_ip(std::string_view("1.2.3.4\0", 8)));
}

TEST_CASE("address: link-local addresses differ by their zone, and show it") {
  Address first = *parse_ip("fe80::1", 5000);
  CHECK(first.is_link_local());
  CHECK(to_text(first) == "[fe80::1]:5000");
  first.zone = 2;
  Address second = first;
  CHECK(first == second);
  second.zone = 3;
  CHECK(first != second);
  CHECK(to_text(second) == "[fe80::1%3]:5000");
  CHECK(ip_text(second) == "fe80::1");
  for (const char* text : {"febf::1", "fe80:1::1"}) CHECK(parse_ip(text)->is_link_local());
  for (const char* text : {"fec0::1", "ff02::1", "::1", "254.128.0.1"}) {
    CHECK_FALSE(parse_ip(text)->is_link_local());
  }
}

TEST_CASE("address: an IPv4 address is not the IPv6 address of the same bytes") {
  Address ipv6 = *parse_ip("1.2.3.4", 5);
  ipv6.is_ipv6 = true;
  CHECK(ipv6 != *parse_ip("1.2.3.4", 5));
  CHECK(ipv6.ip_bytes().size() == 16);
  CHECK(parse_ip("1.2.3.4")->ip_bytes().size() == 4);
}

TEST_CASE("address: paths of one peer spread over the hash") {
  std::unordered_set<size_t> buckets;
  for (uint16_t port = 0; port < 1000; ++port) {
    const Path path{1, Protocol::udp, *parse_ip("192.0.2.1", port)};
    buckets.insert(PathHash{}(path) % 4096);
  }
  CHECK(buckets.size() > 800);  // Of a random function: 885.
}
