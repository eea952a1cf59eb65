// OpenSSL's EVP as the cipher: contexts are made once with the key; a packet sets the IV alone.
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <new>

#include "srtp/cipher_backends.h"
#include "srtp/hmac_sha1.h"

namespace sluice::srtp {
namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }  // Cleanses.
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

Context make_context(const EVP_CIPHER* cipher, const SessionKeys& keys) {
  Context context(EVP_CIPHER_CTX_new());
  // The default IV length of GCM is the 12 bytes that SRTP has.
  if (!context ||
      EVP_CipherInit_ex(context.get(), cipher, nullptr, keys.key.data(), nullptr, 1) != 1) {
    return nullptr;
  }
  return context;
}

class EvpGcm final : public PacketCipher {
 public:
  EvpGcm(PacketKind kind, Context context) : kind_(kind), context_(std::move(context)) {}

  bool seal(const SealJob& job) override {
    const GcmAad aad(kind_, job.packet, job.header_bytes, job.word);
    EVP_CIPHER_CTX* context = context_.get();
    uint8_t* text = job.packet + job.header_bytes;
    const int size = static_cast<int>(job.text_bytes);
    int written = 0;
    if (EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, job.iv.data(), 1) != 1 ||
        EVP_CipherUpdate(context, nullptr, &written, aad.data(), static_cast<int>(aad.size())) !=
            1) {
      return false;
    }
    if (size != 0 && EVP_CipherUpdate(context, text, &written, job.plain, size) != 1) return false;
    return EVP_CipherFinal_ex(context, text + size, &written) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kGcmTagBytes, job.tag) == 1;
  }

  bool open(const OpenJob& job) override {
    const GcmAad aad(kind_, job.packet, job.header_bytes, job.word);
    EVP_CIPHER_CTX* context = context_.get();
    uint8_t* text = job.packet + job.header_bytes;
    const int size = static_cast<int>(job.text_bytes);
    int written = 0;
    if (EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, job.iv.data(), 0) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kGcmTagBytes,
                            const_cast<uint8_t*>(job.tag)) != 1 ||
        EVP_CipherUpdate(context, nullptr, &written, aad.data(), static_cast<int>(aad.size())) !=
            1) {
      return false;
    }
    if (size != 0 && EVP_CipherUpdate(context, text, &written, text, size) != 1) return false;
    return EVP_CipherFinal_ex(context, text + size, &written) == 1;
  }

 private:
  PacketKind kind_;
  Context context_;
};

class EvpCounterMode final : public CounterModeCipher {
 public:
  EvpCounterMode(size_t tag_bytes, const SessionKeys& keys, Context context)
      : CounterModeCipher(tag_bytes, keys), context_(std::move(context)) {}

 private:
  bool crypt(const Iv& iv, const uint8_t* in, uint8_t* out, size_t size) override {
    if (size == 0) return true;
    int written = 0;
    return EVP_CipherInit_ex(context_.get(), nullptr, nullptr, nullptr, iv.data(), 1) == 1 &&
           EVP_CipherUpdate(context_.get(), out, &written, in, static_cast<int>(size)) == 1;
  }

  Context context_;
};

}  // namespace

std::unique_ptr<PacketCipher> make_evp_cipher(SrtpProfile profile, PacketKind kind,
                                              const SessionKeys& keys) {
  if (is_aead(profile)) {
    const EVP_CIPHER* gcm =
        profile == SrtpProfile::aead_aes_256_gcm ? EVP_aes_256_gcm() : EVP_aes_128_gcm();
    Context context = make_context(gcm, keys);
    if (!context) return nullptr;
    return std::make_unique<EvpGcm>(kind, std::move(context));
  }
  Context context = make_context(EVP_aes_128_ctr(), keys);
  if (!context) return nullptr;
  return std::make_unique<EvpCounterMode>(tag_bytes(profile, kind), keys, std::move(context));
}

}  // namespace sluice::srtp
