#include "worker/between/links.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace sluice::worker {
namespace {

// Offers of all workers of the process that were not taken.
class Offers {
 public:
  uint32_t add(std::shared_ptr<Link> link) {
    const std::lock_guard lock(mutex_);
    while (++last_ == 0 || links_.contains(last_)) {
    }
    links_[last_] = std::move(link);
    return last_;
  }
  std::shared_ptr<Link> take(uint32_t id) {
    const std::lock_guard lock(mutex_);
    const auto found = links_.find(id);
    if (found == links_.end()) return nullptr;
    auto link = std::move(found->second);
    links_.erase(found);
    return link;
  }

  // Never destroyed: workers may outlive static destructors.
  static Offers& instance() {
    static Offers& offers = *new Offers;
    return offers;
  }

 private:
  std::mutex mutex_;
  std::unordered_map<uint32_t, std::shared_ptr<Link>> links_;
  uint32_t last_ = 0;
};

}  // namespace

Links::~Links() {
  for (Entry& entry : ends_) Offers::instance().take(entry.offer);
}

LinkEnd* Links::add(std::shared_ptr<Link> link, int side, PipeTransport& transport,
                    uint32_t offer) {
  ends_.push_back(
      {std::make_unique<LinkEnd>(std::move(link), side, pool_, mailbox_), &transport, offer});
  return ends_.back().end.get();
}

Links::Offer Links::offer(PipeTransport& transport) {
  auto link = std::make_shared<Link>();
  LinkEnd* end = add(link, 0, transport, 0);
  ends_.back().offer = Offers::instance().add(std::move(link));
  return {ends_.back().offer, end};
}

Result<LinkEnd*> Links::take(uint32_t id, PipeTransport& transport) {
  auto link = Offers::instance().take(id);
  if (!link) return Error{ErrorKind::not_found, "link not found"};
  return add(std::move(link), 1, transport, 0);
}

void Links::release(LinkEnd* end) {
  const auto found = std::find_if(ends_.begin(), ends_.end(),
                                  [end](const Entry& entry) { return entry.end.get() == end; });
  if (found == ends_.end()) return;
  Offers::instance().take(found->offer);
  found->transport = nullptr;
  end->close();
}

bool Links::has_items() const {
  return std::any_of(ends_.begin(), ends_.end(),
                     [](const Entry& entry) { return entry.transport && entry.end->has_items(); });
}

void Links::end_turn() {
  for (Entry& entry : ends_) {
    entry.end->flush();
    entry.end->take_returns();
  }
  std::erase_if(ends_, [](const Entry& entry) { return !entry.transport && entry.end->is_done(); });
}

}  // namespace sluice::worker
