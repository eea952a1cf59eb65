// Source description (RFC 3550, 6.5). CNAME is the one item the engine reads and writes; others
// are skipped.
#pragma once

#include <optional>
#include <string_view>

#include "rtcp/compound_writer.h"
#include "rtcp/packet_view.h"

namespace sluice::rtcp {

class SourceDescription {
 public:
  struct Chunk {
    uint32_t ssrc = 0;
    std::string_view cname;  // Into the packet; empty when the chunk has none.
  };

  // Checks every chunk and item.
  static std::optional<SourceDescription> parse(const PacketView& packet);

  template <typename F>
  void for_each(F&& f) const {
    Bytes rest = chunks_;
    for (uint8_t i = 0; i < count_; ++i) {
      Chunk chunk;
      const size_t size = read_chunk(rest, chunk);
      if (size == 0) return;
      f(static_cast<const Chunk&>(chunk));
      rest = rest.subspan(size);
    }
  }
  size_t size() const { return count_; }

  // One chunk with a CNAME of at most 255 bytes.
  static bool write(CompoundWriter& out, uint32_t ssrc, std::string_view cname);

 private:
  static size_t read_chunk(Bytes bytes, Chunk& chunk);  // Its size, 0 when malformed.

  Bytes chunks_;
  uint8_t count_ = 0;
};

}  // namespace sluice::rtcp
