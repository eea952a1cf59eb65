// The codecs whose payloads the engine can read. Everything else is forwarded as it is.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::rtp {

enum class Codec : uint8_t { other, opus, vp8, vp9, h264, h265, av1 };

// From the subtype of a MIME type or a whole one, in any case: "VP8", "video/vp8".
Codec codec_from_mime(std::string_view mime);

}  // namespace sluice::rtp
