#include "rtcp/source_description.h"

namespace sluice::rtcp {
namespace {

// RFC 3550, 6.5.
constexpr uint8_t kItemEnd = 0;
constexpr uint8_t kItemCname = 1;
constexpr size_t kCnameBytesMax = 255;

constexpr size_t round_up_to_word(size_t bytes) {
  return (bytes + 3) / 4 * 4;
}

}  // namespace

size_t SourceDescription::read_chunk(Bytes bytes, Chunk& chunk) {
  if (bytes.size() < 4) return 0;
  chunk.ssrc = load_u32(bytes, 0);
  size_t at = 4;
  while (at < bytes.size()) {
    const uint8_t item = bytes[at];
    ++at;
    if (item == kItemEnd) {
      // Zeros fill the rest of the word, which is part of the chunk.
      const size_t size = round_up_to_word(at);
      return size <= bytes.size() ? size : 0;
    }
    if (at == bytes.size()) return 0;
    const size_t text_bytes = bytes[at];
    ++at;
    if (text_bytes > bytes.size() - at) return 0;
    if (item == kItemCname && chunk.cname.empty()) {
      chunk.cname = {reinterpret_cast<const char*>(bytes.data()) + at, text_bytes};
    }
    at += text_bytes;
  }
  return 0;  // The items have no end.
}

std::optional<SourceDescription> SourceDescription::parse(const PacketView& packet) {
  Bytes rest = packet.body;
  for (uint8_t i = 0; i < packet.count; ++i) {
    Chunk chunk;
    const size_t size = read_chunk(rest, chunk);
    if (size == 0) return std::nullopt;
    rest = rest.subspan(size);
  }
  SourceDescription description;
  description.chunks_ = packet.body;
  description.count_ = packet.count;
  return description;
}

bool SourceDescription::write(CompoundWriter& out, uint32_t ssrc, std::string_view cname) {
  if (cname.empty() || cname.size() > kCnameBytesMax) return false;
  const size_t item_end = 4 + 2 + cname.size();
  const auto body = out.add(kTypeSourceDescription, 1, round_up_to_word(item_end + 1));
  if (!body) return false;
  store_u32(*body, 0, ssrc);
  (*body)[4] = kItemCname;
  (*body)[5] = static_cast<uint8_t>(cname.size());
  std::copy(cname.begin(), cname.end(), body->begin() + 6);
  std::fill(body->begin() + static_cast<std::ptrdiff_t>(item_end), body->end(), kItemEnd);
  return true;
}

}  // namespace sluice::rtcp
