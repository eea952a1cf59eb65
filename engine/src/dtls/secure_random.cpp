#include "dtls/secure_random.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <utility>

namespace sluice::dtls {

SecureRandom::~SecureRandom() {
  OPENSSL_cleanse(block_.data(), sizeof block_);
}

uint64_t SecureRandom::next() {
  if (left_ == 0) {
    if (RAND_bytes(reinterpret_cast<unsigned char*>(block_.data()), sizeof block_) != 1) {
      ok_ = false;
      return 0;
    }
    left_ = block_.size();
  }
  return std::exchange(block_[--left_], 0);
}

bool SecureRandom::fill(MutableBytes out) {
  const bool filled = RAND_bytes(out.data(), static_cast<int>(out.size())) == 1;
  ok_ = ok_ && filled;
  return filled;
}

}  // namespace sluice::dtls
