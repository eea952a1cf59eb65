#include "capi/options.h"

#include <stdlib.h>

#include <algorithm>
#include <array>

#include "worker/host/event_ring.h"
#include "worker/json/json.h"

namespace sluice::capi {
namespace {

constexpr std::array<std::string_view, 4> kLogLevels = {"debug", "warn", "error", "none"};
constexpr size_t kMaxLogTags = 64;

// A switch that no option and no message can turn: only whoever starts the process.
bool faults_are_allowed() {
  const char* value = secure_getenv("SLUICE_TEST_FAULTS");
  return value != nullptr && std::string_view(value) == "1";
}

// SLUICE_CIPHERS=openssl: does without libipsec-mb where it could be used.
srtp::CipherBackend cipher_backend() {
  const char* wish = secure_getenv("SLUICE_CIPHERS");
  const bool is_openssl = wish && std::string_view(wish) == "openssl";
  return is_openssl ? srtp::CipherBackend::evp : srtp::CipherBackend::automatic;
}

bool is_power_of_two(uint32_t value) {
  return (value & (value - 1)) == 0;
}

void check_files(const worker::EngineOptions& options, const worker::Fields& fields) {
  if (fields.has("dtlsCertificateFile") && options.dtls_certificate_file.empty()) {
    fields.mistake("dtlsCertificateFile", "must not be empty");
  }
  if (options.dtls_certificate_file.empty() != options.dtls_private_key_file.empty()) {
    const bool key_missing = options.dtls_private_key_file.empty();
    fields.mistake(key_missing ? "dtlsPrivateKeyFile" : "dtlsCertificateFile",
                   key_missing ? "is missing: dtlsCertificateFile needs it"
                               : "is missing: dtlsPrivateKeyFile needs it");
  }
  // A path goes to the operating system as a C string.
  if (options.dtls_certificate_file.find('\0') != std::string::npos) {
    fields.mistake("dtlsCertificateFile", "must not contain a NUL");
  }
  if (options.dtls_private_key_file.find('\0') != std::string::npos) {
    fields.mistake("dtlsPrivateKeyFile", "must not contain a NUL");
  }
}

}  // namespace

Result<worker::EngineOptions> parse_options(Bytes json) {
  worker::JsonRequest request;
  if (auto parsed = request.parse(json); !parsed) return parsed.error();
  worker::FieldErrors errors;
  const worker::Fields fields = request.fields(errors);

  worker::EngineOptions options;
  options.log_level = fields.text_or("logLevel", options.log_level);
  if (std::find(kLogLevels.begin(), kLogLevels.end(), options.log_level) == kLogLevels.end()) {
    fields.mistake("logLevel", R"(must be "debug", "warn", "error" or "none")");
  }
  fields.each_text("logTags", [&](std::string_view tag) {
    if (options.log_tags.size() == kMaxLogTags) return fields.mistake("logTags", "has too many");
    options.log_tags.emplace_back(tag);
  });

  const auto port = [&](const char* name, uint16_t fallback) {
    return static_cast<uint16_t>(fields.number_or(name, fallback, 1, 65535));
  };
  options.rtc_min_port = port("rtcMinPort", options.rtc_min_port);
  options.rtc_max_port = port("rtcMaxPort", options.rtc_max_port);
  if (options.rtc_min_port > options.rtc_max_port) {
    fields.mistake("rtcMinPort", "must not be above rtcMaxPort");
  }

  options.dtls_certificate_file = fields.text_or("dtlsCertificateFile", "");
  options.dtls_private_key_file = fields.text_or("dtlsPrivateKeyFile", "");
  check_files(options, fields);

  const auto ring_bytes = [&](const char* name, uint32_t fallback) {
    const uint32_t bytes = fields.number_or(name, fallback, worker::EventRing::kMinBytes,
                                            worker::EventRing::kMaxBytes);
    if (!is_power_of_two(bytes)) fields.mistake(name, "must be a power of two");
    return bytes;
  };
  options.ring_bytes = ring_bytes("ringBytes", options.ring_bytes);
  options.direct_ring_bytes = ring_bytes("directRingBytes", options.direct_ring_bytes);

  options.allow_faults = faults_are_allowed();
  options.cipher_backend = cipher_backend();
  if (errors.any()) return errors.error();
  return options;
}

}  // namespace sluice::capi
