// What all parts of one worker share. Made by the Engine, used on the worker's thread alone.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
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
#include "worker/path/path_table.h"

namespace sluice::worker {

class PortMember;
class Producer;
class WebRtcTransport;

// Finds a std::string by a view of the same text, without making one.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

struct Core {
  // How late a report may be on a worker that has nothing else to do: a tenth of its interval.
  static constexpr Duration kPatience = 100ms;
  // 256 MB of received packets at most: two seconds of 60,000 packets per second.
  static constexpr size_t kPacketsMax = 128 * 1024;

  Core(const EngineOptions& engine_options, EventRing& ring, net::Epoll epoll,
       std::unique_ptr<dtls::DtlsContext> dtls_context, std::shared_ptr<Mailbox> mailbox)
      : options(engine_options),
        events(ring),
        pool(kPacketsMax),
        links(pool, std::move(mailbox)),
        dtls(std::move(dtls_context)),
        ports({engine_options.rtc_min_port, engine_options.rtc_max_port}, random),
        sockets(std::move(epoll), counters) {}

  EngineOptions options;
  Instant now{};           // Of this turn of the loop.
  Duration wall_offset{};  // Wall clock minus `now`.

  Counters counters;
  TimerQueue timers;
  TimerQueue patient_timers{kPatience};  // Of reports.
  Fault fault{timers};
  Events events;
  PacketPool pool;
  Links links;  // Before `objects`, whose last packets may be other workers'.
  dtls::SecureRandom random;
  SeededRandom jitter{random.next()};  // Of reports: nobody gains from guessing it.
  std::unique_ptr<dtls::DtlsContext> dtls;
  net::PortAllocator ports;
  Sockets sockets;

  // Which transport a datagram is for: by its path, and before that by the username fragment.
  PathTable paths;
  std::unordered_map<std::string, WebRtcTransport*, TextHash, std::equal_to<>> ufrags;

  std::vector<PortMember*> shared_ports;  // Of its WebRtcServers.

  std::vector<Producer*> dirty_producers;  // With packets of this turn.

  Objects objects;  // The last member: objects go first, while all they use still stands.

  NtpTime ntp() const { return net::to_ntp(now, wall_offset); }
  int64_t wall_ms() const { return net::to_wall_ms(now, wall_offset); }
};

}  // namespace sluice::worker
