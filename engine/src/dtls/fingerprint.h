// Certificate fingerprints as SDP carries them (RFC 8122, 5).
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace sluice::dtls {

enum class FingerprintAlgorithm : uint8_t { sha1, sha224, sha256, sha384, sha512 };

inline constexpr std::array kFingerprintAlgorithms = {
    FingerprintAlgorithm::sha1, FingerprintAlgorithm::sha224, FingerprintAlgorithm::sha256,
    FingerprintAlgorithm::sha384, FingerprintAlgorithm::sha512};

// "sha-1", "sha-224", "sha-256", "sha-384", "sha-512". Parsing ignores case.
std::string_view algorithm_name(FingerprintAlgorithm algorithm);
std::optional<FingerprintAlgorithm> algorithm_from_name(std::string_view name);

struct Fingerprint {
  FingerprintAlgorithm algorithm = FingerprintAlgorithm::sha256;
  std::string value;  // Upper-case hex with colons when it is ours; either case from a peer.
};

// Hex pairs with colons, of the length the algorithm has; upper and lower case are the same
// (RFC 8122, 5). False when `value` cannot be a fingerprint of `algorithm`.
bool is_well_formed(const Fingerprint& fingerprint);

// Compares without regard to case, in time that depends on the lengths alone.
bool same_fingerprint(std::string_view a, std::string_view b);

}  // namespace sluice::dtls
