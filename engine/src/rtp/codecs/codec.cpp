#include "rtp/codecs/codec.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::rtp {
namespace {

constexpr std::array<std::pair<std::string_view, Codec>, 7> kSubtypes = {{
    {"opus", Codec::opus},
    {"multiopus", Codec::opus},
    {"vp8", Codec::vp8},
    {"vp9", Codec::vp9},
    {"h264", Codec::h264},
    {"h265", Codec::h265},
    {"av1", Codec::av1},
}};

constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

Codec codec_from_mime(std::string_view mime) {
  const size_t slash = mime.find('/');
  if (slash != std::string_view::npos) mime.remove_prefix(slash + 1);
  for (const auto& [subtype, codec] : kSubtypes) {
    const bool same = std::equal(mime.begin(), mime.end(), subtype.begin(), subtype.end(),
                                 [](char a, char b) { return to_lower(a) == b; });
    if (same) return codec;
  }
  return Codec::other;
}

}  // namespace sluice::rtp
