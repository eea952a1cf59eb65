// Writes dependency descriptors bit by bit, as RTP Payload Format For AV1, A.8.2 lays them out, so
// that tests can spell out the structures encoders send.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace sluice::rtp::testing {

class BitWriter {
 public:
  BitWriter& put(uint32_t value, unsigned bits) {
    for (unsigned i = bits; i-- > 0;) {
      if (used_ % 8 == 0) bytes_.push_back(0);
      bytes_.back() = static_cast<uint8_t>(bytes_.back() | (value >> i & 1) << (7 - used_ % 8));
      ++used_;
    }
    return *this;
  }
  // ns(n) of the AV1 specification, 4.10.7.
  BitWriter& put_below(uint32_t value, uint32_t n) {
    unsigned width = 0;
    while (n >> width != 0) ++width;
    const uint32_t short_codes = (1u << width) - n;
    if (value < short_codes) return put(value, width - 1);
    return put(value + short_codes, width);
  }
  const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  std::vector<uint8_t> bytes_;
  unsigned used_ = 0;
};

struct TemplateSpec {
  uint8_t spatial;
  uint8_t temporal;
  std::string_view indications;  // One of "-DSR" for each decode target.
  std::vector<uint8_t> frame_diffs;
  std::vector<uint8_t> chain_diffs;
};

struct StructureSpec {
  uint8_t id_offset = 0;
  std::vector<TemplateSpec> templates;  // By spatial, then temporal layer.
  std::vector<uint8_t> protected_by;    // The chain of each decode target; empty without chains.
  std::vector<uint16_t> sizes;          // Width, height of each spatial layer; empty: none.
  size_t targets() const { return templates.front().indications.size(); }
  size_t chains() const { return templates.front().chain_diffs.size(); }
};

inline void put_mandatory(BitWriter& out, bool first, bool last, uint8_t id, uint16_t frame) {
  out.put(first, 1).put(last, 1).put(id, 6).put(frame, 16);
}

inline void put_indications(BitWriter& out, std::string_view indications) {
  for (const char c : indications) {
    out.put(static_cast<uint32_t>(std::string_view("-DSR").find(c)), 2);
  }
}

inline void put_structure(BitWriter& out, const StructureSpec& spec) {
  out.put(spec.id_offset, 6).put(static_cast<uint32_t>(spec.targets() - 1), 5);
  for (size_t i = 0; i < spec.templates.size(); ++i) {
    if (i + 1 == spec.templates.size()) {
      out.put(3, 2);
    } else if (spec.templates[i + 1].spatial != spec.templates[i].spatial) {
      out.put(2, 2);
    } else {
      out.put(spec.templates[i + 1].temporal != spec.templates[i].temporal ? 1 : 0, 2);
    }
  }
  for (const auto& entry : spec.templates) put_indications(out, entry.indications);
  for (const auto& entry : spec.templates) {
    for (const uint8_t diff : entry.frame_diffs) out.put(1, 1).put(diff - 1u, 4);
    out.put(0, 1);
  }
  out.put_below(static_cast<uint32_t>(spec.chains()), static_cast<uint32_t>(spec.targets() + 1));
  if (spec.chains() > 0) {
    for (const uint8_t chain : spec.protected_by) {
      out.put_below(chain, static_cast<uint32_t>(spec.chains()));
    }
    for (const auto& entry : spec.templates) {
      for (const uint8_t diff : entry.chain_diffs) out.put(diff, 4);
    }
  }
  out.put(!spec.sizes.empty(), 1);
  for (const uint16_t size : spec.sizes) out.put(size - 1u, 16);
}

// The first packet of a key frame: template `index`, the structure, nothing else.
inline std::vector<uint8_t> key_descriptor(const StructureSpec& spec, uint16_t frame,
                                           uint8_t index = 0, bool last = true) {
  BitWriter out;
  put_mandatory(out, true, last, static_cast<uint8_t>((spec.id_offset + index) % 64), frame);
  out.put(0x10, 5);  // Structure alone.
  put_structure(out, spec);
  return out.bytes();
}

inline std::vector<uint8_t> delta_descriptor(const StructureSpec& spec, uint16_t frame,
                                             uint8_t index) {
  BitWriter out;
  put_mandatory(out, true, true, static_cast<uint8_t>((spec.id_offset + index) % 64), frame);
  return out.bytes();
}

// Structures of the shapes encoders send for L1T1, L1T3 and L3T3 (full SVC), chains included.
inline StructureSpec l1t1() {
  return {0, {{0, 0, "S", {}, {0}}, {0, 0, "S", {1}, {1}}}, {0}, {640, 360}};
}
inline StructureSpec l1t3() {
  return {0,
          {{0, 0, "SSS", {}, {0}},
           {0, 0, "SSS", {4}, {4}},
           {0, 1, "-DS", {2}, {2}},
           {0, 2, "--D", {1}, {1}},
           {0, 2, "--D", {1}, {3}}},
          {0, 0, 0},
          {1280, 720}};
}
inline StructureSpec l3t3() {
  return {0,
          {{0, 0, "SSSSSSSSS", {}, {0, 0, 0}},
           {0, 0, "SSSRRRRRR", {12}, {12, 11, 10}},
           {0, 1, "-DS-RR-RR", {6}, {6, 5, 4}},
           {0, 2, "--D--R--R", {3}, {3, 2, 1}},
           {0, 2, "--D--R--R", {3}, {9, 8, 7}},
           {1, 0, "---SSSSSS", {1}, {1, 1, 1}},
           {1, 0, "---SSSRRR", {12, 1}, {1, 1, 1}},
           {1, 1, "----DS-RR", {6, 1}, {7, 6, 5}},
           {1, 2, "-----D--R", {3, 1}, {4, 3, 2}},
           {1, 2, "-----D--R", {3, 1}, {10, 9, 8}},
           {2, 0, "------SSS", {1}, {2, 1, 1}},
           {2, 0, "------SSS", {12, 1}, {2, 1, 1}},
           {2, 1, "-------DS", {6, 1}, {8, 7, 6}},
           {2, 2, "--------D", {3, 1}, {5, 4, 3}},
           {2, 2, "--------D", {3, 1}, {11, 10, 9}}},
          {0, 0, 0, 1, 1, 1, 2, 2, 2},
          {320, 180, 640, 360, 1280, 720}};
}

}  // namespace sluice::rtp::testing
