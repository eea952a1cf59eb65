// Generic NACK (RFC 4585, 6.2.1): PID names a lost packet, BLP those among the 16 after it.
#pragma once

#include <optional>
#include <span>

#include "rtcp/compound_writer.h"
#include "rtcp/packet_view.h"

namespace sluice::rtcp {

struct Nack {
  uint32_t sender_ssrc = 0;
  uint32_t media_ssrc = 0;

  static std::optional<Nack> parse(const PacketView& packet);

  // The lost sequence numbers, in the packet's order.
  template <typename F>
  void for_each(F&& f) const {
    for (size_t at = 0; at + 4 <= items_.size(); at += 4) {
      const uint16_t pid = load_u16(items_, at);
      f(pid);
      for (uint16_t blp = load_u16(items_, at + 2), i = 1; blp != 0; blp >>= 1, ++i) {
        if (blp & 1) f(static_cast<uint16_t>(pid + i));
      }
    }
  }

  // `lost` is in ascending (serial) order. Returns how many were written: what did not fit stays
  // for the next compound.
  static size_t write(CompoundWriter& out, uint32_t sender_ssrc, uint32_t media_ssrc,
                      std::span<const uint16_t> lost);

 private:
  Bytes items_;
};

}  // namespace sluice::rtcp
