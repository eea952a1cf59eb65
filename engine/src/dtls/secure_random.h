// Random numbers nobody can guess, for passwords, SSRCs and keys: OpenSSL's generator behind the
// engine's Random, drawn in blocks because a call costs more than the bytes.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/random.h"

namespace sluice::dtls {

// One per worker; one thread. Overwrites what it has given out.
class SecureRandom final : public Random {
 public:
  // Words that are enough for any command: ICE credentials take 64.
  static constexpr size_t kWordsPerCommand = 96;

  SecureRandom() = default;
  ~SecureRandom() override;
  SecureRandom(const SecureRandom&) = delete;
  SecureRandom& operator=(const SecureRandom&) = delete;

  // Draws ahead: after true, the next kWordsPerCommand words cannot fail. False when the system has
  // no randomness to give (RAND_bytes failed): make no secret then.
  bool prepare();

  // Throws std::runtime_error when there is no randomness: better no worker than known secrets.
  uint64_t next() override;
  void fill(MutableBytes out);

 private:
  bool refill();

  std::array<uint64_t, 128> block_{};
  size_t left_ = 0;
};

}  // namespace sluice::dtls
