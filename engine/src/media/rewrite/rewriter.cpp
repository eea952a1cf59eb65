#include "media/rewrite/rewriter.h"

#include <algorithm>

namespace sluice::media {

Bytes apply(const Patch& patch, Bytes source, MutableBytes room) {
  const size_t rest_at = size_t{patch.at} + patch.removed;
  if (rest_at > source.size() || patch.size > Patch::kBytesMax) return {};
  const size_t size = source.size() - patch.removed + patch.size;
  if (size > room.size()) return {};
  auto* end = std::copy_n(source.data(), patch.at, room.data());
  end = std::copy_n(patch.bytes.data(), patch.size, end);
  std::copy_n(source.data() + rest_at, source.size() - rest_at, end);
  return room.first(size);
}

}  // namespace sluice::media
