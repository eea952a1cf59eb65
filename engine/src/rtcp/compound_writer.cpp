#include "rtcp/compound_writer.h"

#include <limits>

namespace sluice::rtcp {

std::optional<MutableBytes> CompoundWriter::add(PacketType type, uint8_t count, size_t body_bytes) {
  if (count > kCountMax) return std::nullopt;
  const size_t padding = (4 - body_bytes % 4) % 4;
  const size_t size = kHeaderBytes + body_bytes + padding;
  if (size > bytes_left()) return std::nullopt;
  const size_t words = size / 4 - 1;
  if (words > std::numeric_limits<uint16_t>::max()) return std::nullopt;

  const MutableBytes packet = buffer_.subspan(size_, size);
  packet[0] = static_cast<uint8_t>(0x80 | (padding != 0 ? 0x20 : 0) | count);
  packet[1] = type;
  store_u16(packet, 2, static_cast<uint16_t>(words));
  if (padding != 0) {
    std::fill(packet.end() - static_cast<std::ptrdiff_t>(padding), packet.end(), uint8_t{0});
    packet.back() = static_cast<uint8_t>(padding);
  }
  size_ += size;
  return packet.subspan(kHeaderBytes, body_bytes);
}

}  // namespace sluice::rtcp
