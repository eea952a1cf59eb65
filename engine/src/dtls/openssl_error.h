// OpenSSL's error queue as text. Private to dtls/.
#pragma once

#include <openssl/err.h>

#include <array>
#include <string>

namespace sluice::dtls {

// Empties the thread's queue. "what: the first reason in it".
inline std::string openssl_error(const std::string& what) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return reason ? what + ": " + reason : what;
}

}  // namespace sluice::dtls
