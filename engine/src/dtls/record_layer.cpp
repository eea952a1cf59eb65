#include "dtls/record_layer.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace sluice::dtls {
namespace {

// The record header (RFC 6347, 4.1): type, version, epoch, sequence number, length.
constexpr size_t kTypeAt = 0, kVersionAt = 1, kEpochAt = 3, kLengthAt = 11;
constexpr uint16_t kVersion = 0xFEFD;  // DTLS 1.2.
constexpr uint64_t kMaxSequence = (uint64_t{1} << 48) - 1;
constexpr size_t kTagBytes = 16;
constexpr size_t kGcmExplicitBytes = 8;  // RFC 5288, 3.

constexpr size_t kMaxKeyBytes = 32;
constexpr size_t kMaxFixedNonceBytes = 12;
using Nonce = std::array<uint8_t, 12>;
using Aad = std::array<uint8_t, kRecordHeaderBytes>;

struct FreeEvp {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeEvp>;

const EVP_CIPHER* aead_of(const SSL* ssl) {
  switch (SSL_CIPHER_get_cipher_nid(SSL_get_current_cipher(ssl))) {
    case NID_aes_128_gcm:
      return EVP_aes_128_gcm();
    case NID_aes_256_gcm:
      return EVP_aes_256_gcm();
    case NID_chacha20_poly1305:
      return EVP_chacha20_poly1305();
    default:
      return nullptr;
  }
}

// RFC 5246, 6.3: PRF(master secret, "key expansion", server random + client random).
bool derive_key_block(SSL* ssl, MutableBytes block) {
  std::array<uint8_t, SSL_MAX_MASTER_KEY_LENGTH> master;
  const size_t master_bytes =
      SSL_SESSION_get_master_key(SSL_get_session(ssl), master.data(), master.size());
  std::string seed = "key expansion";
  std::array<uint8_t, SSL3_RANDOM_SIZE> random;
  seed.append(reinterpret_cast<char*>(random.data()),
              SSL_get_server_random(ssl, random.data(), random.size()));
  seed.append(reinterpret_cast<char*>(random.data()),
              SSL_get_client_random(ssl, random.data(), random.size()));
  const EVP_MD* digest = SSL_CIPHER_get_handshake_digest(SSL_get_current_cipher(ssl));

  const std::unique_ptr<EVP_KDF, FreeEvp> kdf(
      EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_TLS1_PRF, nullptr));
  const std::unique_ptr<EVP_KDF_CTX, FreeEvp> context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
  if (!context || !digest || master_bytes == 0) return false;
  std::string name = EVP_MD_get0_name(digest);
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, name.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, master.data(), master_bytes),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed.data(), seed.size()),
      OSSL_PARAM_construct_end(),
  };
  const bool derived = EVP_KDF_derive(context.get(), block.data(), block.size(), parameters) == 1;
  OPENSSL_cleanse(master.data(), master.size());
  return derived;
}

// What is authenticated beside the text (RFC 5246, 6.2.3.3): epoch and number, type, version, and
// the length of the text.
Aad aad_of(Bytes header, size_t text_bytes) {
  Aad aad;
  std::copy_n(header.begin() + kEpochAt, 8, aad.begin());
  aad[8] = header[kTypeAt];
  store_u16(aad, 9, load_u16(header, kVersionAt));
  store_u16(aad, 11, static_cast<uint16_t>(text_bytes));
  return aad;
}

// The fixed part as it is with the explicit one behind it (RFC 5288, 3), or mixed with epoch and
// number (RFC 7905, 2).
Nonce nonce_of(const Nonce& fixed, bool is_explicit, uint64_t value) {
  Nonce nonce = fixed;
  std::array<uint8_t, 8> bytes;
  store_u64(bytes, 0, value);
  for (size_t i = 0; i < bytes.size(); ++i) {
    uint8_t& byte = nonce[nonce.size() - bytes.size() + i];
    byte = static_cast<uint8_t>(is_explicit ? bytes[i] : byte ^ bytes[i]);
  }
  return nonce;
}

CipherContext begin(const EVP_CIPHER* cipher, const uint8_t* key, const Nonce& nonce,
                    const Aad& aad, bool encrypt) {
  CipherContext context(EVP_CIPHER_CTX_new());
  int written = 0;
  if (!context ||
      EVP_CipherInit_ex(context.get(), cipher, nullptr, key, nonce.data(), encrypt ? 1 : 0) != 1 ||
      EVP_CipherUpdate(context.get(), nullptr, &written, aad.data(),
                       static_cast<int>(aad.size())) != 1) {
    return nullptr;
  }
  return context;
}

}  // namespace

size_t record_bytes(Bytes datagram) {
  if (datagram.size() < kRecordHeaderBytes) return 0;
  const size_t size = kRecordHeaderBytes + load_u16(datagram, kLengthAt);
  return size <= datagram.size() ? size : 0;
}

RecordHeader read_record_header(Bytes record) {
  return {static_cast<ContentType>(record[kTypeAt]), load_u16(record, kVersionAt),
          load_u16(record, kEpochAt), load_u64(record, kEpochAt) & kMaxSequence};
}

void SentRecords::note(Bytes datagram) {
  while (const size_t size = record_bytes(datagram)) {
    const RecordHeader header = read_record_header(datagram);
    if (header.epoch == kProtectedEpoch) {
      next_sequence = header.sequence + 1;
      if (size >= kRecordHeaderBytes + kGcmExplicitBytes) {
        next_nonce = load_u64(datagram, kRecordHeaderBytes) + 1;
      }
    }
    datagram = datagram.subspan(size);
  }
}

std::optional<RecordLayer> RecordLayer::take_over(SSL* ssl, const SentRecords& sent) {
  RecordLayer layer;
  layer.cipher_ = aead_of(ssl);
  if (!layer.cipher_) return std::nullopt;
  layer.is_gcm_ = EVP_CIPHER_get_mode(layer.cipher_) == EVP_CIPH_GCM_MODE;
  layer.next_sequence_ = sent.next_sequence;
  layer.next_nonce_ = sent.next_nonce;

  // Both keys, then both fixed nonces; the client's first (RFC 5246, 6.3).
  const auto key = static_cast<size_t>(EVP_CIPHER_get_key_length(layer.cipher_));
  const size_t fixed = kMaxFixedNonceBytes - (layer.is_gcm_ ? kGcmExplicitBytes : 0);
  std::array<uint8_t, 2 * (kMaxKeyBytes + kMaxFixedNonceBytes)> block;
  if (!derive_key_block(ssl, MutableBytes(block).first(2 * (key + fixed)))) return std::nullopt;
  const bool is_server = SSL_is_server(ssl) == 1;
  Direction* const sides[] = {is_server ? &layer.in_ : &layer.out_,
                              is_server ? &layer.out_ : &layer.in_};
  for (size_t side = 0; side < 2; ++side) {
    std::copy_n(block.begin() + side * key, key, sides[side]->key.begin());
    std::copy_n(block.begin() + 2 * key + side * fixed, fixed, sides[side]->fixed_nonce.begin());
  }
  OPENSSL_cleanse(block.data(), block.size());
  return layer;
}

RecordLayer::~RecordLayer() {
  OPENSSL_cleanse(&out_, sizeof out_);
  OPENSSL_cleanse(&in_, sizeof in_);
}

std::vector<uint8_t> RecordLayer::seal(ContentType type, Bytes text) {
  if (text.size() > kMaxTextBytes || next_sequence_ > kMaxSequence) return {};
  const size_t explicit_bytes = is_gcm_ ? kGcmExplicitBytes : 0;
  std::vector<uint8_t> record(kRecordHeaderBytes + explicit_bytes + text.size() + kTagBytes);
  const uint64_t number = uint64_t{kProtectedEpoch} << 48 | next_sequence_++;
  record[kTypeAt] = static_cast<uint8_t>(type);
  store_u16(record, kVersionAt, kVersion);
  store_u64(record, kEpochAt, number);
  store_u16(record, kLengthAt, static_cast<uint16_t>(record.size() - kRecordHeaderBytes));
  if (is_gcm_) store_u64(record, kRecordHeaderBytes, next_nonce_);

  const Nonce nonce = nonce_of(out_.fixed_nonce, is_gcm_, is_gcm_ ? next_nonce_++ : number);
  const auto context = begin(cipher_, out_.key.data(), nonce, aad_of(record, text.size()), true);
  uint8_t* place = record.data() + kRecordHeaderBytes + explicit_bytes;
  int written = 0;
  if (!context ||
      (!text.empty() && EVP_CipherUpdate(context.get(), place, &written, text.data(),
                                         static_cast<int>(text.size())) != 1) ||
      EVP_CipherFinal_ex(context.get(), place + text.size(), &written) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, place + text.size()) !=
          1) {
    return {};
  }
  return record;
}

std::optional<RecordLayer::Opened> RecordLayer::open_next(Bytes& datagram, MutableBytes buffer) {
  while (const size_t size = record_bytes(datagram)) {
    const Bytes record = datagram.first(size);
    datagram = datagram.subspan(size);
    if (const auto text_bytes = open(record, buffer)) {
      return Opened{static_cast<ContentType>(record[kTypeAt]), buffer.first(*text_bytes)};
    }
    ++dropped_;
  }
  if (!datagram.empty()) ++dropped_;
  datagram = {};
  return std::nullopt;
}

std::optional<size_t> RecordLayer::open(Bytes record, MutableBytes buffer) {
  const size_t explicit_bytes = is_gcm_ ? kGcmExplicitBytes : 0;
  const size_t overhead = kRecordHeaderBytes + explicit_bytes + kTagBytes;
  const RecordHeader header = read_record_header(record);
  if (header.version != kVersion || header.epoch != kProtectedEpoch || record.size() < overhead ||
      record.size() - overhead > buffer.size() || !seen_.fresh(header.sequence)) {
    return std::nullopt;
  }
  const size_t text_bytes = record.size() - overhead;
  const uint64_t variable = load_u64(record, is_gcm_ ? kRecordHeaderBytes : kEpochAt);
  const auto context = begin(cipher_, in_.key.data(), nonce_of(in_.fixed_nonce, is_gcm_, variable),
                             aad_of(record, text_bytes), false);
  const uint8_t* text = record.data() + kRecordHeaderBytes + explicit_bytes;
  std::array<uint8_t, kTagBytes> tag;
  std::copy_n(text + text_bytes, kTagBytes, tag.begin());
  int written = 0;
  if (!context ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) != 1 ||
      (text_bytes != 0 && EVP_CipherUpdate(context.get(), buffer.data(), &written, text,
                                           static_cast<int>(text_bytes)) != 1) ||
      EVP_CipherFinal_ex(context.get(), buffer.data() + text_bytes, &written) != 1) {
    return std::nullopt;
  }
  seen_.mark(header.sequence);
  return text_bytes;
}

}  // namespace sluice::dtls
