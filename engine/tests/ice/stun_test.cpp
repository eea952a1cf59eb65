// STUN on the wire: the vectors of RFC 5769, messages of our own, and messages that lie.
#include "ice/stun.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ice/stun_digests.h"

using namespace sluice;
using namespace sluice::ice;

namespace {

using Wire = std::vector<uint8_t>;

const std::string_view kPassword = "VOkJxbRl1RmTxUk/WvJxBt";

// RFC 5769, 2.1.
const Wire kRequest = {
    0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
    0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73,
    0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff,
    0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09,
    0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14,
    0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49,
    0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf};

// RFC 5769, 2.2.
const Wire kIpv4Response = {
    0x01, 0x01, 0x00, 0x3c, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
    0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63,
    0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43,
    0x00, 0x08, 0x00, 0x14, 0x2b, 0x91, 0xf5, 0x99, 0xfd, 0x9e, 0x90, 0xc3, 0x8c, 0x74, 0x89, 0xf9,
    0x2a, 0xf9, 0xba, 0x53, 0xf0, 0x6b, 0xe7, 0xd7, 0x80, 0x28, 0x00, 0x04, 0xc0, 0x7d, 0x4c, 0x96};

// RFC 5769, 2.3.
const Wire kIpv6Response = {
    0x01, 0x01, 0x00, 0x48, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
    0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63,
    0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa,
    0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9, 0x00, 0x08, 0x00, 0x14,
    0xa3, 0x82, 0x95, 0x4e, 0x4b, 0xe6, 0x7b, 0xf1, 0x17, 0x84, 0xc9, 0x7c, 0x82, 0x92, 0xc2, 0x75,
    0xbf, 0xe3, 0xed, 0x41, 0x80, 0x28, 0x00, 0x04, 0xc8, 0xfb, 0x0b, 0x4c};

const Wire kId = {0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae};

// A message without MESSAGE-INTEGRITY and FINGERPRINT: a Binding request with these attributes.
Wire with_attributes(const Wire& attributes) {
  Wire wire = {0x00, 0x01, 0, static_cast<uint8_t>(attributes.size()), 0x21, 0x12, 0xa4, 0x42};
  wire.insert(wire.end(), kId.begin(), kId.end());
  wire.insert(wire.end(), attributes.begin(), attributes.end());
  return wire;
}

}  // namespace

TEST_CASE("stun: the request of RFC 5769 is read and verified") {
  const auto message = StunMessage::parse(kRequest);
  REQUIRE(message);
  CHECK(message->message_class() == StunClass::request);
  CHECK(message->method() == kBindingMethod);
  CHECK(std::ranges::equal(message->transaction_id(), kId));
  CHECK(message->username() == "evtj:h6vY");
  CHECK(message->local_ufrag() == "evtj");
  CHECK(message->priority() == 0x6e0001ff);
  CHECK(message->ice_controlled() == 0x932ff9b151263b36);
  CHECK_FALSE(message->ice_controlling());
  CHECK(message->has_fingerprint());
  CHECK(message->has_integrity());
  CHECK(message->unknown_attributes().empty());
  CHECK(message->verify_integrity(kPassword));
  CHECK_FALSE(message->verify_integrity("VOkJxbRl1RmTxUk/WvJxBT"));
  CHECK_FALSE(message->verify_integrity(""));
}

TEST_CASE("stun: the responses of RFC 5769 are read and verified") {
  const auto ipv4 = StunMessage::parse(kIpv4Response);
  REQUIRE(ipv4);
  CHECK(ipv4->message_class() == StunClass::success);
  REQUIRE(ipv4->xor_mapped_address());
  CHECK(to_text(*ipv4->xor_mapped_address()) == "192.0.2.1:32853");
  CHECK(*ipv4->xor_mapped_address() == *parse_ip("192.0.2.1", 32853));
  CHECK(ipv4->verify_integrity(kPassword));

  const auto ipv6 = StunMessage::parse(kIpv6Response);
  REQUIRE(ipv6);
  REQUIRE(ipv6->xor_mapped_address());
  CHECK(to_text(*ipv6->xor_mapped_address()) == "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
  CHECK(ipv6->verify_integrity(kPassword));
}

TEST_CASE("stun: HMAC-SHA1 hashes keys longer than a block") {
  // RFC 2202, 3, case 6: the message's bytes 2 and 3 stand where a length would.
  const std::string key(80, '\xaa'),
      text = "Test Using Larger Than Block-Size Key - Hash Key First";
  const auto bytes = Bytes(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  const Wire expected = {0xaa, 0x4a, 0xe5, 0xe1, 0x52, 0x72, 0xd0, 0x0e, 0x95, 0x70,
                         0x56, 0x37, 0xce, 0x8a, 0x3b, 0x55, 0xed, 0x40, 0x21, 0x12};
  CHECK(std::ranges::equal(message_integrity(bytes, load_u16(bytes, 2), key), expected));
}

TEST_CASE("stun: a binding request is written as it is read") {
  uint8_t buffer[256];
  BindingRequest request;
  request.username = "server:client";
  request.password = "secret";
  request.priority = 0x01020304;
  request.tie_breaker = 0x1122334455667788;
  request.use_candidate = true;
  request.nomination = 7;
  const size_t size = write_binding_request(buffer, kId, request);
  REQUIRE(size > 0);

  const auto message = StunMessage::parse(Bytes(buffer).first(size));
  REQUIRE(message);
  CHECK(message->message_class() == StunClass::request);
  CHECK(message->username() == "server:client");
  CHECK(message->priority() == 0x01020304);
  CHECK(message->ice_controlling() == 0x1122334455667788);
  CHECK(message->use_candidate());
  CHECK(message->nomination() == 7);
  CHECK(message->verify_integrity("secret"));
  CHECK_FALSE(message->verify_integrity("Secret"));
}

TEST_CASE("stun: an error is written as it is read") {
  uint8_t buffer[128];
  StunWriter writer(buffer, StunClass::error, kBindingMethod, kId);
  writer.add_error_code(487, "Role Conflict");
  const uint16_t unknown[] = {0x0002, 0x7FFF, 0x0003};
  writer.add_unknown_attributes(unknown);
  writer.add_fingerprint();
  REQUIRE(writer.finish() == 64);

  const auto message = StunMessage::parse(Bytes(buffer).first(writer.finish()));
  REQUIRE(message);
  CHECK(message->message_class() == StunClass::error);
  CHECK(message->error_code() == 487);
  CHECK(message->error_reason() == "Role Conflict");
}

TEST_CASE("stun: addresses survive the XOR in both families") {
  for (const char* ip : {"0.0.0.0", "255.255.255.255", "10.1.2.3", "::", "::1", "fe80::1:2"}) {
    CAPTURE(ip);
    uint8_t buffer[128];
    StunWriter writer(buffer, StunClass::success, kBindingMethod, kId);
    writer.add_xor_mapped_address(*parse_ip(ip, 65535));
    const auto message = StunMessage::parse(Bytes(buffer).first(writer.finish()));
    REQUIRE(message);
    CHECK(message->xor_mapped_address() == parse_ip(ip, 65535));
  }
}

TEST_CASE("stun: methods and classes take their odd places in the type") {
  for (const uint16_t method : {0x000, 0x001, 0x00F, 0x070, 0x080, 0xF80, 0xFFF}) {
    for (const auto message_class :
         {StunClass::request, StunClass::indication, StunClass::success, StunClass::error}) {
      uint8_t buffer[kStunHeaderBytes];
      StunWriter writer(buffer, message_class, method, kId);
      const auto message = StunMessage::parse(Bytes(buffer).first(writer.finish()));
      REQUIRE(message);
      CHECK(message->method() == method);
      CHECK(message->message_class() == message_class);
    }
  }
}

TEST_CASE("stun: a writer without room says so, at every size") {
  BindingRequest request;
  request.username = "a:b";
  request.password = "p";
  uint8_t buffer[256];
  const size_t needed = write_binding_request(buffer, kId, request);
  for (size_t room = 0; room < needed; ++room) {
    CHECK(write_binding_request(MutableBytes(buffer).first(room), kId, request) == 0);
  }
  CHECK(write_binding_request(MutableBytes(buffer).first(needed), kId, request) == needed);
}

TEST_CASE("stun: no truncation of a good message is a message") {
  for (size_t size = 0; size < kRequest.size(); ++size) {
    CHECK_FALSE(StunMessage::parse(Bytes(kRequest).first(size)));
  }
}

TEST_CASE("stun: a changed bit breaks the fingerprint or the structure") {
  for (size_t bit = 0; bit < kRequest.size() * 8; ++bit) {
    Wire wire = kRequest;
    wire[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    const auto message = StunMessage::parse(wire);
    // Only a change of FINGERPRINT's own type leaves a message, and then one without it.
    if (message) CHECK_FALSE(message->has_fingerprint());
  }
}

TEST_CASE("stun: attributes are checked by type") {
  struct Case {
    const char* name;
    Wire attributes;
    bool good;
  };
  const Case cases[] = {
      {"none", {}, true},
      {"priority", {0x00, 0x24, 0, 4, 1, 2, 3, 4}, true},
      {"priority of eight bytes", {0x00, 0x24, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8}, false},
      {"use-candidate", {0x00, 0x25, 0, 0}, true},
      {"use-candidate with a value", {0x00, 0x25, 0, 4, 0, 0, 0, 0}, false},
      {"ice-controlled too short", {0x80, 0x29, 0, 4, 0, 0, 0, 0}, false},
      {"value beyond the end", {0x00, 0x24, 0, 5, 1, 2, 3, 4}, false},
      {"half an attribute header", {0x00, 0x24, 0, 0}, false},
      {"integrity too short", {0x00, 0x08, 0, 4, 0, 0, 0, 0}, false},
      {"fingerprint that is wrong", {0x80, 0x28, 0, 4, 0, 0, 0, 0}, false},
      {"unknown, optional", {0xC0, 0x57, 0, 4, 0, 0, 0, 0}, true},
      {"unknown, required", {0x7F, 0x00, 0, 4, 0, 0, 0, 0}, true},
      {"error code of no class", {0x00, 0x09, 0, 4, 0, 0, 1, 0}, false},
      {"error code over 99", {0x00, 0x09, 0, 4, 0, 0, 4, 100}, false},
      {"address of no family", {0x00, 0x20, 0, 8, 0, 3, 0, 0, 0, 0, 0, 0}, false},
      {"IPv4 address of IPv6 size",
       {0x00, 0x20, 0, 20, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
       false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    CHECK(StunMessage::parse(with_attributes(c.attributes)).has_value() == c.good);
  }
}

TEST_CASE("stun: of equal attributes the first counts") {
  const Wire wire =  // The message is a view of it.
      with_attributes({0x00, 0x24, 0, 4, 0,   0, 0, 1, 0x00, 0x24, 0, 4, 0,   0, 0, 2,
                       0x00, 0x06, 0, 1, 'a', 0, 0, 0, 0x00, 0x06, 0, 1, 'b', 0, 0, 0});
  const auto message = StunMessage::parse(wire);
  REQUIRE(message);
  CHECK(message->priority() == 1);
  CHECK(message->username() == "a");
  CHECK(message->local_ufrag().empty());
}

TEST_CASE("stun: what follows the integrity is not believed") {
  uint8_t buffer[128];
  StunWriter writer(buffer, StunClass::request, kBindingMethod, kId);
  writer.add_message_integrity("p");
  writer.add_use_candidate();
  writer.add_priority(5);
  writer.add_fingerprint();
  const auto message = StunMessage::parse(Bytes(buffer).first(writer.finish()));
  REQUIRE(message);
  CHECK(message->verify_integrity("p"));
  CHECK(message->has_fingerprint());
  CHECK_FALSE(message->use_candidate());
  CHECK_FALSE(message->priority());
}

TEST_CASE("stun: nothing may follow the fingerprint") {
  uint8_t buffer[128];
  StunWriter writer(buffer, StunClass::request, kBindingMethod, kId);
  writer.add_fingerprint();
  writer.add_use_candidate();
  // The length was part of the CRC: make it right for the longer message.
  const uint32_t crc = fingerprint(Bytes(buffer).first(kStunHeaderBytes));
  store_u32(buffer, kStunHeaderBytes + 4, crc);
  CHECK_FALSE(StunMessage::parse(Bytes(buffer).first(writer.finish())));
}

TEST_CASE("stun: unknown required attributes are listed, eight at most") {
  Wire attributes;
  for (uint8_t i = 0; i < 12; ++i) attributes.insert(attributes.end(), {0x7F, i, 0, 0});
  const auto message = StunMessage::parse(with_attributes(attributes));
  REQUIRE(message);
  REQUIRE(message->unknown_attributes().size() == 8);
  CHECK(message->unknown_attributes()[0] == 0x7F00);
  CHECK(message->unknown_attributes()[7] == 0x7F07);
}

TEST_CASE("stun: both numbers of NOMINATION are read") {
  for (const auto& type : {Wire{0xC0, 0x01}, Wire{0x00, 0x30}}) {
    Wire attributes = type;
    attributes.insert(attributes.end(), {0, 4, 0, 0, 1, 0});
    const auto message = StunMessage::parse(with_attributes(attributes));
    REQUIRE(message);
    CHECK(message->nomination() == 256);
    CHECK(message->unknown_attributes().empty());
  }
}

TEST_CASE("stun: other protocols and other cookies are no STUN") {
  Wire wire = with_attributes({});
  CHECK(StunMessage::parse(wire));
  CHECK(looks_like_stun(wire));
  wire[4] ^= 1;
  CHECK_FALSE(StunMessage::parse(wire));
  CHECK_FALSE(looks_like_stun(Wire{0x80, 0x60}));  // RTP
  CHECK_FALSE(looks_like_stun(Wire{22, 254}));     // DTLS
  CHECK_FALSE(looks_like_stun(Wire{}));
  CHECK_FALSE(StunMessage::parse(Wire(20, 0xFF)));
}
