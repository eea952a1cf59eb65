#include "rtp/codecs/vp9.h"

namespace sluice::rtp {
namespace {

// RFC 9628, 4.2: at most three references.
constexpr uint8_t kReferencesMax = 3;

// Reads within bounds; after the first overrun everything is 0 and `failed` stands.
struct ByteReader {
  Bytes bytes;
  size_t at = 0;
  bool failed = false;

  uint8_t u8() {
    if (at >= bytes.size()) {
      failed = true;
      return 0;
    }
    return bytes[at++];
  }
  uint16_t u16() {
    const uint8_t high = u8();
    return static_cast<uint16_t>(high << 8 | u8());
  }
};

void read_picture_id(ByteReader& in, Vp9Descriptor& descriptor) {
  descriptor.picture_id_at = static_cast<uint8_t>(in.at);
  const uint8_t high = in.u8();
  descriptor.wide_picture_id = high & 0x80;
  descriptor.picture_id =
      descriptor.wide_picture_id ? static_cast<uint16_t>((high & 0x7F) << 8 | in.u8()) : high;
}

void read_layers(ByteReader& in, Vp9Descriptor& descriptor) {
  descriptor.has_layers = true;
  descriptor.layer_at = static_cast<uint8_t>(in.at);
  const uint8_t layer = in.u8();
  descriptor.temporal = layer >> 5;
  descriptor.switching_up = layer & 0x10;
  descriptor.spatial = layer >> 1 & 0x07;
  descriptor.inter_layer = layer & 0x01;
  if (!descriptor.flexible) {
    descriptor.tl0_pic_idx_at = static_cast<uint8_t>(in.at);
    descriptor.tl0_pic_idx = in.u8();
  }
}

// P_DIFF: seven bits and N, which says that another follows.
bool read_references(ByteReader& in, Vp9Descriptor& descriptor) {
  bool more = true;
  while (more && !in.failed) {
    if (descriptor.references == kReferencesMax) return false;
    more = in.u8() & 0x01;
    ++descriptor.references;
  }
  return true;
}

void read_structure(ByteReader& in, Vp9Structure& structure) {
  const uint8_t head = in.u8();
  structure.spatial_layers = static_cast<uint8_t>((head >> 5) + 1);
  structure.has_resolutions = head & 0x10;
  if (structure.has_resolutions) {
    for (uint8_t i = 0; i < structure.spatial_layers; ++i) {
      structure.resolutions[i].width = in.u16();
      structure.resolutions[i].height = in.u16();
    }
  }
  if (head & 0x08) {
    structure.pictures = in.u8();
    for (uint16_t i = 0; i < structure.pictures && !in.failed; ++i) {
      const uint8_t references = in.u8() >> 2 & 0x03;
      for (uint8_t r = 0; r < references; ++r) in.u8();
    }
  }
}

}  // namespace

std::optional<Vp9Descriptor> parse_vp9(Bytes payload, Vp9Structure* structure) {
  ByteReader in{payload};
  Vp9Descriptor descriptor;
  const uint8_t required = in.u8();
  descriptor.inter_picture = required & 0x40;
  descriptor.flexible = required & 0x10;
  descriptor.starts_frame = required & 0x08;
  descriptor.ends_frame = required & 0x04;
  descriptor.has_structure = required & 0x02;
  descriptor.not_for_upper_layers = required & 0x01;

  if (required & 0x80) read_picture_id(in, descriptor);
  if (required & 0x20) read_layers(in, descriptor);
  if (descriptor.flexible && descriptor.inter_picture && !read_references(in, descriptor)) {
    return std::nullopt;
  }
  if (descriptor.has_structure) {
    Vp9Structure read;
    read_structure(in, read);
    if (structure && !in.failed) *structure = read;
  }
  // The descriptor is followed by a payload.
  if (in.failed || in.at >= payload.size()) return std::nullopt;
  descriptor.bytes = static_cast<uint16_t>(in.at);
  return descriptor;
}

}  // namespace sluice::rtp
