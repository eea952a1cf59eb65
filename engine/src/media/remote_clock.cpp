#include "media/remote_clock.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/sequence.h"

namespace sluice::media {
namespace {

// An offset this far from the one before: the sender's wall clock was set, and what was measured
// before is of no use. If it grew, the report may only have been held back on its way: reports that
// waited together differ in their waits, those of a clock that was set agree.
constexpr int64_t kStepNs = 2'000'000'000;
constexpr int64_t kSameStepNs = 200'000'000;
// RFC 3550, 6.4.1 gives times modulo 2^16 s; a round trip beyond a minute is a mistake.
constexpr double kRoundTripMaxMs = 60'000;

}  // namespace

int64_t ntp_to_ns(NtpTime ntp) {
  const uint64_t fraction_ns = uint64_t{ntp.fraction} * 1'000'000'000 >> 32;
  return static_cast<int64_t>(uint64_t{ntp.seconds} * 1'000'000'000 + fraction_ns);
}

uint64_t to_q32(int64_t ns) {
  constexpr int64_t kSecond = 1'000'000'000;
  const int64_t seconds = ns / kSecond - (ns % kSecond < 0 ? 1 : 0);
  const auto rest = static_cast<uint64_t>(ns - seconds * kSecond);
  return (static_cast<uint64_t>(seconds) << 32) + (rest << 32) / kSecond;
}

double round_trip_ms(NtpTime arrival, uint32_t last, uint32_t delay) {
  if (last == 0) return 0;
  const uint32_t q16 = arrival.compact() - delay - last;
  const double ms = q16 * 1000.0 / 65536;
  return ms <= kRoundTripMaxMs ? ms : 0;
}

int64_t to_ticks(Duration duration, uint32_t clock_rate) {
  constexpr int64_t kSecond = 1'000'000'000;
  const int64_t ns = duration.count();
  const int64_t seconds = ns / kSecond - (ns % kSecond < 0 ? 1 : 0);
  return seconds * clock_rate + (ns - seconds * kSecond) * clock_rate / kSecond;
}

uint32_t to_q16(Duration duration) {
  if (duration < Duration{}) return 0;
  if (duration >= 65536s) return UINT32_MAX;
  const auto us = static_cast<uint64_t>(to_us(duration));
  return static_cast<uint32_t>(us * 65536 / 1'000'000);
}

void RemoteClock::handle_report(Instant now, NtpTime ntp, uint32_t timestamp) {
  if (ntp == NtpTime{}) return;  // RFC 3550, 6.4.1: a sender without a wall clock.
  const int64_t ntp_ns = ntp_to_ns(ntp);
  const int64_t offset = now.time_since_epoch().count() - ntp_ns;
  const int64_t step = samples_ > 0 ? offset - offset_ns_ : 0;
  if (step > kStepNs && step <= Duration(kDistanceMax).count() &&
      std::abs(offset - std::exchange(suspect_ns_, offset)) > kSameStepNs) {
    return;
  }
  if (std::abs(step) > kStepNs) samples_ = 0;
  report_ns_ = ntp_ns;
  report_timestamp_ = timestamp;
  if (samples_ == kWindow) {
    std::copy(offsets_ns_.begin() + 1, offsets_ns_.end(), offsets_ns_.begin());
    --samples_;
  }
  offsets_ns_[samples_++] = offset;
  offset_ns_ = *std::min_element(offsets_ns_.begin(),
                                 offsets_ns_.begin() + static_cast<ptrdiff_t>(samples_));
  suspect_ns_ = offset_ns_;
}

std::optional<Instant> RemoteClock::instant_of(uint32_t timestamp) const {
  if (samples_ < kSamplesMin || clock_rate_ == 0) return std::nullopt;
  const int64_t distance_ns =
      int64_t{ts_diff(timestamp, report_timestamp_)} * 1'000'000'000 / clock_rate_;
  if (std::abs(distance_ns) > Duration(kDistanceMax).count()) return std::nullopt;
  return Instant(Duration(report_ns_ + distance_ns + offset_ns_));
}

void RemoteClock::reset() {
  samples_ = 0;
}

}  // namespace sluice::media
