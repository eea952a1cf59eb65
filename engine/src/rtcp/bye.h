// Goodbye (RFC 3550, 6.6).
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "rtcp/compound_writer.h"
#include "rtcp/packet_view.h"
#include "rtcp/ssrc_list.h"

namespace sluice::rtcp {

struct Bye {
  SsrcList ssrcs;
  std::string_view reason;  // Into the packet.

  static std::optional<Bye> parse(const PacketView& packet);
  static bool write(CompoundWriter& out, std::span<const uint32_t> ssrcs,
                    std::string_view reason = {});
};

}  // namespace sluice::rtcp
