// A message of the application, with the data consumers that are to have it.
#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "base/bytes.h"

namespace sluice::worker {

struct DataMessage {
  uint32_t ppid = 0;  // SCTP payload protocol id (RFC 8831, 8).
  Bytes bytes{};
  Bytes subchannels{};  // 16 bits each, little-endian. Empty: for every data consumer.
  std::optional<uint16_t> required_subchannel{};
  std::optional<uint16_t> ignored_subchannel{};

  // How long the addresses in front of a SLUICE_DIRECT_MESSAGE_TO record's message are, by its
  // first bytes; 0 when it is too short for them.
  static size_t address_bytes(Bytes payload);
  // `address`: a copy of the record's first address_bytes(), which nobody writes any more. nullopt
  // when its lengths contradict each other.
  static std::optional<DataMessage> parse_addressed(uint32_t ppid, Bytes address, Bytes payload);

  // Whether a data consumer with these subchannels gets it.
  bool is_for(const std::set<uint16_t>& joined) const;
};

}  // namespace sluice::worker
