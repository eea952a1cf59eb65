// Two DTLS sessions joined by simulated links, in virtual time.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <utility>
#include <vector>

#include "base/link_simulator.h"
#include "dtls/certificate.h"
#include "dtls/dtls_context.h"
#include "dtls/dtls_session.h"

namespace sluice::dtls {

// Keys take their time to make under a sanitizer: the tests share two.
inline DtlsContext& context_of(size_t which) {
  static const auto contexts = [] {
    std::vector<std::unique_ptr<DtlsContext>> made;
    for (int i = 0; i < 2; ++i) {
      auto certificate = Certificate::make_self_signed();
      REQUIRE(certificate);
      auto context = DtlsContext::make(std::move(*certificate));
      REQUIRE(context);
      made.push_back(std::move(*context));
    }
    return made;
  }();
  return *contexts[which];
}

class DtlsPair {
 public:
  static constexpr Instant kStart = Instant(1'000s);

  explicit DtlsPair(uint64_t seed = 1, const LinkOptions& options = {.delay = 20ms},
                    DtlsContext& client_context = context_of(0),
                    DtlsContext& server_context = context_of(1))
      : client(client_context),
        server(server_context),
        client_context_(client_context),
        server_context_(server_context),
        random_(seed),
        to_client_(random_, options),
        to_server_(random_, options) {}

  void start() {
    start_server();
    start_client();
  }
  void start_client() {
    REQUIRE(client.start(now, DtlsRole::client, server_context_.fingerprints()));
    flush();
  }
  void start_server() {
    REQUIRE(server.start(now, DtlsRole::server, client_context_.fingerprints()));
    flush();
  }

  // Runs until nothing is left to happen before `deadline`.
  void run_until(Instant deadline) {
    for (;;) {
      const Instant next = std::min({to_client_.next_delivery(), to_server_.next_delivery(),
                                     client.next_timeout(), server.next_timeout()});
      if (next > deadline) break;
      now = std::max(now, next);
      while (auto delivery = to_client_.poll(now)) client.handle_datagram(now, delivery->bytes);
      while (auto delivery = to_server_.poll(now)) server.handle_datagram(now, delivery->bytes);
      if (client.next_timeout() <= now) client.handle_timeout(now);
      if (server.next_timeout() <= now) server.handle_timeout(now);
      flush();
    }
    now = deadline;
  }
  void run_for(Duration duration) { run_until(now + duration); }

  bool connected() const {
    return client.state() == DtlsState::connected && server.state() == DtlsState::connected;
  }

  void flush() {
    while (const auto datagram = client.poll_output()) {
      longest = std::max(longest, datagram->size());
      to_server_.send(now, *datagram);
    }
    while (const auto datagram = server.poll_output()) {
      longest = std::max(longest, datagram->size());
      to_client_.send(now, *datagram);
    }
  }
  void set_options(const LinkOptions& options) {
    to_client_.set_options(options);
    to_server_.set_options(options);
  }

  Instant now = kStart;
  DtlsSession client;
  DtlsSession server;
  size_t longest = 0;

 private:
  DtlsContext& client_context_;
  DtlsContext& server_context_;
  SeededRandom random_;
  LinkSimulator to_client_;
  LinkSimulator to_server_;
};

}  // namespace sluice::dtls
