// Receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb-03, 2.2).
#pragma once

#include <optional>
#include <span>

#include "rtcp/compound_writer.h"
#include "rtcp/packet_view.h"
#include "rtcp/ssrc_list.h"

namespace sluice::rtcp {

struct Remb {
  uint32_t sender_ssrc = 0;
  uint64_t bitrate = 0;  // Bits a second.
  SsrcList ssrcs;

  // Other application layer messages share the format (RFC 4585, 6.4).
  static bool has_identifier(const PacketView& packet);
  static std::optional<Remb> parse(const PacketView& packet);
  // 18 bits of mantissa: the bitrate is rounded down. At most 255 SSRCs.
  static bool write(CompoundWriter& out, uint32_t sender_ssrc, uint64_t bitrate,
                    std::span<const uint32_t> ssrcs);
};

}  // namespace sluice::rtcp
