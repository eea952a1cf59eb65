// What changes inside a packet when only some of its layers go out: a VP8 or VP9 payload
// descriptor, or a dependency descriptor. A rewriter says it as a patch of 16 bytes, so that a
// resend can repeat it: see SentHistory.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "media/media_types.h"
#include "media/select/selector.h"

namespace sluice::media {

// Replaces `removed` bytes from `at` on by `size` others.
struct Patch {
  enum class Target : uint8_t {
    none,
    payload,
    descriptor,  // The value of the dependency descriptor extension.
  };
  static constexpr size_t kBytesMax = 12;

  Target target = Target::none;
  uint8_t at = 0;
  uint8_t removed = 0;
  uint8_t size = 0;  // At most kBytesMax.
  std::array<uint8_t, kBytesMax> bytes{};
};
static_assert(sizeof(Patch) == 16);

// Writes `source` with the patch into `room` and returns what was written; empty when the patch
// reaches beyond `source` or the result does not fit.
Bytes apply(const Patch& patch, Bytes source, MutableBytes room);

class Rewriter {
 public:
  virtual ~Rewriter() = default;

  // Each packet that goes out, once, in the order of sending. A resend repeats the patch instead.
  virtual Patch rewrite(const ReceivedPacket& packet, const Selection& selection) = 0;
};

}  // namespace sluice::media
