// What the consumers of one transport share when they send.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "media/transport_cc_sender.h"
#include "rtp/extension_values.h"

namespace sluice::media {

// One a sending transport. The worker sets the time once before it writes packets.
struct Egress {
  void set_time(Instant now) { abs_send_time = rtp::to_abs_send_time(now); }

  uint32_t abs_send_time = 0;  // 24 bits.
  TransportCcSender transport_cc;
};

}  // namespace sluice::media
