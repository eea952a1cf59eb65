#include "dtls/secure_random.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace sluice::dtls {

SecureRandom::~SecureRandom() {
  OPENSSL_cleanse(block_.data(), sizeof block_);
}

bool SecureRandom::refill() {
  if (RAND_bytes(reinterpret_cast<unsigned char*>(block_.data()), sizeof block_) != 1) {
    OPENSSL_cleanse(block_.data(), sizeof block_);
    left_ = 0;
    return false;
  }
  left_ = block_.size();
  return true;
}

bool SecureRandom::prepare() {
  return left_ >= kWordsPerCommand || refill();
}

uint64_t SecureRandom::next() {
  if (left_ == 0 && !refill()) throw std::runtime_error("the system gives no random numbers");
  return std::exchange(block_[--left_], 0);
}

void SecureRandom::fill(MutableBytes out) {
  while (!out.empty()) {
    const uint64_t word = next();
    const size_t size = std::min(out.size(), sizeof word);
    std::copy_n(reinterpret_cast<const uint8_t*>(&word), size, out.begin());
    out = out.subspan(size);
  }
}

}  // namespace sluice::dtls
