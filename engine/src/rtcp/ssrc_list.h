// A list of SSRCs as it stands in a packet.
#pragma once

#include "base/bytes.h"

namespace sluice::rtcp {

class SsrcList {
 public:
  SsrcList() = default;
  explicit SsrcList(Bytes bytes) : bytes_(bytes) {}
  size_t size() const { return bytes_.size() / 4; }
  uint32_t operator[](size_t i) const { return load_u32(bytes_, i * 4); }

 private:
  Bytes bytes_;
};

}  // namespace sluice::rtcp
