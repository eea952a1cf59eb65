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

  // Each transport and observer adds and removes itself.
  void add(Transport& transport) { transports_.push_back(&transport); }
  void remove(Transport& transport) { std::erase(transports_, &transport); }
  void add(RtpObserver& observer) { observers_.push_back(&observer); }
  void remove(RtpObserver& observer) { std::erase(observers_, &observer); }
  const std::vector<Transport*>& transports() const { return transports_; }

 private:
  std::vector<Transport*> transports_;
  std::vector<RtpObserver*> observers_;
  Core& core_;
};

}  // namespace sluice::worker
