// Random numbers nobody can guess, for passwords, SSRCs and keys: OpenSSL's generator behind the
// engine's Random, drawn in blocks because a call costs more than the bytes.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/random.h"

namespace sluice::dtls {

// One a worker; one thread. Cleanses what it has given out.
class SecureRandom final : public Random {
 public:
  SecureRandom() = default;
  ~SecureRandom() override;
  SecureRandom(const SecureRandom&) = delete;
  SecureRandom& operator=(const SecureRandom&) = delete;

  // 0 when there is no randomness: see ok().
  uint64_t next() override;

  // False when the system has no randomness to give (RAND_bytes failed): make no secret then.
  bool fill(MutableBytes out);

  // False once next() or fill() has failed: a worker then makes no more secrets and stops.
  bool ok() const { return ok_; }

 private:
  std::array<uint64_t, 32> block_{};
  size_t left_ = 0;
  bool ok_ = true;
};

}  // namespace sluice::dtls
