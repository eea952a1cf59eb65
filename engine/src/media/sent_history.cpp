#include "media/sent_history.h"

#include <algorithm>

namespace sluice::media {

void SentHistory::begin_segment(const SentSegment& segment) {
  segment_ = (segment_ + 1) % kSegments;
  segments_[segment_] = segment;
  // What the place's former segment left would be read with the wrong offsets.
  for (Entry& entry : ring_) {
    if (entry.segment == segment_) entry.in_use = 0;
  }
}

void SentHistory::insert(Instant now, uint64_t in_seq, uint16_t out_seq, bool marker) {
  if (ring_.empty()) {
    ring_.resize(kCapacityStart);
    if (keep_stamps_) stamps_.resize(kCapacityStart);
    if (keep_patches_) patches_.resize(kCapacityStart);
    lap_started_ = now;
  }
  SentSegment& segment = segments_[segment_];
  segment.in_high = std::max(segment.in_high, in_seq);
  Entry& entry = ring_[out_seq & (ring_.size() - 1)];
  entry.in_seq = static_cast<uint32_t>(in_seq);
  entry.out_high = high_bits(out_seq);
  entry.resends = 0;
  entry.segment = segment_ % kSegments;
  entry.has_marker = marker;
  entry.in_use = 1;
  if (++lap_entries_ < ring_.size()) return;
  if (now - lap_started_ < age_max_ && ring_.size() < kCapacityMax) return grow();
  lap_entries_ = 0;
  lap_started_ = now;
}

void SentHistory::set_stamp(uint16_t out_seq, const Stamp& stamp) {
  if (keep_stamps_ && !stamps_.empty()) stamps_[out_seq & (stamps_.size() - 1)] = stamp;
}

void SentHistory::set_patch(uint16_t out_seq, const Patch& patch) {
  if (!patches_.empty()) patches_[out_seq & (patches_.size() - 1)] = patch;
}

SentHistory::Entry* SentHistory::find(uint16_t out_seq) {
  if (ring_.empty()) return nullptr;
  Entry& entry = ring_[out_seq & (ring_.size() - 1)];
  return entry.in_use && entry.out_high == high_bits(out_seq) ? &entry : nullptr;
}

uint64_t SentHistory::extended_in(const Entry& entry) const {
  const uint64_t high = segment_of(entry).in_high;
  const auto back = static_cast<uint32_t>(high) - static_cast<uint32_t>(entry.in_seq);
  return high - back;  // No number of a segment is above its highest.
}

SentHistory::Stamp SentHistory::stamp_of(uint16_t out_seq) const {
  return stamps_.empty() ? Stamp{} : stamps_[out_seq & (stamps_.size() - 1)];
}

Patch SentHistory::patch_of(uint16_t out_seq) const {
  return patches_.empty() ? Patch{} : patches_[out_seq & (patches_.size() - 1)];
}

void SentHistory::clear() {
  std::fill(ring_.begin(), ring_.end(), Entry{});
  lap_entries_ = 0;
}

void SentHistory::grow() {
  const std::vector<Entry> old = ring_;
  spread(ring_, old);
  spread(stamps_, old);
  spread(patches_, old);
}

// Doubles a lane and puts each element that is in use at its new place.
template <class Element>
void SentHistory::spread(std::vector<Element>& lane, const std::vector<Entry>& old_ring) {
  if (lane.empty()) return;
  std::vector<Element> old(lane.size() * 2);
  old.swap(lane);
  for (size_t i = 0; i < old_ring.size(); ++i) {
    const Entry& entry = old_ring[i];
    if (!entry.in_use) continue;
    // The place gives the lowest six bits, and `out_high` the others.
    const size_t at = (entry.out_high * kCapacityStart + i % kCapacityStart) & (lane.size() - 1);
    lane[at] = old[i];
  }
}

}  // namespace sluice::media
