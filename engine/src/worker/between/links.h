// The links of one worker: their transports, and when they are read. They live here and not in the
// transports, because a packet of another worker may outlive the transport that it came by.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "worker/between/link.h"

namespace sluice::worker {

class PipeTransport;

class Links {
 public:
  Links(PacketPool& pool, std::shared_ptr<Mailbox> mailbox)
      : pool_(pool), mailbox_(std::move(mailbox)) {}
  ~Links();

  // Offers a link to another transport of this process, which passes the id to take().
  struct Offer {
    uint32_t id = 0;
    LinkEnd* end = nullptr;
  };
  Offer offer(PipeTransport& transport);
  // Takes an offer. Fails with not_found when there is none: never made, taken, or withdrawn.
  Result<LinkEnd*> take(uint32_t id, PipeTransport& transport);
  // The transport closes.
  void release(LinkEnd* end);

  // -- The loop.
  Mailbox& mailbox() { return *mailbox_; }
  const std::shared_ptr<Mailbox>& shared_mailbox() const { return mailbox_; }
  bool empty() const { return ends_.empty(); }
  bool has_items() const;
  template <typename Handle>  // void(PipeTransport&, LinkEnd::Received&)
  void receive(Handle&& handle) {
    // Handling may end a transport, and its link with it.
    for (size_t i = 0; i < ends_.size(); ++i) {
      for (uint32_t n = 0; n < Link::kItemsMax; ++n) {
        if (!ends_[i].transport) break;
        auto received = ends_[i].end->receive();
        if (!received) break;
        handle(*ends_[i].transport, *received);
      }
    }
  }
  // At the end of a turn: wakes workers that were sent something, takes lent packets back.
  void end_turn();

 private:
  struct Entry {
    std::unique_ptr<LinkEnd> end;
    PipeTransport* transport = nullptr;  // nullptr: released, while packets are still lent.
    uint32_t offer = 0;
  };
  LinkEnd* add(std::shared_ptr<Link> link, int side, PipeTransport& transport, uint32_t offer);

  PacketPool& pool_;
  std::shared_ptr<Mailbox> mailbox_;
  std::vector<Entry> ends_;
};

}  // namespace sluice::worker
