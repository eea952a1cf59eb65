#include "srtp/direction.h"

#include "srtp/key_derivation.h"

namespace sluice::srtp {

Result<Direction> Direction::make(SrtpProfile profile, Bytes master, CipherBackend backend) {
  if (suite_name(profile).empty()) return invalid("unknown SRTP profile");
  if (master.size() != master_bytes(profile)) {
    return invalid("SRTP key for " + std::string(suite_name(profile)) + " must be " +
                   std::to_string(master_bytes(profile)) + " bytes of key and salt, not " +
                   std::to_string(master.size()));
  }
  if (!backend_available(backend)) {
    return Error{ErrorKind::unsupported, "the SRTP cipher back end is not available here"};
  }
  Direction direction;
  for (const PacketKind kind : {PacketKind::rtp, PacketKind::rtcp}) {
    auto keys = derive_session_keys(profile, kind, master);
    if (!keys) return failed("OpenSSL could not derive the SRTP session keys");
    const bool rtp = kind == PacketKind::rtp;
    (rtp ? direction.rtp_salt : direction.rtcp_salt) = salt_iv(*keys);
    (rtp ? direction.rtp_cipher : direction.rtcp_cipher) =
        LazyCipher(profile, kind, *keys, backend);
    cleanse(*keys);
  }
  return direction;
}

}  // namespace sluice::srtp
