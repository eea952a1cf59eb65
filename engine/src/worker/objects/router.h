// A router: transports that can consume each other's producers, and observers of producers.
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

  void close();  // Closes its transports and observers too, and destroys the router.
  void write_dump(JsonWriter& out) const;

  std::vector<Transport*> transports;
  std::vector<RtpObserver*> observers;

 private:
  Core& core_;
};

}  // namespace sluice::worker
