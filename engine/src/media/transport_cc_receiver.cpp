#include "media/transport_cc_receiver.h"

#include <algorithm>
#include <span>

namespace sluice::media {
namespace {

using Arrival = rtcp::TransportFeedback::Arrival;

auto first_from(std::vector<Arrival>& arrivals, uint64_t sequence) {
  return std::lower_bound(
      arrivals.begin(), arrivals.end(), sequence,
      [](const Arrival& arrival, uint64_t wanted) { return arrival.sequence < wanted; });
}

}  // namespace

void TransportCcReceiver::handle_packet(Instant now, uint16_t sequence, uint32_t media_ssrc) {
  const uint64_t extended = extender_.extend(sequence);
  media_ssrc_ = media_ssrc;
  if (!started_) {
    started_ = true;
    arrivals_.reserve(kArrivalsStart);
    base_ = extended;
  }
  // Older than anything that could still be reported.
  auto place = first_from(arrivals_, extended);
  if (extended < base_ && place == arrivals_.begin() && base_ - extended > kArrivalsMax) return;
  if (place != arrivals_.end() && place->sequence == extended) return;
  if (arrivals_.size() == kArrivalsMax) {
    // At such a rate what has been reported is not worth more memory: late ones do without it.
    arrivals_.erase(arrivals_.begin(), first_from(arrivals_, base_));
    if (arrivals_.size() == kArrivalsMax) {
      ++dropped_;
      return;
    }
    place = first_from(arrivals_, extended);
  }
  arrivals_.insert(place, {extended, now});
  ++loss_.received;
  base_ = std::min(base_, extended);  // One that comes late is reported with its neighbours.
  if (next_ == kNever) next_ = now + kInterval;
}

size_t TransportCcReceiver::poll(Instant now, MutableBytes out) {
  if (now < next_) return 0;
  const auto first = first_from(arrivals_, base_);
  const std::span<const Arrival> pending(first, arrivals_.end());
  rtcp::CompoundWriter writer(out);
  const size_t reported =
      pending.empty()
          ? 0
          : rtcp::TransportFeedback::write(writer, 0, media_ssrc_, feedback_count_, base_, pending);
  if (reported == 0) {
    next_ = kNever;
    return 0;
  }
  ++feedback_count_;
  const uint64_t end = pending[reported - 1].sequence + 1;
  if (end > highest_reported_) {
    loss_.expected += end - std::max(base_, highest_reported_);
    highest_reported_ = end;
  }
  base_ = end;
  if (reported < pending.size()) return writer.size();
  next_ = kNever;  // The next arrival starts the next interval.
  const auto kept = std::find_if(arrivals_.begin(), arrivals_.end(), [&](const Arrival& arrival) {
    return arrival.sequence >= base_ || arrival.at + kWindow > now;
  });
  arrivals_.erase(arrivals_.begin(), kept);
  return writer.size();
}

}  // namespace sluice::media
