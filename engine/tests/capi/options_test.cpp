// What the environment says about workers, beside the options of sluice_worker_create().
#include "capi/options.h"

#include <doctest/doctest.h>

#include <cstdlib>

namespace sluice::capi {
namespace {

TEST_CASE("options: SLUICE_CIPHERS chooses OpenSSL, and nothing else") {
  const auto chosen = [] { return parse_options({})->cipher_backend; };
  CHECK(chosen() == srtp::CipherBackend::automatic);
  setenv("SLUICE_CIPHERS", "openssl", 1);
  CHECK(chosen() == srtp::CipherBackend::evp);
  setenv("SLUICE_CIPHERS", "ipsec-mb", 1);  // Not every processor can.
  CHECK(chosen() == srtp::CipherBackend::automatic);
  unsetenv("SLUICE_CIPHERS");
}

}  // namespace
}  // namespace sluice::capi
