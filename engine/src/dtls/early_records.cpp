#include "dtls/early_records.h"

#include "dtls/record_layer.h"

namespace sluice::dtls {
namespace {

constexpr uint8_t kClientHello = 1;  // RFC 5246, 7.4.

void append(std::vector<uint8_t>& list, Bytes record) {
  list.insert(list.end(), record.begin(), record.end());
}

bool is_client_hello(Bytes datagram) {
  const size_t size = record_bytes(datagram);
  if (size < kRecordHeaderBytes + kHandshakeHeaderBytes) return false;
  const RecordHeader header = read_record_header(datagram);
  if (header.type != ContentType::handshake || header.epoch != 0) return false;
  const Bytes message = datagram.first(size).subspan(kRecordHeaderBytes);
  const size_t length = load_u24(message, 1), offset = load_u24(message, 6);
  const size_t fragment = load_u24(message, 9);
  return message[0] == kClientHello && offset + fragment <= length &&
         fragment <= message.size() - kHandshakeHeaderBytes;
}

}  // namespace

bool EarlyHellos::keep(Bytes datagram) {
  if (datagram.size() > kMaxDatagramBytes || !is_client_hello(datagram)) return false;
  if (held_.size() == kMaxHeld) {
    held_.erase(held_.begin());
    ++replaced_;
  }
  held_.emplace_back(datagram.begin(), datagram.end());
  return true;
}

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
  if (header.epoch == 0) {
    if (header.type != ContentType::alert) return append(in_clear_, record);
    const Bytes alert = record.subspan(kRecordHeaderBytes);
    if (alert.size() == 2 && (alert[0] == kAlertFatal || alert[1] == kCloseNotify)) {
      alert_ = alert[1];
    }
    ++dropped_;
    return;
  }
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
