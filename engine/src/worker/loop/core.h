// The state that all parts of one worker share. The Engine makes it; only the worker's thread uses
// it. Each member has verbs of its own; `now` and `wall_offset` are written by the Engine alone.
#pragma once

#include <memory>
#include <vector>

#include "base/packet_pool.h"
#include "base/time.h"
#include "dtls/dtls_context.h"
#include "dtls/secure_random.h"
#include "net/clock.h"
#include "worker/between/links.h"
#include "worker/host/events.h"
#include "worker/loop/counters.h"
#include "worker/loop/engine_options.h"
#include "worker/loop/fault.h"
#include "worker/loop/sockets.h"
#include "worker/loop/timer_queue.h"
#include "worker/objects/object.h"
#include "worker/path/demux.h"

namespace sluice::worker {

class PortMember;
class Producer;

// A list whose items add and remove themselves.
template <typename T>
class Listed {
 public:
  void add(T& item) { items_.push_back(&item); }
  void remove(T& item) { std::erase(items_, &item); }
  void clear() { items_.clear(); }
  bool empty() const { return items_.empty(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

 private:
  std::vector<T*> items_;
};

struct Core {
  // How late a report may be on an idle worker: a tenth of its interval.
  static constexpr Duration kPatience = 100ms;

  Core(const EngineOptions& engine_options, EventRing& ring, net::Epoll epoll,
       std::unique_ptr<dtls::DtlsContext> dtls_context, std::shared_ptr<Mailbox> mailbox)
      : options(engine_options),
        events(ring),
        pool(engine_options.packet_slots_max),
        links(pool, std::move(mailbox)),
        dtls(std::move(dtls_context)),
        ports({engine_options.rtc_min_port, engine_options.rtc_max_port}, random),
        sockets(std::move(epoll), counters) {}

  EngineOptions options;
  Instant now{};  // Of this turn of the loop.
  net::WallClock wall{net::first_wall_offset()};

  Counters counters;
  TimerQueue timers;
  TimerQueue patient_timers{kPatience};  // For reports.
  Fault fault{timers};
  Events events;
  PacketPool pool;
  Links links;  // Outlives `objects`: their last packets may belong to other workers.
  dtls::SecureRandom random;
  SeededRandom jitter{random.next()};  // Of reports: nobody gains from guessing it.
  std::unique_ptr<dtls::DtlsContext> dtls;
  net::PortAllocator ports;
  Sockets sockets;

  Demux demux;
  Listed<PortMember> shared_ports;   // Of its WebRtcServers.
  Listed<Producer> dirty_producers;  // Producers that received packets in this turn.

  // The last member, so that objects are destroyed before everything that they use.
  Objects objects;

  NtpTime ntp() const { return wall.ntp(now); }
  int64_t wall_ms() const { return wall.ms(now); }
};

}  // namespace sluice::worker
