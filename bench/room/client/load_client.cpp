// The loop: sockets, the next frame, and every 10 ms what peers have to do by themselves.
#include "load_client.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>

#include "net/clock.h"
#include "stamp.h"

namespace sluice::bench {
namespace {

// Tags below are peers.
constexpr uint64_t kControlTag = UINT64_MAX;
constexpr uint64_t kTimerTag = UINT64_MAX - 1;

}  // namespace

Result<std::unique_ptr<LoadClient>> LoadClient::make(LoadClientOptions options) {
  auto certificate = dtls::Certificate::make_self_signed();
  if (!certificate) return certificate.error();
  auto dtls = dtls::DtlsContext::make(std::move(*certificate));
  if (!dtls) return dtls.error();
  if (!(*dtls)->set_srtp_profiles(options.srtp_profiles)) return invalid("no such SRTP profile");
  auto epoll = net::Epoll::create();
  if (!epoll) return epoll.error();
  net::Fd timer(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  if (!timer) return failed("cannot make a timer");
  std::unique_ptr<LoadClient> client(
      new LoadClient(options, std::move(*epoll), std::move(timer), std::move(*dtls)));
  const Status control = client->epoll_.add(STDIN_FILENO, EPOLLIN, kControlTag);
  if (!control) return control.error();
  const Status timed = client->epoll_.add(client->timer_.get(), EPOLLIN, kTimerTag);
  if (!timed) return timed.error();
  return client;
}

LoadClient::LoadClient(LoadClientOptions options, net::Epoll epoll, net::Fd timer,
                       std::unique_ptr<dtls::DtlsContext> dtls)
    : options_(options),
      epoll_(std::move(epoll)),
      timer_(std::move(timer)),
      dtls_(std::move(dtls)) {}

int LoadClient::run() {
  now_ = net::now();
  next_tick_ = now_;
  tell_ready();
  while (!quit_) {
    set_timer();
    const auto events = epoll_.wait(now_, next_tick_);
    now_ = net::now();
    for (const epoll_event& event : events) {
      serve(event.data.u64);
      send_due_frames();  // Reading hundreds of sockets must not make a frame late.
    }
    if (now_ >= next_tick_) tick();
  }
  return 0;
}

void LoadClient::serve(uint64_t tag) {
  if (tag == kControlTag) {
    if (!read_commands()) quit_ = true;
    return;
  }
  if (tag == kTimerTag) {
    uint64_t rings = 0;
    if (read(timer_.get(), &rings, sizeof rings) < 0) return;
    timer_at_ = kNever;
    return;
  }
  if (!peers_[tag]) return;  // Closed by a command of this same turn.
  Peer& peer = *peers_[tag];
  now_ = net::now();
  reader_.read_all(peer.fd(),
                   [&](MutableBytes datagram) { peer.handle_datagram(now_, datagram, *this); });
  tell_changes(peer);
}

void LoadClient::on_packet(Instant now, ReceiveStream& stream, Bytes payload) {
  ++arrived_;
  const auto stamp = read_stamp(payload);
  if (!stamp || stamp->source >= sources_.size()) return;
  if (!sources_[stamp->source]->window().contains(stamp->number)) return;
  ++stream.arrived_in_window;
  delays_.add(now - stamp->sent);
}

void LoadClient::send_due_frames() {
  now_ = net::now();
  for (const auto& source : sources_) {
    if (now_ < source->next_frame()) continue;
    now_ = net::now();  // The stamp tells when this frame left, not when its turn began.
    peers_[source->options().peer]->send_frame(now_, *source);
  }
}

void LoadClient::set_timer() {
  Instant next = kNever;
  for (const auto& source : sources_) next = std::min(next, source->next_frame());
  if (next == timer_at_ || next == kNever) return;
  timer_at_ = next;
  const int64_t ns = std::max<int64_t>(next.time_since_epoch().count(), 1);
  itimerspec when{};
  when.it_value.tv_sec = ns / 1'000'000'000;
  when.it_value.tv_nsec = ns % 1'000'000'000;
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

void LoadClient::tick() {
  next_tick_ = now_ + Peer::kTick;
  for (const auto& peer : peers_) {
    if (!peer) continue;
    peer->handle_tick(now_);
    tell_changes(*peer);
  }
  if (now_ >= next_progress_) print_progress();
  if (now_ >= report_at_) tell_report();
}

}  // namespace sluice::bench
