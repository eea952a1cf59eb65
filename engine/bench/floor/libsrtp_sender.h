// libsrtp2 as other servers use it: one session a peer, packets copied and protected in place.
#pragma once

#include <srtp2/srtp.h>

#include <cstring>
#include <utility>
#include <vector>

#include "srtp/srtp_profile.h"

namespace sluice::bench {

class LibsrtpSender {
 public:
  LibsrtpSender(srtp::SrtpProfile profile, std::vector<uint8_t> master)
      : master_(std::move(master)) {
    static const bool initialized = srtp_init() == srtp_err_status_ok;
    srtp_policy_t policy{};
    srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, static_cast<srtp_profile_t>(profile));
    srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp,
                                                 static_cast<srtp_profile_t>(profile));
    policy.ssrc.type = ssrc_any_outbound;
    policy.key = master_.data();
    policy.window_size = 1024;
    policy.allow_repeat_tx = 1;
    if (!initialized || srtp_create(&session_, &policy) != srtp_err_status_ok) session_ = nullptr;
  }
  ~LibsrtpSender() {
    if (session_) srtp_dealloc(session_);
  }
  LibsrtpSender(const LibsrtpSender&) = delete;
  LibsrtpSender& operator=(const LibsrtpSender&) = delete;

  // `packet` has room behind `size` and is aligned to 4. 0 when it fails.
  size_t protect(uint8_t* packet, size_t size) {
    int length = static_cast<int>(size);
    if (!session_ || srtp_protect(session_, packet, &length) != srtp_err_status_ok) return 0;
    return static_cast<size_t>(length);
  }

 private:
  std::vector<uint8_t> master_;
  srtp_t session_ = nullptr;
};

}  // namespace sluice::bench
