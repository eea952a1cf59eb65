#include "dtls/fingerprint.h"

#include <algorithm>

namespace sluice::dtls {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'f');
}

size_t digest_bytes(FingerprintAlgorithm algorithm) {
  switch (algorithm) {
    case FingerprintAlgorithm::sha1:
      return 20;
    case FingerprintAlgorithm::sha224:
      return 28;
    case FingerprintAlgorithm::sha256:
      return 32;
    case FingerprintAlgorithm::sha384:
      return 48;
    case FingerprintAlgorithm::sha512:
      return 64;
  }
  return 0;
}

}  // namespace

std::string_view algorithm_name(FingerprintAlgorithm algorithm) {
  switch (algorithm) {
    case FingerprintAlgorithm::sha1:
      return "sha-1";
    case FingerprintAlgorithm::sha224:
      return "sha-224";
    case FingerprintAlgorithm::sha256:
      return "sha-256";
    case FingerprintAlgorithm::sha384:
      return "sha-384";
    case FingerprintAlgorithm::sha512:
      return "sha-512";
  }
  return "";
}

std::optional<FingerprintAlgorithm> algorithm_from_name(std::string_view name) {
  for (const FingerprintAlgorithm algorithm : kFingerprintAlgorithms) {
    const std::string_view known = algorithm_name(algorithm);
    if (std::equal(name.begin(), name.end(), known.begin(), known.end(),
                   [](char a, char b) { return lower(a) == b; })) {
      return algorithm;
    }
  }
  return std::nullopt;
}

bool is_well_formed(const Fingerprint& fingerprint) {
  const std::string& value = fingerprint.value;
  if (value.size() != digest_bytes(fingerprint.algorithm) * 3 - 1) return false;
  for (size_t i = 0; i < value.size(); ++i) {
    if (i % 3 == 2 ? value[i] != ':' : !is_hex(value[i])) return false;
  }
  return true;
}

bool same_fingerprint(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  // Bit 0x20 alone tells the cases of a letter apart, and is set in digits and colons.
  unsigned difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>((a[i] | 0x20) ^ (b[i] | 0x20));
  }
  return difference == 0;
}

}  // namespace sluice::dtls
