#include "worker/objects/data_message.h"

namespace sluice::worker {
namespace {

// The head of a SLUICE_DIRECT_MESSAGE_TO record: count, flags, required, ignored.
constexpr size_t kAddressBytes = 8;
constexpr uint16_t kHasRequired = 1, kHasIgnored = 2;

uint16_t load_le16(Bytes bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] | bytes[at + 1] << 8);
}

}  // namespace

size_t DataMessage::address_bytes(Bytes payload) {
  if (payload.size() < kAddressBytes) return 0;
  const size_t bytes = (kAddressBytes + 2 * size_t{load_le16(payload, 0)} + 3) & ~size_t{3};
  return bytes <= payload.size() ? bytes : 0;
}

std::optional<DataMessage> DataMessage::parse_addressed(uint32_t ppid, Bytes address,
                                                        Bytes payload) {
  const size_t head = address_bytes(address);
  if (head == 0 || head > payload.size()) return std::nullopt;
  const size_t count = load_le16(address, 0);
  const uint16_t flags = load_le16(address, 2);
  DataMessage message;
  message.ppid = ppid;
  message.bytes = payload.subspan(head);
  message.subchannels = address.subspan(kAddressBytes, 2 * count);
  if (flags & kHasRequired) message.required_subchannel = load_le16(address, 4);
  if (flags & kHasIgnored) message.ignored_subchannel = load_le16(address, 6);
  return message;
}

bool DataMessage::is_for(const std::set<uint16_t>& joined) const {
  if (required_subchannel && !joined.contains(*required_subchannel)) return false;
  if (ignored_subchannel && joined.contains(*ignored_subchannel)) return false;
  if (subchannels.empty()) return true;
  for (size_t at = 0; at < subchannels.size(); at += 2) {
    if (joined.contains(load_le16(subchannels, at))) return true;
  }
  return false;
}

}  // namespace sluice::worker
