// A link carries packets from one worker to another of the same process. The receiver reads them in
// the memory that the sender's socket wrote them to; nothing is copied, encrypted or parsed again.
//
//   sender's worker                                     receiver's worker
//   producer ─▶ LinkEnd::send() ── items ─────────────▶ LinkEnd::receive() ─▶ producer of the pipe
//              keeps a reference                         holds a head of its own on the same bytes
//              LinkEnd::take_returns() ◀── returns ───── when its last reference is gone
//
// Both queues are bounded: packets that find no room are dropped and counted. RTCP goes the same
// way in both directions.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "base/packet_pool.h"
#include "base/spsc_queue.h"
#include "media/media_types.h"
#include "worker/between/mailbox.h"

namespace sluice::worker {

struct LinkItem {
  enum class Kind : uint8_t { rtp, rtcp };

  Kind kind = Kind::rtp;
  PacketHead* head = nullptr;      // The sender's; it keeps a reference until the head comes back.
  uint32_t ssrc = 0;               // The pipe consumer's and so the pipe producer's.
  media::ReceivedPacket packet;    // Without its slot. RTP alone.
  rtp::SharedStructure structure;  // The dependency structure that the packet attaches, if any.
  // The ids of the header extensions in the bytes, for parsing them again.
  std::array<uint8_t, rtp::kExtensionKinds> extension_ids{};
};

// The state that both ends share.
struct Link {
  // Packets that are under way, and packets that the receiver keeps for retransmission (two seconds
  // at most).
  static constexpr uint32_t kItemsMax = 2048;
  static constexpr uint32_t kLentMax = 16384;
  // From here on the receiver gives up the oldest packets of the producer that keeps most, so that
  // one producer of a pipe cannot keep the others' packets from being lent.
  static constexpr uint32_t kBorrowedMax = kLentMax / 4 * 3;

  struct Lane {
    SpscQueue<LinkItem> items{kItemsMax};
    SpscQueue<PacketHead*> returns{kLentMax};
    std::shared_ptr<PacketBlocks> memory;  // The sender's pool may end before the receiver reads.
    std::shared_ptr<Mailbox> mailbox;      // The receiver's.
    std::atomic<bool> attached{false};     // There is a receiver; its mailbox can be read.
    std::atomic<bool> deserted{false};     // It has gone and reads no items any more.
  };
  Lane lanes[2];  // By the side that sends.
};

// One end. Only the thread of its worker calls it.
class LinkEnd final : private PacketOwner {
 public:
  // `side` is 0 or 1; the other end takes the other.
  LinkEnd(std::shared_ptr<Link> link, int side, PacketPool& pool, std::shared_ptr<Mailbox> mailbox);
  ~LinkEnd();
  LinkEnd(const LinkEnd&) = delete;
  LinkEnd& operator=(const LinkEnd&) = delete;

  // -- Out. False when it was dropped.
  bool send(const media::ReceivedPacket& packet, uint32_t ssrc,
            const std::array<uint8_t, rtp::kExtensionKinds>& extension_ids,
            rtp::SharedStructure structure = nullptr);
  bool send_rtcp(Bytes compound);
  // After the last packet of a turn: wakes the other worker if it sleeps.
  void flush();
  void take_returns();

  // -- In. The next item with a reference to its packet; nullopt when there is none.
  struct Received {
    LinkItem item;
    PacketRef slot;
  };
  std::optional<Received> receive();
  bool has_items() const { return !in_.items.empty(); }
  bool has_borrowed_too_many() const { return borrowed_ >= Link::kBorrowedMax; }

  // Takes and sends nothing more. Packets may still be lent in both directions: the end can be
  // destroyed when is_done().
  void close();
  bool is_done() const { return lent_ == 0 && borrowed_ == 0; }

  struct Counters {
    uint64_t sent = 0;
    uint64_t received = 0;
    uint64_t dropped = 0;
  };
  const Counters& counters() const { return counters_; }

 private:
  struct Borrowed : PacketHead {
    PacketHead* original = nullptr;
  };

  void give_back(PacketHead* head) override;
  bool push(LinkItem item, PacketRef reference);

  const std::shared_ptr<Link> link_;
  Link::Lane& out_;
  Link::Lane& in_;
  PacketPool& pool_;
  uint32_t lent_ = 0;      // Ours, with the other end.
  uint32_t borrowed_ = 0;  // The other's, here.
  bool unflushed_ = false;
  bool closed_ = false;
  std::deque<Borrowed> heads_;  // Never move; as many as were ever held at once.
  std::vector<Borrowed*> free_heads_;
  Counters counters_;
};

}  // namespace sluice::worker
