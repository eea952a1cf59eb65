#include "ice/transaction_memory.h"

#include <algorithm>

#include "ice/stun.h"

namespace sluice::ice {

bool TransactionMemory::insert(Bytes transaction_id) {
  // RFC 8489, 5: the id is uniformly random, but some peers count. Every byte takes part.
  uint64_t hash = 0xCBF29CE484222325u;
  for (size_t at = 0; at < kTransactionIdBytes; at += 4) {
    hash = (hash ^ load_u32(transaction_id, at)) * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 32;
  }
  const auto mark = static_cast<uint32_t>(hash);
  if (std::find(marks_.begin(), marks_.end(), mark) != marks_.end()) return false;
  if (marks_.size() < kMax) {
    marks_.push_back(mark);
  } else {
    marks_[next_] = mark;
    next_ = (next_ + 1) % kMax;
  }
  return true;
}

}  // namespace sluice::ice
