// One RTCP packet of a compound (RFC 3550, 6.1), and the numbers that name packets.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace sluice::rtcp {

// RFC 3550, 12.1; RFC 4585, 6.1; RFC 3611, 2.
enum PacketType : uint8_t {
  kTypeSenderReport = 200,
  kTypeReceiverReport = 201,
  kTypeSourceDescription = 202,
  kTypeBye = 203,
  kTypeApp = 204,
  kTypeTransportFeedback = 205,  // RTPFB.
  kTypePayloadFeedback = 206,    // PSFB.
  kTypeExtendedReport = 207,
};

// FMT of RTPFB (RFC 4585, 6.2; draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1).
constexpr uint8_t kFormatNack = 1;
constexpr uint8_t kFormatTransportCc = 15;
// FMT of PSFB (RFC 4585, 6.3; RFC 5104, 4.3; draft-alvestrand-rmcat-remb-03, 2.2).
constexpr uint8_t kFormatPli = 1;
constexpr uint8_t kFormatSli = 2;
constexpr uint8_t kFormatRpsi = 3;
constexpr uint8_t kFormatFir = 4;
constexpr uint8_t kFormatApplicationLayer = 15;

constexpr size_t kHeaderBytes = 4;
constexpr uint8_t kCountMax = 31;  // The five bits of RC, SC and FMT.

struct PacketView {
  uint8_t type = 0;
  uint8_t count = 0;  // RC, SC or FMT.
  Bytes body;         // After the four bytes of header, without padding.
  Bytes packet;       // All of it.
};

}  // namespace sluice::rtcp
