// Full intra request (RFC 5104, 4.3.1).
#pragma once

#include <optional>
#include <span>

#include "rtcp/compound_writer.h"
#include "rtcp/packet_view.h"

namespace sluice::rtcp {

struct FullIntraRequest {
  struct Item {
    uint32_t ssrc = 0;     // Whose key frame is wanted.
    uint8_t sequence = 0;  // A repeated number is the same request.
  };

  uint32_t sender_ssrc = 0;

  static std::optional<FullIntraRequest> parse(const PacketView& packet);
  size_t size() const { return items_.size() / 8; }
  Item operator[](size_t i) const { return {load_u32(items_, i * 8), items_[i * 8 + 4]}; }

  static bool write(CompoundWriter& out, uint32_t sender_ssrc, std::span<const Item> items);

 private:
  Bytes items_;
};

}  // namespace sluice::rtcp
