// The dependency descriptor (RTP Payload Format For AV1, appendix A): which frame a packet belongs
// to, what it depends on and which decode targets need it. Any codec may carry it.
//
// The first packet of a coded video sequence attaches a structure: a table of templates. Later
// packets name a template and say what differs, so a reader keeps the structure: one reader a
// stream (SSRC).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"

namespace sluice::rtp {

// Appendix A.8.2: dt_cnt_minus_one has 5 bits; template ids have 6.
constexpr size_t kDecodeTargetsMax = 32;
constexpr size_t kTemplatesMax = 64;
constexpr size_t kChainsMax = 32;
// The syntax sets no limit to layer ids; the longest of the codecs' fields have three bits.
constexpr size_t kLayersMax = 8;
// The spec bounds fdiffs by the frame itself only; encoders use at most 7 references (AV1) and a
// spatial one. A descriptor with more is refused.
constexpr size_t kFrameDiffsMax = 8;

// A.8.2.1: how a frame stands to a decode target.
enum class DecodeTargetIndication : uint8_t {
  not_present = 0,  // '-': not part of it.
  discardable = 1,  // 'D': part of it, nobody depends on it.
  switch_here = 2,  // 'S': part of it, and one can switch to the target here.
  required = 3,     // 'R': part of it.
};

// One value for each decode target, two bits each.
class DecodeTargetIndications {
 public:
  DecodeTargetIndication operator[](size_t target) const {
    return static_cast<DecodeTargetIndication>(bits_ >> (2 * target) & 3);
  }
  void set(size_t target, DecodeTargetIndication value) {
    bits_ &= ~(uint64_t{3} << (2 * target));
    bits_ |= static_cast<uint64_t>(value) << (2 * target);
  }
  bool operator==(const DecodeTargetIndications&) const = default;

 private:
  uint64_t bits_ = 0;
};

struct DependencyTemplate {
  DecodeTargetIndications indications;
  std::array<uint8_t, kChainsMax> chain_diffs{};
  std::array<uint16_t, kFrameDiffsMax> frame_diffs{};
  uint8_t frame_diffs_size = 0;
  uint8_t spatial = 0;
  uint8_t temporal = 0;

  bool operator==(const DependencyTemplate&) const = default;
};

struct DecodeTarget {
  uint8_t spatial = 0;  // The highest layers the target needs.
  uint8_t temporal = 0;
  uint8_t chain = 0;  // The chain that protects it, when there are chains.

  bool operator==(const DecodeTarget&) const = default;
};

struct DependencyStructure {
  std::array<DependencyTemplate, kTemplatesMax> templates{};
  std::array<DecodeTarget, kDecodeTargetsMax> targets{};
  std::array<uint16_t, kLayersMax> widths{};  // By spatial layer, when has_resolutions.
  std::array<uint16_t, kLayersMax> heights{};
  uint8_t id_offset = 0;  // The template id of templates[0].
  uint8_t templates_size = 0;
  uint8_t targets_size = 0;
  uint8_t chains_size = 0;
  uint8_t spatial_layers = 0;
  uint8_t temporal_layers = 0;
  bool has_resolutions = false;

  bool operator==(const DependencyStructure&) const = default;
};

// A structure never changes once it is shared, so that other streams and other workers may keep it.
using SharedStructure = std::shared_ptr<const DependencyStructure>;

// What one packet's descriptor says, resolved against the structure.
struct DependencyFacts {
  DecodeTargetIndications indications;  // Only the first targets_size are meant.
  std::array<uint8_t, kChainsMax> chain_diffs{};
  std::array<uint16_t, kFrameDiffsMax> frame_diffs{};
  uint32_t active_targets = 0;  // Bit n: decode target n is active; kept from frame to frame.
  uint16_t frame_number = 0;
  uint8_t template_id = 0;
  uint8_t frame_diffs_size = 0;
  uint8_t chains_size = 0;
  uint8_t targets_size = 0;
  uint8_t spatial = 0;
  uint8_t temporal = 0;
  bool starts_frame = false;
  bool ends_frame = false;
  bool attaches_structure = false;
  bool carries_active_targets = false;  // The packet itself has the mask.

  // A coded video sequence starts: the structure is attached and nothing earlier is needed.
  bool is_key_frame() const {
    return starts_frame && attaches_structure && frame_diffs_size == 0 && spatial == 0;
  }
};

class DependencyReader {
 public:
  // nullopt: malformed, or it needs a structure that has not come (or no longer stands). Counted.
  std::optional<DependencyFacts> read(Bytes descriptor);

  bool has_structure() const { return structure_ != nullptr; }
  const DependencyStructure& structure() const { return *structure_; }  // has_structure() is true.
  const SharedStructure& shared_structure() const { return structure_; }
  // Changes whenever the structure does; a key frame usually repeats the one before.
  uint32_t structure_version() const { return structure_version_; }
  // The structure of a stream whose descriptors were read elsewhere.
  void adopt(SharedStructure structure);
  uint64_t malformed() const { return malformed_; }
  uint64_t unresolved() const { return unresolved_; }  // Without their structure.

 private:
  void keep(const DependencyFacts& facts, const std::optional<DependencyStructure>& attached);

  SharedStructure structure_;
  uint32_t structure_version_ = 0;
  uint32_t active_targets_ = 0;
  uint16_t structure_frame_ = 0;  // The frame that brought the structure.
  uint16_t active_frame_ = 0;     // The frame that brought the mask.
  uint64_t malformed_ = 0;
  uint64_t unresolved_ = 0;
};

}  // namespace sluice::rtp
