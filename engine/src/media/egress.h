// What the consumers of one transport share when they send.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "media/rate_counter.h"
#include "media/transport_cc_sender.h"
#include "rtp/extension_values.h"

namespace sluice::media {

// One per sending transport. The worker sets the time once before it writes packets.
struct Egress {
  // Bits per second that all streams together may use for resends beyond what each may (as much as
  // its media): a stream of 30 kbit/s that lost a burst needs more than that for a moment.
  static constexpr uint64_t kExtraResendBitrate = 1'000'000;

  void set_time(Instant now) { abs_send_time = rtp::to_abs_send_time(now); }

  uint32_t abs_send_time = 0;  // 24 bits.
  TransportCcSender transport_cc;
  RateCounter extra_resends;
};

}  // namespace sluice::media
