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

std::optional<DataMessage> DataMessage::parse_addressed(uint32_t ppid, Bytes payload) {
  if (payload.size() < kAddressBytes) return std::nullopt;
  const size_t count = load_le16(payload, 0);
  const uint16_t flags = load_le16(payload, 2);
  const size_t head = (kAddressBytes + 2 * count + 3) & ~size_t{3};
  if (payload.size() < head) return std::nullopt;
  DataMessage message;
  message.ppid = ppid;
  message.bytes = payload.subspan(head);
  message.subchannels = payload.subspan(kAddressBytes, 2 * count);
  if (flags & kHasRequired) message.required_subchannel = load_le16(payload, 4);
  if (flags & kHasIgnored) message.ignored_subchannel = load_le16(payload, 6);
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
