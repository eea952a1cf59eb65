// libipsec-mb as the cipher: its direct GCM call, and its counter mode as a burst of one job, which
// it answers at once. Its HMAC-SHA1 is made for many packets at a time and is slower for one than
// OpenSSL's SHA-1 (1,207 to 9,299 ns against 1,022 for 1,200 bytes, by instruction set).
#include "srtp/cipher_backends.h"

#ifdef SLUICE_HAVE_IPSEC_MB

#define NO_COMPAT_IMB_API_053  // Short names that collide with OpenSSL's.
#include <intel-ipsec-mb.h>
#include <openssl/crypto.h>

#include "srtp/hmac_sha1.h"

namespace sluice::srtp {
namespace {

// One a process. What we call through it keeps no state in it, so workers may share it.
IMB_MGR* manager() {
  static IMB_MGR* const manager = [] {
    IMB_MGR* made = alloc_mb_mgr(0);
    if (!made) return made;
    IMB_ARCH architecture = IMB_ARCH_NONE;
    init_mb_mgr_auto(made, &architecture);
    constexpr uint64_t kNeeded = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ;
    if ((made->features & kNeeded) == kNeeded && architecture >= IMB_ARCH_SSE) return made;
    free_mb_mgr(made);
    return static_cast<IMB_MGR*>(nullptr);
  }();
  return manager;
}

class IpsecMbGcm final : public PacketCipher {
 public:
  IpsecMbGcm(PacketKind kind, bool wide, const SessionKeys& keys)
      : encrypt_(wide ? manager()->gcm256_enc : manager()->gcm128_enc),
        decrypt_(wide ? manager()->gcm256_dec : manager()->gcm128_dec),
        kind_(kind) {
    if (wide) {
      IMB_AES256_GCM_PRE(manager(), keys.key.data(), &keys_);
    } else {
      IMB_AES128_GCM_PRE(manager(), keys.key.data(), &keys_);
    }
  }
  ~IpsecMbGcm() override { OPENSSL_cleanse(&keys_, sizeof keys_); }

  bool seal(const SealJob& job) override {
    const GcmAad aad(kind_, job.packet, job.header_bytes, job.word);
    gcm_context_data context;
    encrypt_(&keys_, &context, job.packet + job.header_bytes, job.plain, job.text_bytes,
             job.iv.data(), aad.data(), aad.size(), job.tag, kGcmTagBytes);
    return true;
  }

  bool open(const OpenJob& job) override {
    const GcmAad aad(kind_, job.packet, job.header_bytes, job.word);
    gcm_context_data context;
    uint8_t* text = job.packet + job.header_bytes;
    std::array<uint8_t, kGcmTagBytes> tag;
    decrypt_(&keys_, &context, text, text, job.text_bytes, job.iv.data(), aad.data(), aad.size(),
             tag.data(), tag.size());
    return CRYPTO_memcmp(tag.data(), job.tag, tag.size()) == 0;
  }

 private:
  // What each packet reads: one cache line with the object's head, then the keys.
  aes_gcm_enc_dec_t encrypt_;
  aes_gcm_enc_dec_t decrypt_;
  PacketKind kind_;
  alignas(64) gcm_key_data keys_;
};

class IpsecMbCounterMode final : public CounterModeCipher {
 public:
  IpsecMbCounterMode(size_t tag_bytes, const SessionKeys& keys)
      : CounterModeCipher(tag_bytes, keys) {
    alignas(16) std::array<uint8_t, sizeof round_keys_> decryption_keys;  // Of no use to CTR.
    IMB_AES_KEYEXP_128(manager(), keys.key.data(), round_keys_.data(), decryption_keys.data());
    OPENSSL_cleanse(decryption_keys.data(), decryption_keys.size());
  }
  ~IpsecMbCounterMode() override { OPENSSL_cleanse(round_keys_.data(), sizeof round_keys_); }

 private:
  bool crypt(const Iv& iv, const uint8_t* in, uint8_t* out, size_t size) override {
    if (size == 0) return true;
    IMB_JOB job;
    job.cipher_direction = IMB_DIR_ENCRYPT;
    job.cipher_mode = IMB_CIPHER_CNTR;
    job.enc_keys = round_keys_.data();
    job.dec_keys = round_keys_.data();
    job.key_len_in_bytes = IMB_KEY_128_BYTES;
    job.src = in;
    job.dst = out;
    job.cipher_start_src_offset_in_bytes = 0;
    job.msg_len_to_cipher_in_bytes = size;
    job.iv = iv.data();
    job.iv_len_in_bytes = iv.size();
    return IMB_SUBMIT_CIPHER_BURST_NOCHECK(manager(), &job, 1, IMB_CIPHER_CNTR, IMB_DIR_ENCRYPT,
                                           IMB_KEY_128_BYTES) == 1;
  }

  alignas(16) std::array<uint8_t, 16 * 11> round_keys_;
};

}  // namespace

bool ipsec_mb_usable() {
  return manager() != nullptr;
}

std::unique_ptr<PacketCipher> make_ipsec_mb_cipher(SrtpProfile profile, PacketKind kind,
                                                   const SessionKeys& keys) {
  if (!ipsec_mb_usable()) return nullptr;
  if (is_aead(profile)) {
    return std::make_unique<IpsecMbGcm>(kind, profile == SrtpProfile::aead_aes_256_gcm, keys);
  }
  return std::make_unique<IpsecMbCounterMode>(tag_bytes(profile, kind), keys);
}

}  // namespace sluice::srtp

#else

namespace sluice::srtp {

bool ipsec_mb_usable() {
  return false;
}

std::unique_ptr<PacketCipher> make_ipsec_mb_cipher(SrtpProfile, PacketKind, const SessionKeys&) {
  return nullptr;
}

}  // namespace sluice::srtp

#endif
