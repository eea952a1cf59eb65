// What SRTP and producers refuse, as the counter that tells of it.
#pragma once

#include "media/producer.h"
#include "srtp/srtp_inbound.h"
#include "worker/loop/counters.h"

namespace sluice::worker {

inline Counter reason_of(srtp::SrtpInbound::Refusal refusal) {
  switch (refusal) {
    case srtp::SrtpInbound::Refusal::malformed:
      return Counter::drop_srtp_malformed;
    case srtp::SrtpInbound::Refusal::auth_failed:
      return Counter::drop_srtp_auth;
    case srtp::SrtpInbound::Refusal::replayed:
      return Counter::drop_srtp_replay;
  }
  return Counter::drop_srtp_auth;
}

inline Counter reason_of(media::ReceiveResult result) {
  switch (result) {
    case media::ReceiveResult::paused:
      return Counter::drop_producer_paused;
    case media::ReceiveResult::malformed_red:
      return Counter::drop_red_malformed;
    default:
      return Counter::drop_producer_refused;
  }
}

}  // namespace sluice::worker
