#include "dtls/early_records.h"

#include "dtls/record_layer.h"

namespace sluice::dtls {
namespace {

void append(std::vector<uint8_t>& list, Bytes record) {
  list.insert(list.end(), record.begin(), record.end());
}

}  // namespace

void EarlyRecords::add(Bytes datagram) {
  in_clear_.clear();
  while (!datagram.empty()) {
    const size_t size = record_bytes(datagram);
    if (size == 0) {
      ++dropped_;
      return;
    }
    sort(datagram.first(size));
    datagram = datagram.subspan(size);
  }
}

void EarlyRecords::sort(Bytes record) {
  const RecordHeader header = read_record_header(record);
  if (header.epoch == 0) return append(in_clear_, record);
  if (header.epoch == kProtectedEpoch && header.type == ContentType::handshake) {
    // Not shorter than what encryption alone adds.
    if (record.size() > RecordLayer::kMaxOverhead && record.size() <= kMaxFinishedBytes) {
      if (finished_.size() + record.size() > kMaxFinishedHeld) finished_.clear();
      return append(finished_, record);
    }
  } else if (header.epoch == kProtectedEpoch && others_.size() + record.size() <= kMaxOthersHeld) {
    return append(others_, record);
  }
  ++dropped_;
}

}  // namespace sluice::dtls
