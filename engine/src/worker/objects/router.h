// A router: transports that can consume each other's producers, and observers of producers.
#pragma once

#include "worker/loop/core.h"
#include "worker/objects/member_list.h"

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
  void add(Transport& transport);
  void remove(Transport& transport);
  void add(RtpObserver& observer);
  void remove(RtpObserver& observer);
  const MemberList<Transport, InRouter>& transports() const { return transports_; }

 private:
  MemberList<Transport, InRouter> transports_;
  MemberList<RtpObserver, InRouter> observers_;
  Core& core_;
};

}  // namespace sluice::worker
