// Whole workers without a thread and without a clock: whoever holds one says when it turns and what
// time it is then. Sockets are real, on the loopback, where a datagram that was sent can be read at
// once. Random numbers start over with each input, so that an input always gives the same run.
#pragma once

#define OPENSSL_SUPPRESS_DEPRECATED
#include <arpa/inet.h>
#include <openssl/rand.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "input.h"
#include "net/fd.h"
#include "net/udp_socket.h"
#include "sluice.h"
#include "worker/host/command_queue.h"
#include "worker/host/event_ring.h"
#include "worker/json/json.h"
#include "worker/loop/core.h"
#include "worker/loop/engine.h"

namespace sluice::fuzz {

// OpenSSL has nothing newer for a program that wants its random numbers to be the same each time.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

// OpenSSL's random numbers from a seed.
inline void seed_random_numbers() {
  static SeededRandom random(1);
  random = SeededRandom(1);
  static constexpr auto kFill = [](unsigned char* out, int size) {
    for (int i = 0; i < size; ++i) out[i] = static_cast<unsigned char>(random.next());
    return 1;
  };
  static const RAND_METHOD kSeeded = {nullptr, kFill, nullptr, nullptr, kFill, nullptr};
  RAND_set_rand_method(&kSeeded);
}

// A socket of the loopback that never waits.
class Peer {
 public:
  Peer() : fd_(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = loopback(0);
    require(bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    socklen_t size = sizeof(address);
    getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }

  uint16_t port() const { return port_; }
  void send_to(uint16_t port, Bytes bytes) const {
    const sockaddr_in address = loopback(port);
    sendto(fd_.get(), bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&address),
           sizeof(address));
  }
  // Valid until the next call; empty when nothing is there.
  Bytes receive() {
    const ssize_t size = recv(fd_.get(), buffer_.data(), buffer_.size(), 0);
    return size <= 0 ? Bytes() : Bytes(buffer_).first(static_cast<size_t>(size));
  }

 private:
  static sockaddr_in loopback(uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
  }

  net::Fd fd_;
  uint16_t port_ = 0;
  std::array<uint8_t, 2048> buffer_{};
};

// A word of a ring's control page.
inline std::atomic_ref<uint32_t> word(uint8_t* control, uint32_t at) {
  return std::atomic_ref(*reinterpret_cast<uint32_t*>(control + at));
}

class VirtualWorker {
 public:
  VirtualWorker() {
    worker::EngineOptions options;
    options.ring_bytes = worker::EventRing::kMinBytes;
    options.direct_ring_bytes = 1 << 16;
    options.log_level = "debug";
    options.log_tags = {"ice", "dtls", "rtp", "srtp", "rtcp"};
    events_ = std::move(*worker::EventRing::create(options.ring_bytes));
    queue_ = std::move(*worker::CommandQueue::create());
    engine_ = std::move(*worker::Engine::create(options, *events_, *queue_));
  }

  // The answer, or nothing when the command was refused.
  std::optional<std::string> call(uint32_t method, uint32_t target, std::string_view request = {}) {
    std::vector<uint8_t> buffer(16 * 1024);
    worker::Answer answer{MutableBytes(buffer)};
    const Bytes bytes(reinterpret_cast<const uint8_t*>(request.data()), request.size());
    engine_->run_command(worker::Command{method, target, bytes}, answer);
    if (answer.failed()) {
      refusal_ = answer.error().text;
      return std::nullopt;
    }
    std::string text = answer.spilled()
                           ? answer.take_spilled()
                           : std::string(reinterpret_cast<char*>(buffer.data()), answer.size());
    require(text.empty() || is_json(text));
    return text;
  }
  // The same for what must succeed.
  std::string must_call(uint32_t method, uint32_t target, std::string_view request = {}) {
    const auto answer = call(method, target, request);
    if (!answer) fprintf(stderr, "method %x was refused: %s\n", method, refusal_.c_str());
    require(answer.has_value());
    return *answer;
  }
  // For answers {id, ...}.
  uint32_t create(uint32_t method, uint32_t target, std::string_view request = {}) {
    return number(must_call(method, target, request), "id");
  }

  void turn(Instant now) {
    engine_->turn(now);
    read_events();
  }

  // The number behind the first such name in a JSON text; 0 when there is none.
  static uint32_t number(std::string_view json, std::string_view name) {
    const size_t at = json.find("\"" + std::string(name) + "\":");
    if (at == std::string_view::npos) return 0;
    uint32_t value = 0;
    for (size_t i = at + name.size() + 3; i < json.size() && isdigit(json[i]); ++i) {
      value = value * 10 + static_cast<uint32_t>(json[i] - '0');
    }
    return value;
  }

  // Closes all there is, and proves that no packet is left; `turn_all` turns every worker that may
  // have borrowed some.
  template <typename TurnAll>
  void finish(uint32_t router, TurnAll&& turn_all) {
    call(SLUICE_ROUTER_CLOSE, router);
    turn_all();
    // Slots that the sockets' batch has taken ahead.
    require(engine_->core().pool.in_use() <= net::ReceiveBatch::kMaxDatagrams);
  }

  const worker::Core& core() const { return engine_->core(); }
  worker::EventRing& events() { return *events_; }
  // The host has broken the ring: its records say nothing any more.
  void stop_reading() { reads_ = false; }

 private:
  static bool is_json(std::string_view text) {
    rapidjson::Document document;
    document.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
    return !document.HasParseError();
  }

  void read_events() {
    if (!reads_) return;
    uint8_t* ring = events_->memory();
    const auto head = word(ring, 0);
    const auto tail = word(ring, 64);
    uint32_t at = tail.load();
    while (at != head.load()) {
      const uint8_t* record = ring + SLUICE_RING_CONTROL_BYTES + (at & (events_->data_bytes() - 1));
      uint32_t header[4];
      memcpy(header, record, sizeof(header));
      require(header[3] <= header[0] - sizeof(header));
      require(is_json({reinterpret_cast<const char*>(record) + sizeof(header), header[3]}));
      at += header[0];
      tail.store(at);
    }
  }

  std::unique_ptr<worker::EventRing> events_;
  std::unique_ptr<worker::CommandQueue> queue_;
  std::unique_ptr<worker::Engine> engine_;
  std::string refusal_;  // Of the last command that was refused.
  bool reads_ = true;
};

}  // namespace sluice::fuzz
