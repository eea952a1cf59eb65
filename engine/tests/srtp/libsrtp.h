// libsrtp2 as a second opinion: what it protects ours must open, and the other way round.
#pragma once

#include <srtp2/srtp.h>

#include <cstring>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "srtp/srtp_profile.h"

namespace sluice::srtp {

class LibSrtp {
 public:
  enum class Way { outbound, inbound };

  LibSrtp(SrtpProfile profile, std::vector<uint8_t> master, Way way) : master_(std::move(master)) {
    static const bool initialized = srtp_init() == srtp_err_status_ok;
    srtp_policy_t policy{};
    const auto theirs = static_cast<srtp_profile_t>(profile);
    ready_ =
        initialized &&
        srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, theirs) == srtp_err_status_ok &&
        srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, theirs) == srtp_err_status_ok;
    policy.ssrc.type = way == Way::outbound ? ssrc_any_outbound : ssrc_any_inbound;
    policy.key = master_.data();
    policy.window_size = 1024;
    policy.allow_repeat_tx = 1;
    ready_ = ready_ && srtp_create(&session_, &policy) == srtp_err_status_ok;
  }
  ~LibSrtp() {
    if (session_) srtp_dealloc(session_);
  }
  LibSrtp(const LibSrtp&) = delete;
  LibSrtp& operator=(const LibSrtp&) = delete;

  bool ready() const { return ready_; }

  std::optional<std::vector<uint8_t>> protect_rtp(Bytes packet) {
    return run(packet, [&](void* data, int* size) { return srtp_protect(session_, data, size); });
  }
  std::optional<std::vector<uint8_t>> protect_rtcp(Bytes packet) {
    return run(packet,
               [&](void* data, int* size) { return srtp_protect_rtcp(session_, data, size); });
  }
  std::optional<std::vector<uint8_t>> unprotect_rtp(Bytes packet) {
    return run(packet, [&](void* data, int* size) { return srtp_unprotect(session_, data, size); });
  }
  std::optional<std::vector<uint8_t>> unprotect_rtcp(Bytes packet) {
    return run(packet,
               [&](void* data, int* size) { return srtp_unprotect_rtcp(session_, data, size); });
  }

 private:
  template <typename Call>
  std::optional<std::vector<uint8_t>> run(Bytes packet, Call&& call) {
    // libsrtp reads 32-bit words: operator new aligns them.
    std::vector<uint8_t> bytes(packet.begin(), packet.end());
    int size = static_cast<int>(bytes.size());
    bytes.resize(bytes.size() + SRTP_MAX_TRAILER_LEN + 4);
    if (call(bytes.data(), &size) != srtp_err_status_ok) return std::nullopt;
    bytes.resize(static_cast<size_t>(size));
    return bytes;
  }

  std::vector<uint8_t> master_;
  srtp_t session_ = nullptr;
  bool ready_ = false;
};

}  // namespace sluice::srtp
