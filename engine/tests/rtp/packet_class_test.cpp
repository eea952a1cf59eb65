#include "rtp/packet_class.h"

#include <doctest/doctest.h>

#include <vector>

namespace sluice::rtp {
namespace {

TEST_CASE("the first two bytes sort a datagram as RFC 7983 and RFC 5761 say") {
  struct Row {
    uint8_t first;
    uint8_t second;
    PacketClass expected;
  };
  const Row rows[] = {
      {0, 1, PacketClass::stun},       // Binding request.
      {3, 0, PacketClass::stun},       // The last of the range.
      {4, 0, PacketClass::other},      // Unassigned.
      {16, 0, PacketClass::other},     // ZRTP.
      {19, 0, PacketClass::other},     //
      {20, 254, PacketClass::dtls},    // ChangeCipherSpec.
      {22, 254, PacketClass::dtls},    // Handshake.
      {63, 254, PacketClass::dtls},    //
      {64, 0, PacketClass::other},     // TURN channel.
      {127, 200, PacketClass::other},  //
      {128, 96, PacketClass::rtp},     //
      {128, 191, PacketClass::rtp},    // Payload type 63 with a marker.
      {128, 192, PacketClass::rtcp},   // The first that is not RTP.
      {129, 200, PacketClass::rtcp},   // SR.
      {143, 206, PacketClass::rtcp},   // REMB.
      {128, 223, PacketClass::rtcp},   //
      {128, 224, PacketClass::rtp},    // Payload type 96 with a marker.
      {191, 0, PacketClass::rtp},      //
      {192, 200, PacketClass::other},  // QUIC.
      {255, 255, PacketClass::other},
  };
  for (const Row& row : rows) {
    CAPTURE(int{row.first});
    CAPTURE(int{row.second});
    const uint8_t datagram[] = {row.first, row.second, 0, 0};
    CHECK(classify(datagram) == row.expected);
  }
}

TEST_CASE("a datagram without two bytes is nothing") {
  CHECK(classify({}) == PacketClass::other);
  const uint8_t one[] = {0x80};
  CHECK(classify(one) == PacketClass::other);
}

}  // namespace
}  // namespace sluice::rtp
