// A list that each member leaves in constant time, since it knows its place. The last member takes
// the place of the one that leaves, so the order means nothing.
#pragma once

#include <cstddef>
#include <vector>

namespace sluice::worker {

// Where a member keeps its place, one per kind of list that it may be in.
struct InRouter {
  static size_t& place(auto& member) { return member.place_in_router; }
};
struct InServer {
  static size_t& place(auto& member) { return member.place_in_server; }
};
struct InTransport {
  static size_t& place(auto& member) { return member.place_in_transport; }
};
struct InProducer {
  static size_t& place(auto& member) { return member.place_in_producer; }
};

template <typename T, typename In>
class MemberList {
 public:
  void add(T& member) {
    In::place(member) = members_.size();
    members_.push_back(&member);
  }
  // Changes nothing when it is not in the list.
  void remove(T& member) {
    const size_t place = In::place(member);
    if (place >= members_.size() || members_[place] != &member) return;
    members_[place] = members_.back();
    In::place(*members_[place]) = place;
    members_.pop_back();
  }

  bool empty() const { return members_.empty(); }
  size_t size() const { return members_.size(); }
  T* back() const { return members_.back(); }
  auto begin() const { return members_.begin(); }
  auto end() const { return members_.end(); }

 private:
  std::vector<T*> members_;
};

}  // namespace sluice::worker
