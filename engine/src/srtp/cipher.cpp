#include "srtp/cipher.h"

#include "srtp/cipher_backends.h"

namespace sluice::srtp {

bool backend_available(CipherBackend backend) {
  return backend != CipherBackend::ipsec_mb || ipsec_mb_usable();
}

const char* backend_name() {
  return ipsec_mb_usable() ? "ipsec-mb" : "openssl";
}

std::unique_ptr<PacketCipher> make_cipher(SrtpProfile profile, PacketKind kind,
                                          const SessionKeys& keys, CipherBackend backend) {
  if (backend == CipherBackend::automatic) {
    backend = ipsec_mb_usable() ? CipherBackend::ipsec_mb : CipherBackend::evp;
  }
  return backend == CipherBackend::ipsec_mb ? make_ipsec_mb_cipher(profile, kind, keys)
                                            : make_evp_cipher(profile, kind, keys);
}

}  // namespace sluice::srtp
