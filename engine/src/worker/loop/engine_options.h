// What the host says about a worker when it makes one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "srtp/cipher.h"

namespace sluice::worker {

// As sluice_worker_create() takes them, already checked.
struct EngineOptions {
  std::string log_level = "error";
  std::vector<std::string> log_tags;
  uint16_t rtc_min_port = 10000;
  uint16_t rtc_max_port = 59999;
  std::string dtls_certificate_file;  // Empty: a certificate is made.
  std::string dtls_private_key_file;
  uint32_t ring_bytes = 1 << 20;
  uint32_t direct_ring_bytes = 1 << 22;  // Of each ring for packets and messages of the host.
  // Received packets of 2 KB: two seconds of 60,000 packets per second, 256 MB at most.
  uint32_t packet_slots_max = 128 * 1024;
  bool allow_faults = false;  // Whether SLUICE_WORKER_FAIL works: for tests.
  srtp::CipherBackend cipher_backend = srtp::CipherBackend::automatic;
};

}  // namespace sluice::worker
