#include "worker/loop/engine.h"

#include <sys/epoll.h>

#include <algorithm>
#include <span>
#include <vector>

#include "worker/commands/commands.h"
#include "worker/host/command_queue.h"
#include "worker/loop/catch_up.h"
#include "worker/loop/core.h"
#include "worker/objects/data_consumer.h"
#include "worker/objects/router.h"
#include "worker/objects/web_rtc_server.h"
#include "worker/path/packet_path.h"

namespace sluice::worker {

struct Engine::State {
  State(const EngineOptions& options, EventRing& events, net::Epoll epoll,
        std::unique_ptr<dtls::DtlsContext> dtls, std::shared_ptr<Mailbox> mailbox,
        CommandQueue& queue)
      : core(options, events, std::move(epoll), std::move(dtls), std::move(mailbox)),
        path(core),
        commands(core),
        receive_batch(core.pool),
        queue(queue),
        half_open_timer(
            core.timers, this,
            [](void* self, Instant now) { static_cast<State*>(self)->expire_half_open(now); }),
        listener_timer(core.timers, this,
                       [](void* self, Instant) { static_cast<State*>(self)->retry_listeners(); }) {}

  void close_all();
  void turn();
  void serve(Instant now, std::span<const epoll_event> ready);
  void handle(const epoll_event& event);
  void receive_udp(uint32_t handle, const Socket& socket);
  void receive_tcp(uint32_t handle);
  void receive_frames(uint32_t handle);
  void receive_handed();
  void adopt(PortMember& port, Handed& handed);
  void watch_half_open(uint32_t evicted);
  bool uses_mail() const { return !core.links.empty() || !core.shared_ports.empty(); }
  bool announce_sleep_to_workers();
  void accept(uint32_t handle);
  void run_timers();
  void stop_polling(uint32_t listener);
  void retry_listeners();
  void expire_half_open(Instant now);
  void run_command(const Command& command, Answer& answer);
  bool announce_sleep();
  void flush_messages();
  Instant next_deadline() const;

  Core core;
  PacketPath path;
  Commands commands;
  net::ReceiveBatch receive_batch;
  CommandQueue& queue;
  Timer half_open_timer;
  Timer listener_timer;
  std::vector<uint32_t> blocked_listeners;  // They could not accept when last tried.
  CatchUp catch_up;
  size_t ready_count = 0;    // Of this turn's wait.
  bool left_unread = false;  // A bound of this turn was reached: a socket may have more.
};

namespace {

// A flood of new connections must not keep the loop from its other work.
constexpr int kAcceptsPerTurn = 16;

// When a listener that could not accept is tried again: often enough for peers, whose kernel keeps
// the connection waiting, and rare enough to cost nothing.
constexpr Duration kAcceptRetry = 200ms;

// Batches read from one socket in a turn: enough for a burst, without delaying the other sockets.
constexpr int kBatchesPerTurn = 4;

}  // namespace

Result<std::unique_ptr<Engine>> Engine::create(const EngineOptions& options, EventRing& events,
                                               CommandQueue& commands) {
  auto certificate = options.dtls_certificate_file.empty()
                         ? dtls::Certificate::make_self_signed()
                         : dtls::Certificate::from_files(options.dtls_certificate_file,
                                                         options.dtls_private_key_file);
  if (!certificate && options.dtls_certificate_file.empty()) return certificate.error();
  if (!certificate) {
    return Error{certificate.error().kind,
                 "dtlsCertificateFile, dtlsPrivateKeyFile: " + certificate.error().text};
  }
  auto dtls = dtls::DtlsContext::make(std::move(*certificate));
  if (!dtls) return dtls.error();
  auto epoll = net::Epoll::create();
  if (!epoll) return epoll.error();
  auto added = epoll->add(commands.wake_fd(), EPOLLIN, Sockets::kWakeTag);
  if (!added) return added.error();
  auto mailbox = Mailbox::create();
  if (!mailbox) return mailbox.error();
  added = epoll->add((*mailbox)->fd(), EPOLLIN, Sockets::kMailTag);
  if (!added) return added.error();
  auto level = parse_log_level(options.log_level);
  if (!level) return invalid("logLevel must be \"debug\", \"warn\", \"error\" or \"none\"");

  if (!dtls::SecureRandom().prepare()) return failed("the system gives no random numbers");
  auto state = std::make_unique<State>(options, events, std::move(*epoll), std::move(*dtls),
                                       std::move(*mailbox), commands);
  state->core.events.set_log(*level, options.log_tags);
  return std::unique_ptr<Engine>(new Engine(std::move(state)));
}

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Engine::~Engine() = default;

void Engine::State::close_all() {
  core.now = net::now();
  std::vector<Router*> routers;
  core.objects.each<Router>([&](Router& router) { routers.push_back(&router); });
  for (Router* router : routers) router->close();
  std::vector<WebRtcServer*> servers;
  core.objects.each<WebRtcServer>([&](WebRtcServer& server) { servers.push_back(&server); });
  for (WebRtcServer* server : servers) server->close();
  core.sockets.flush();  // The last alerts.
}

void Engine::run() {
  while (!state_->queue.stop_requested()) state_->turn();
  state_->close_all();
}

void Engine::turn(Instant now) {
  state_->serve(now, state_->core.sockets.epoll().wait(now, now));
}

void Engine::run_command(const Command& command, Answer& answer) {
  state_->run_command(command, answer);
}

const Core& Engine::core() const {
  return state_->core;
}

Instant Engine::State::next_deadline() const {
  return std::min(
      {core.timers.wake_at(), core.patient_timers.wake_at(), core.events.ring().next_timeout()});
}

// Tells the host and the other workers that this one is about to sleep, so that they wake it. True
// when something waits in memory already: the worker must not sleep.
bool Engine::State::announce_sleep() {
  DirectChannel& direct = core.events.ring().direct();
  const bool in_mail = announce_sleep_to_workers();
  return (direct.is_open() && direct.reader().announce_sleep()) || in_mail;
}

// The same for links and shared ports.
bool Engine::State::announce_sleep_to_workers() {
  if (!uses_mail()) return false;
  core.links.mailbox().announce_sleep();
  const bool any = core.links.has_items() ||
                   std::any_of(core.shared_ports.begin(), core.shared_ports.end(),
                               [](const PortMember* port) { return port->has_items(); });
  if (any) core.links.mailbox().woke_up();
  return any;
}

// Retries messages that did not fit the ring; skips closed data consumers.
void Engine::State::flush_messages() {
  core.events.ring().direct().flush_backlog(
      [&](uint32_t target) { return core.objects.find<DataConsumer>(target); });
}

// Packets and messages that the application sent before a command take effect before it.
void Engine::State::run_command(const Command& command, Answer& answer) {
  while (path.receive_direct(core.now)) path.forward(core.now);
  commands.run(command, answer);
}

void Engine::State::turn() {
  const Instant before = net::now();
  const Instant deadline = announce_sleep() ? before : next_deadline();
  const auto ready = core.sockets.epoll().wait(before, deadline);
  if (uses_mail()) core.links.mailbox().woke_up();
  DirectChannel& direct = core.events.ring().direct();
  if (direct.is_open()) direct.reader().woke_up();
  serve(net::now(), ready);
}

// What a turn does once it is awake.
void Engine::State::serve(Instant now, std::span<const epoll_event> ready) {
  core.now = now;
  core.counters.add(Counter::loop_turns);
  if (core.wall.is_due(core.now)) core.wall.follow(core.now, net::wall_offset());

  ready_count = ready.size();
  for (const epoll_event& event : ready) handle(event);
  receive_handed();
  path.receive_links(core.now);
  path.receive_direct(core.now);
  path.forward(core.now);
  run_timers();
  core.links.end_turn();
  for (PortMember* port : core.shared_ports) port->flush();
  core.sockets.flush();
  if (core.events.ring().direct().keeps_messages()) flush_messages();
  core.events.ring().end_of_batch(core.now);
}

void Engine::State::run_timers() {
  // A wait that a signal ended (SIGCONT does, without a handler) reports nothing, whatever is
  // there.
  const bool has_looked = ready_count != 0 || catch_up.is_holding();
  const bool all_read = has_looked && !left_unread && ready_count < net::Epoll::kMaxEvents;
  left_unread = false;
  const Instant due = std::min(core.timers.wake_at(), core.patient_timers.wake_at());
  if (!catch_up.may_judge(core.now, due, all_read, uses_mail())) return;
  core.timers.run_due(core.now);
  core.patient_timers.run_due(core.now);
}

void Engine::State::handle(const epoll_event& event) {
  if (event.data.u64 == Sockets::kMailTag) return core.links.mailbox().clear();
  if (event.data.u64 == Sockets::kWakeTag) {
    return queue.drain(
        [&](const Command& command, Answer& answer) { run_command(command, answer); });
  }
  const auto handle = static_cast<uint32_t>(event.data.u64);
  if (event.events & EPOLLOUT) core.sockets.handle_writable(handle);
  const Socket* socket = core.sockets.find(handle);
  if (!socket || !(event.events & (EPOLLIN | EPOLLERR | EPOLLHUP))) return;
  if (socket->udp) return receive_udp(handle, *socket);
  if (socket->listener) return accept(handle);
  receive_tcp(handle);
}

void Engine::State::receive_udp(uint32_t handle, const Socket& socket) {
  for (int i = 0; i < kBatchesPerTurn; ++i) {
    const auto received = receive_batch.receive(*socket.udp);
    core.counters.add(Counter::datagrams_truncated, received.truncated);
    core.counters.add(Counter::drop_pool_exhausted, received.without_slot);
    core.counters.add(Counter::socket_receive_errors, received.failed ? 1 : 0);
    // No datagram can cause a UDP socket to be closed, so `socket` stays valid.
    for (auto& datagram : received.datagrams) path.receive(core.now, handle, socket, datagram);
    if (!received.more) return;
  }
  left_unread = true;
}

void Engine::State::receive_tcp(uint32_t handle) {
  net::TcpConnection& connection = *core.sockets.find(handle)->connection;
  const uint64_t bytes_before = connection.counters().bytes_in;
  const bool alive = connection.read_some();
  const uint64_t read = connection.counters().bytes_in - bytes_before;
  if (read >= net::FrameReader::kDefaultBufferBytes / 2) left_unread = true;
  receive_frames(handle);
  if (!alive) close_connection(core, handle);
}

void Engine::State::receive_frames(uint32_t handle) {
  for (;;) {
    // A frame may cause its connection to be closed (its path was evicted) or handed over.
    const Socket* socket = core.sockets.find(handle);
    if (!socket) return;
    PacketRef packet = core.sockets.next_frame(handle, core.pool);
    if (!packet) return;
    path.receive_frame(core.now, handle, *socket, std::move(packet));
  }
}

void Engine::State::receive_handed() {
  // Nothing that is handed over can close a server, so the list stays valid.
  for (PortMember* port : core.shared_ports) {
    port->receive([&](Handed& handed) {
      if (handed.kind == Handed::Kind::connection) return adopt(*port, handed);
      path.receive_handed(core.now, *port, handed);
    });
  }
}

// Takes a connection that another worker accepted, and the frame that told it the owner.
void Engine::State::adopt(PortMember& port, Handed& handed) {
  const uint32_t listener = port.handles[handed.listen_index];
  uint32_t evicted = 0;
  const uint32_t handle =
      core.sockets.adopt(core.now, std::move(*handed.connection), listener, &evicted);
  if (handle == 0) return;
  watch_half_open(evicted);
  PacketRef packet = core.pool.take();
  const Socket* socket = core.sockets.find(handle);
  if (packet && socket) {
    std::copy(handed.bytes().begin(), handed.bytes().end(), packet->data);
    packet->size = handed.size;
    path.receive_frame(core.now, handle, *socket, std::move(packet));
  }
  receive_frames(handle);
}

void Engine::State::accept(uint32_t handle) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    uint32_t evicted = 0;
    Socket* listener = core.sockets.find(handle);
    const uint64_t failed = listener->listener->counters().failed;
    const bool accepted = core.sockets.accept(core.now, *listener, handle, &evicted) != 0;
    if (listener->listener->counters().failed != failed) return stop_polling(handle);
    std::erase(blocked_listeners, handle);
    if (!accepted) return;
    watch_half_open(evicted);
  }
  left_unread = true;
}

// A connection may wait that cannot be accepted now: no descriptor is left, not even the spare one,
// or memory is short. A listener that is polled meanwhile would wake the loop without end.
void Engine::State::stop_polling(uint32_t handle) {
  const net::TcpListener& listener = *core.sockets.find(handle)->listener;
  if (!core.sockets.epoll().modify(listener.fd(), 0, handle)) return;
  listener_timer.set_sooner(core.now + kAcceptRetry);
  if (std::find(blocked_listeners.begin(), blocked_listeners.end(), handle) !=
      blocked_listeners.end()) {
    return;  // Logged before.
  }
  blocked_listeners.push_back(handle);
  core.events.log(LogLevel::warn, "ice",
                  "connections to " + to_text(listener.local()) + " cannot be accepted");
}

void Engine::State::retry_listeners() {
  std::erase_if(blocked_listeners, [&](uint32_t handle) { return !core.sockets.find(handle); });
  for (const uint32_t handle : blocked_listeners) {
    const int fd = core.sockets.find(handle)->listener->fd();
    if (core.sockets.epoll().modify(fd, EPOLLIN, handle)) continue;
    listener_timer.set_sooner(core.now + kAcceptRetry);
  }
}

void Engine::State::watch_half_open(uint32_t evicted) {
  if (evicted != 0) {
    core.counters.add(Counter::tcp_half_open_evicted);
    close_connection(core, evicted);
  }
  half_open_timer.set_sooner(core.sockets.next_half_open_timeout());
}

void Engine::State::expire_half_open(Instant now) {
  core.sockets.expire_half_open(now, [&](uint32_t handle) {
    core.counters.add(Counter::tcp_half_open_expired);
    close_connection(core, handle);
  });
  half_open_timer.set(core.sockets.next_half_open_timeout());
}

}  // namespace sluice::worker
