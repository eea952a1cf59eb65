// Which producer of a transport a packet belongs to: by SSRC, else by MID, else by RID.
//
// A hit by MID or RID is remembered under the packet's SSRC, so that the usual packet costs one
// lookup. Which encoding of the producer it is, the producer finds out.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "media/rtp_parameters.h"
#include "rtp/rtp_view.h"

namespace sluice::media {

class Producer;

// One a transport; does not own the producers.
class RtpListener {
 public:
  // A peer may invent SSRCs under a known MID: no more than this many are remembered.
  static constexpr size_t kLearnedSsrcsMax = 1024;

  // Fails, and adds nothing, when an SSRC or the MID is taken, or a RID is taken and the producer
  // has no MID to tell it apart.
  Status add(Producer& producer, const RtpParameters& parameters);
  void remove(const Producer& producer);

  // nullptr: nobody's. The RID table is for packets without a MID alone.
  Producer* find(const rtp::RtpView& packet);
  Producer* find_ssrc(uint32_t ssrc) const;

  // For dumps.
  const std::unordered_map<uint32_t, Producer*>& ssrcs() const { return ssrcs_; }
  const std::unordered_map<std::string, Producer*>& mids() const { return mids_; }
  const std::unordered_map<std::string, Producer*>& rids() const { return rids_; }

 private:
  Producer* learn(uint32_t ssrc, Producer* producer);

  std::unordered_map<uint32_t, Producer*> ssrcs_;
  std::unordered_map<std::string, Producer*> mids_;
  std::unordered_map<std::string, Producer*> rids_;
  std::string key_;  // Reused for lookups by text.
  // The SSRCs that were learned for each producer, so that removing one looks at its own alone.
  std::unordered_map<const Producer*, std::vector<uint32_t>> learned_of_;
  size_t learned_ = 0;
};

}  // namespace sluice::media
