// Walks the packets of a compound (RFC 3550, 6.1) and stops at the first length that lies. A single
// packet of any type is taken too: reduced-size RTCP (RFC 5506).
#pragma once

#include <optional>

#include "base/bytes.h"
#include "rtcp/packet_view.h"

namespace sluice::rtcp {

class CompoundReader {
 public:
  explicit CompoundReader(Bytes compound) : rest_(compound) {}

  // nullopt at the end, and when what is left is not RTCP: then malformed() is true.
  std::optional<PacketView> next();
  bool malformed() const { return malformed_; }

 private:
  std::optional<PacketView> refuse();

  Bytes rest_;
  bool malformed_ = false;
};

}  // namespace sluice::rtcp
