// A router: transports whose producers may be consumed by each other.
#pragma once

#include <vector>

#include "worker/core.h"

namespace sluice::worker {

class Transport;

class Router final : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::router;
  Router(ObjectId id, Core& core) : Object(kKind, id), core_(core) {}

  void close();  // With its transports; the router itself is destroyed.

  std::vector<Transport*> transports;

 private:
  Core& core_;
};

}  // namespace sluice::worker
