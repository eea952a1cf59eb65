#include "srtp/key_derivation.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>

namespace sluice::srtp {
namespace {

// RFC 3711, 4.3.1 and 4.3.2.
enum Label : uint8_t {
  kRtpKey = 0x00,
  kRtpAuth = 0x01,
  kRtpSalt = 0x02,
  kRtcpKey = 0x03,
  kRtcpAuth = 0x04,
  kRtcpSalt = 0x05,
};

// AES in counter mode over the master key (RFC 3711, 4.3.3; RFC 6188, 3.1 for 256 bits).
class Prf {
 public:
  Prf(SrtpProfile profile, Bytes master) : context_(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free) {
    const size_t key = key_bytes(profile);
    // GCM's salt of 96 bits is filled up with zeros on the right (RFC 7714, 11).
    std::copy(master.begin() + key, master.end(), salt_.begin());
    const EVP_CIPHER* aes = key == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
    ready_ = context_ && EVP_EncryptInit_ex(context_.get(), aes, nullptr, master.data(), nullptr);
  }
  ~Prf() { OPENSSL_cleanse(salt_.data(), salt_.size()); }

  bool derive(Label label, MutableBytes out) {
    if (!ready_) return false;
    Iv iv = salt_;
    iv[7] ^= label;  // The label is the byte above the 48-bit r, which is 0.
    std::fill(out.begin(), out.end(), uint8_t{0});
    int written = 0;
    return EVP_EncryptInit_ex(context_.get(), nullptr, nullptr, nullptr, iv.data()) == 1 &&
           EVP_EncryptUpdate(context_.get(), out.data(), &written, out.data(),
                             static_cast<int>(out.size())) == 1;
  }

 private:
  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context_;
  Iv salt_{};
  bool ready_ = false;
};

}  // namespace

std::optional<SessionKeys> derive_session_keys(SrtpProfile profile, PacketKind kind, Bytes master) {
  const bool rtp = kind == PacketKind::rtp;
  SessionKeys keys;
  Prf prf(profile, master);
  bool ok = prf.derive(rtp ? kRtpKey : kRtcpKey, MutableBytes(keys.key).first(key_bytes(profile)));
  ok = ok &&
       prf.derive(rtp ? kRtpSalt : kRtcpSalt, MutableBytes(keys.salt).first(salt_bytes(profile)));
  if (!is_aead(profile)) ok = ok && prf.derive(rtp ? kRtpAuth : kRtcpAuth, keys.auth);
  if (ok) return keys;
  cleanse(keys);
  return std::nullopt;
}

void cleanse(SessionKeys& keys) {
  OPENSSL_cleanse(&keys, sizeof keys);
}

Iv salt_iv(const SessionKeys& keys) {
  Iv iv{};
  std::copy(keys.salt.begin(), keys.salt.end(), iv.begin());
  return iv;
}

}  // namespace sluice::srtp
