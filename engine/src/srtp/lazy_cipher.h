// A cipher that is made when it is first used. Expanded keys take a kilobyte, a transport has four
// sets of them (RTP and RTCP, in and out), and one that only receives never opens RTP.
#pragma once

#include <memory>
#include <utility>

#include "base/prefetch.h"
#include "srtp/cipher.h"
#include "srtp/key_derivation.h"

namespace sluice::srtp {

class LazyCipher {
 public:
  LazyCipher() = default;
  LazyCipher(SrtpProfile profile, PacketKind kind, const SessionKeys& keys, CipherBackend backend)
      : keys_(keys), profile_(profile), kind_(kind), backend_(backend) {}
  LazyCipher(LazyCipher&& other) noexcept { *this = std::move(other); }
  LazyCipher& operator=(LazyCipher&& other) noexcept {
    cipher_ = std::move(other.cipher_);
    keys_ = other.keys_;
    cleanse(other.keys_);
    profile_ = other.profile_;
    kind_ = other.kind_;
    backend_ = other.backend_;
    return *this;
  }
  ~LazyCipher() { cleanse(keys_); }

  // False also when there is no memory for the cipher; the next packet tries again.
  bool seal(const SealJob& job) { return ready() && cipher_->seal(job); }
  bool open(const OpenJob& job) { return ready() && cipher_->open(job); }

  void prefetch() const { sluice::prefetch(cipher_.get(), kHotBytes); }

 private:
  // Of a cipher's object: round keys and the first powers of GCM's hash key.
  static constexpr size_t kHotBytes = 9 * kCacheLineBytes;

  bool ready() {
    if (cipher_) [[likely]]
      return true;
    cipher_ = make_cipher(profile_, kind_, keys_, backend_);
    if (!cipher_) return false;
    cleanse(keys_);
    return true;
  }

  std::unique_ptr<PacketCipher> cipher_;
  SessionKeys keys_;  // Until the cipher is made.
  SrtpProfile profile_{};
  PacketKind kind_{};
  CipherBackend backend_{};
};

}  // namespace sluice::srtp
