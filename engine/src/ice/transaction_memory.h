// The transactions of a session's valid checks, so that a check which somebody captured and sends
// again can be told from a new one: nothing else in a STUN request says when it was made.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"

namespace sluice::ice {

// Remembers the last kMax transactions, 4 bytes each, and takes memory only as they come. A peer
// makes one check per 2.5 to 5 s, so this covers three to six hours.
class TransactionMemory {
 public:
  static constexpr size_t kMax = 4096;

  // Takes a transaction in; false when it was there. Two transactions in four thousand million look
  // alike: a check that is mistaken for a repeated one is answered, and the next one counts.
  bool insert(Bytes transaction_id);
  void clear() { marks_.clear(), next_ = 0; }
  size_t size() const { return marks_.size(); }

 private:
  std::vector<uint32_t> marks_;
  size_t next_ = 0;  // The oldest one, once there are kMax.
};

}  // namespace sluice::ice
