// A network link for simulations: delay, jitter, loss, reordering, duplication and a bottleneck
// with a bounded queue. Pure and seeded: virtual time goes in, the same seed gives the same run.
//
// A datagram first waits for the bottleneck (rate, drop-tail queue), then travels for delay +
// jitter. Jitter keeps the order, as queues in a network do; only a datagram chosen for reordering
// is overtaken.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "base/time.h"

namespace sluice {

struct LinkOptions {
  Duration delay{};        // One way.
  Duration jitter{};       // Added to the delay, uniform in [0, jitter].
  double loss = 0.0;       // Probabilities, each of one datagram.
  double reorder = 0.0;    // Held back for `reorder_delay`, while others overtake.
  double duplicate = 0.0;  // Delivered twice, the copy right behind.
  Duration reorder_delay = 10ms;
  uint64_t bits_per_second = 0;     // Of the bottleneck; 0 is no bottleneck.
  size_t queue_bytes = 256 * 1024;  // Waiting for the bottleneck; what does not fit is dropped.
};

// One direction of a link. Any number may share a Random, at the price of their runs depending on
// each other.
class LinkSimulator {
 public:
  struct Delivery {
    Instant at;
    uint64_t tag = 0;  // As given to send().
    std::vector<uint8_t> bytes;
  };
  struct Counters {
    uint64_t sent = 0, delivered = 0, lost = 0, queue_dropped = 0, reordered = 0, duplicated = 0;
  };

  LinkSimulator(Random& random, LinkOptions options) : random_(random), options_(options) {}

  // Takes effect for what is sent from now on: a test may change the weather.
  void set_options(const LinkOptions& options) { options_ = options; }
  const LinkOptions& options() const { return options_; }

  void send(Instant now, Bytes datagram, uint64_t tag = 0) {
    ++counters_.sent;
    // One draw for each property and datagram, whatever the options are: changing one probability
    // then leaves the other draws of a run as they were.
    const double loss = random_.unit(), reorder = random_.unit(), duplicate = random_.unit();
    const double jitter = random_.unit();
    const std::optional<Instant> left = pass_bottleneck(now, datagram.size());
    if (!left) {
      ++counters_.queue_dropped;
      return;
    }
    if (loss < options_.loss) {
      ++counters_.lost;
      return;
    }
    Instant at =
        *left + options_.delay +
        Duration(static_cast<int64_t>(jitter * static_cast<double>(options_.jitter.count())));
    if (reorder < options_.reorder) {
      at += options_.reorder_delay;
      ++counters_.reordered;
    } else {
      at = last_in_order_ = std::max(at, last_in_order_);
    }
    push(at, datagram, tag);
    if (duplicate < options_.duplicate) {
      ++counters_.duplicated;
      push(at, datagram, tag);
    }
  }

  // The next datagram that has arrived by `now`; call until empty.
  std::optional<Delivery> poll(Instant now) {
    if (in_flight_.empty() || in_flight_.front().delivery.at > now) return std::nullopt;
    std::pop_heap(in_flight_.begin(), in_flight_.end(), Later{});
    Delivery delivery = std::move(in_flight_.back().delivery);
    in_flight_.pop_back();
    ++counters_.delivered;
    return delivery;
  }

  // When the next datagram arrives; kNever when the link is empty.
  Instant next_delivery() const {
    return in_flight_.empty() ? kNever : in_flight_.front().delivery.at;
  }
  size_t in_flight() const { return in_flight_.size(); }
  const Counters& counters() const { return counters_; }

 private:
  struct InFlight {
    uint64_t order;  // Ties leave in the order they came.
    Delivery delivery;
  };
  struct Later {
    bool operator()(const InFlight& a, const InFlight& b) const {
      if (a.delivery.at != b.delivery.at) return a.delivery.at > b.delivery.at;
      return a.order > b.order;
    }
  };

  // When the datagram has left the bottleneck; empty when the queue has no room for it.
  std::optional<Instant> pass_bottleneck(Instant now, size_t bytes) {
    if (options_.bits_per_second == 0) return now;
    const double ns_per_byte = 8e9 / static_cast<double>(options_.bits_per_second);
    const Instant start = std::max(now, bottleneck_free_at_);
    const double waiting_bytes = static_cast<double>((start - now).count()) / ns_per_byte;
    if (waiting_bytes + static_cast<double>(bytes) > static_cast<double>(options_.queue_bytes)) {
      return std::nullopt;
    }
    bottleneck_free_at_ =
        start + Duration(static_cast<int64_t>(static_cast<double>(bytes) * ns_per_byte));
    return bottleneck_free_at_;
  }

  void push(Instant at, Bytes datagram, uint64_t tag) {
    in_flight_.push_back({next_order_++, {at, tag, {datagram.begin(), datagram.end()}}});
    std::push_heap(in_flight_.begin(), in_flight_.end(), Later{});
  }

  Random& random_;
  LinkOptions options_;
  Counters counters_;
  std::vector<InFlight> in_flight_;  // A heap, the earliest in front.
  Instant bottleneck_free_at_{};
  Instant last_in_order_{};
  uint64_t next_order_ = 0;
};

}  // namespace sluice
