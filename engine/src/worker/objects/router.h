// A router: transports whose producers may be consumed by each other, and observers of producers.
#pragma once

#include <vector>

#include "worker/loop/core.h"

namespace sluice::worker {

class RtpObserver;
class Transport;

class Router final : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::router;
  Router(ObjectId id, Core& core) : Object(kKind, id), core_(core) {}

  void close();  // With its transports and observers; the router itself is destroyed.

  std::vector<Transport*> transports;
  std::vector<RtpObserver*> observers;

 private:
  Core& core_;
};

}  // namespace sluice::worker
