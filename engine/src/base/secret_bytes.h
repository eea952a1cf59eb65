// Bytes that nobody may find in memory later: a key. Overwritten when they are no longer needed;
// moved, never copied.
#pragma once

#include <openssl/crypto.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace sluice {

class SecretBytes {
 public:
  SecretBytes() = default;
  // The vector must not have grown since the first secret byte went in: its old memory would hold
  // a copy.
  explicit SecretBytes(std::vector<uint8_t> bytes) : bytes_(std::move(bytes)) {}
  SecretBytes(SecretBytes&& other) noexcept : bytes_(std::move(other.bytes_)) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    bytes_.swap(other.bytes_);
    return *this;
  }
  ~SecretBytes() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

  size_t size() const { return bytes_.size(); }
  operator Bytes() const { return bytes_; }
  const uint8_t& operator[](size_t i) const { return bytes_[i]; }
  friend bool operator==(const SecretBytes&, const SecretBytes&) = default;

 private:
  std::vector<uint8_t> bytes_;
};

}  // namespace sluice
