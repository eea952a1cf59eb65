// What it costs to hand a datagram over from one worker to another (worker/between/shared_port.h):
// CPU time of both threads, beside reading it from the socket, which a datagram that came right
// costs as well. The receiver sleeps in epoll between two batches, or is kept awake by the next.
//
//   bench_handover [--json FILE]
#include <sys/epoll.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <thread>
#include <vector>

#include "../cpu_time.h"
#include "../program.h"
#include "net/clock.h"
#include "net/epoll.h"
#include "worker/between/shared_port.h"

namespace sluice::bench {
namespace {

constexpr size_t kBytes = 1200;
constexpr uint32_t kDatagrams = 200'000;

struct Figure {
  uint32_t batch = 0;
  double sender_ns = 0, receiver_ns = 0;  // A datagram.
  uint64_t full = 0;
};

std::shared_ptr<worker::Mailbox> make_mailbox() {
  return std::move(*worker::Mailbox::create());
}

// Sends batches, each when the last has been taken.
Figure measure(uint32_t batch) {
  auto port = std::make_shared<worker::SharedPort>(1, false);
  const auto box = make_mailbox();
  auto from = std::move(*worker::PortMember::join(port, 0, make_mailbox()));
  std::atomic<uint32_t> taken{0};
  std::atomic<bool> ready{false};
  Figure figure;
  figure.batch = batch;

  std::thread receiver([&] {
    auto to = std::move(*worker::PortMember::join(port, 1, box));
    auto epoll = std::move(*net::Epoll::create());
    if (!epoll.add(box->fd(), EPOLLIN, 0)) return;
    PacketPool pool(1024);
    ready = true;
    const double begin = thread_cpu_ns();
    while (taken.load(std::memory_order_relaxed) < kDatagrams) {
      box->announce_sleep();
      if (!to->has_items()) {
        const Instant now = net::now();
        if (!epoll.wait(now, now + 1s).empty()) box->clear();
      }
      box->woke_up();
      uint32_t count = 0;
      to->receive([&](worker::Handed& handed) {
        PacketRef slot = pool.take();
        std::memcpy(slot->data, handed.bytes().data(), handed.size);
        slot->size = handed.size;
        ++count;
      });
      taken.fetch_add(count, std::memory_order_release);
    }
    figure.receiver_ns = (thread_cpu_ns() - begin) / kDatagrams;
  });
  while (!ready) std::this_thread::yield();

  const std::vector<uint8_t> datagram(kBytes, 0x80);
  Address source;
  double used = 0;
  for (uint32_t sent = 0; sent < kDatagrams;) {
    const double begin = thread_cpu_ns();
    for (uint32_t i = 0; i < batch && sent < kDatagrams; ++i) {
      source.port = static_cast<uint16_t>(sent);
      if (from->hand_over(1, worker::Handed::Kind::datagram, 0, source, datagram)) {
        ++sent;
      } else {
        ++figure.full;
      }
    }
    from->flush();
    used += thread_cpu_ns() - begin;
    while (taken.load(std::memory_order_acquire) < sent) std::this_thread::yield();
  }
  figure.sender_ns = used / kDatagrams;
  receiver.join();
  return figure;
}

void run_all(worker::JsonWriter& out) {
  std::printf("datagrams of 1200 bytes: ns each, of both threads\n");
  std::printf("  %-12s %10s %10s\n", "in batches of", "sender", "receiver");
  out.begin_array();
  for (const uint32_t batch : {1u, 4u, 16u, 64u}) {
    const Figure figure = measure(batch);
    std::printf("  %-13u %10.0f %10.0f\n", batch, figure.sender_ns, figure.receiver_ns);
    out.begin_object();
    out.field("batch", batch);
    out.field("sender_ns", rounded(figure.sender_ns));
    out.field("receiver_ns", rounded(figure.receiver_ns));
    out.end_object();
  }
  out.end_array();
}

}  // namespace
}  // namespace sluice::bench

int main(int count, char** arguments) {
  using namespace sluice::bench;
  return run_program(count, arguments, "bench_handover [--json FILE]\n", {}, run_all);
}
