// Picture loss indication (RFC 4585, 6.3.1).
#pragma once

#include <optional>

#include "rtcp/compound_writer.h"
#include "rtcp/packet_view.h"

namespace sluice::rtcp {

struct PictureLoss {
  uint32_t sender_ssrc = 0;
  uint32_t media_ssrc = 0;

  static std::optional<PictureLoss> parse(const PacketView& packet);
  bool write(CompoundWriter& out) const;
};

}  // namespace sluice::rtcp
