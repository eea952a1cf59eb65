// What all DTLS sessions of a worker share: the certificate, the ciphers and the SRTP profiles.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "dtls/certificate.h"

typedef struct ssl_ctx_st SSL_CTX;

namespace sluice::dtls {

// One per worker. It outlives its sessions, and only the worker's thread uses it.
class DtlsContext {
 public:
  static Result<std::unique_ptr<DtlsContext>> make(Certificate certificate);
  ~DtlsContext();
  DtlsContext(const DtlsContext&) = delete;
  DtlsContext& operator=(const DtlsContext&) = delete;

  const std::vector<Fingerprint>& fingerprints() const { return certificate_.fingerprints(); }
  SSL_CTX* ssl_ctx() const { return ssl_ctx_; }

  // Takes OpenSSL's list of profiles ("SRTP_AEAD_AES_128_GCM:..."), which tests make shorter. False
  // if it is not such a list.
  bool set_srtp_profiles(const char* names);

 private:
  DtlsContext(Certificate certificate, SSL_CTX* ssl_ctx);

  Certificate certificate_;
  SSL_CTX* ssl_ctx_;
};

}  // namespace sluice::dtls
