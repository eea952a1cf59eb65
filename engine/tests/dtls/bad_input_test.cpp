// What strangers, forgers and early birds send to a session.
#include <openssl/ssl.h>

#include <algorithm>
#include <string>

#include "base/random.h"
#include "tests/dtls/dtls_pair.h"

namespace sluice::dtls {
namespace {

Bytes bytes_of(std::string_view text) {
  return Bytes(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

}  // namespace

TEST_CASE("dtls: a ClientHello that comes before the parameters is not lost") {
  DtlsPair pair;
  pair.start_client();
  pair.run_for(50ms);  // The hello arrives before the server has started; no retransmission yet.
  pair.start_server();
  pair.run_for(150ms);
  CHECK(pair.connected());
  CHECK(pair.client.counters().retransmissions == 0);
}

TEST_CASE("dtls: garbage does no harm, before, during and after the handshake") {
  SeededRandom random(9);
  DtlsPair pair;
  const auto throw_garbage = [&] {
    for (int i = 0; i < 300; ++i) {
      std::vector<uint8_t> bytes(random.between(0, 300));
      for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.next());
      // Half of it looks like encrypted records or application data of DTLS 1.2.
      if (bytes.size() > 13 && i % 2 == 0) {
        const uint8_t header[] = {static_cast<uint8_t>(random.between(22, 23)), 0xFE, 0xFD, 0, 1};
        std::copy(std::begin(header), std::end(header), bytes.begin());
        store_u16(bytes, 11, static_cast<uint16_t>(bytes.size() - 13));
      }
      pair.client.handle_datagram(pair.now, bytes);
      pair.server.handle_datagram(pair.now, bytes);
      pair.flush();
    }
  };
  throw_garbage();
  pair.start();
  throw_garbage();
  pair.run_for(25ms);
  throw_garbage();
  pair.run_for(5s);
  REQUIRE(pair.connected());
  throw_garbage();
  CHECK(pair.connected());
  CHECK(!pair.client.poll_application_data());
  CHECK(pair.server.counters().dropped_in > 0);
  const auto ours = pair.client.take_srtp_keys();
  const auto theirs = pair.server.take_srtp_keys();
  REQUIRE(ours);
  REQUIRE(theirs);
  CHECK(ours->outbound == theirs->inbound);
}

TEST_CASE("dtls: no record of a stranger ends an association, however short, of any type") {
  for (const char* ciphers : {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"}) {
    CAPTURE(ciphers);
    auto own = Certificate::make_self_signed();
    REQUIRE(own);
    auto context = DtlsContext::make(std::move(*own));
    REQUIRE(context);
    REQUIRE(SSL_CTX_set_cipher_list((*context)->ssl_ctx(), ciphers) == 1);
    DtlsPair pair(1, {.delay = 20ms}, **context, context_of(1));
    pair.start();
    pair.run_for(1s);
    REQUIRE(pair.connected());

    SeededRandom random(3);
    for (uint8_t type = 20; type <= 24; ++type) {
      for (uint8_t epoch = 0; epoch <= 2; ++epoch) {
        for (size_t size = 0; size <= 64; ++size) {
          std::vector<uint8_t> record(13 + size);
          for (uint8_t& byte : record) byte = static_cast<uint8_t>(random.next());
          const uint8_t header[] = {type, 0xFE, 0xFD, 0, epoch, 0, 0, 0, 0};
          std::copy(std::begin(header), std::end(header), record.begin());
          store_u16(record, 11, static_cast<uint16_t>(size));
          pair.client.handle_datagram(pair.now, record);
          pair.server.handle_datagram(pair.now, record);
          CAPTURE(int{type});
          CAPTURE(int{epoch});
          CAPTURE(size);
          REQUIRE(pair.connected());
        }
      }
    }
    CHECK(pair.server.counters().dropped_in == 5 * 3 * 65);

    // What the peer says still arrives, the shortest message too.
    REQUIRE(pair.client.send_application_data(pair.now, bytes_of("x")));
    pair.flush();
    pair.run_for(1s);
    const auto message = pair.server.poll_application_data();
    REQUIRE(message);
    CHECK(std::ranges::equal(*message, bytes_of("x")));
    pair.client.close(pair.now);
    pair.flush();
    pair.run_for(1s);
    CHECK(pair.server.state() == DtlsState::closed);
  }
}

TEST_CASE("dtls: short protected records do not fail a handshake") {
  for (size_t size = 0; size < RecordLayer::kMaxOverhead; ++size) {
    DtlsPair pair;
    pair.start();
    std::vector<uint8_t> record = {22, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 7};
    record.resize(13 + size);
    store_u16(record, 11, static_cast<uint16_t>(size));
    for (int step = 0; step < 10; ++step) {
      pair.client.handle_datagram(pair.now, record);
      pair.server.handle_datagram(pair.now, record);
      pair.run_for(10ms);
    }
    CHECK(pair.connected());
  }
}

TEST_CASE("dtls: a ClientHello in pieces is kept before start(), other messages are not") {
  DtlsPair pair;
  DtlsSession client(context_of(0));
  REQUIRE(client.start(pair.now, DtlsRole::client, context_of(1).fingerprints()));
  const auto output = client.poll_output();
  REQUIRE(output);
  const std::vector<uint8_t> hello(output->begin(), output->end());
  const size_t body = hello.size() - kRecordHeaderBytes - kHandshakeHeaderBytes;
  const auto piece = [&](size_t offset, size_t size, uint8_t number) {
    std::vector<uint8_t> datagram(hello.begin(), hello.begin() + 25);
    datagram[10] = number;
    store_u16(datagram, 11, static_cast<uint16_t>(kHandshakeHeaderBytes + size));
    store_u16(datagram, 20, static_cast<uint16_t>(offset));
    store_u16(datagram, 23, static_cast<uint16_t>(size));
    const auto from = hello.begin() + static_cast<ptrdiff_t>(25 + offset);
    datagram.insert(datagram.end(), from, from + static_cast<ptrdiff_t>(size));
    return datagram;
  };
  DtlsSession server(context_of(1));
  std::vector<uint8_t> other = hello;
  other[13] = 11;  // Certificate.
  server.handle_datagram(pair.now, piece(0, body / 2, 0));
  server.handle_datagram(pair.now, other);
  server.handle_datagram(pair.now, piece(body / 2, body - body / 2, 1));
  CHECK(server.counters().dropped_in == 1);
  REQUIRE(server.start(pair.now, DtlsRole::server, context_of(0).fingerprints()));
  CHECK(server.poll_output());
  CHECK(server.state() == DtlsState::connecting);
}

TEST_CASE("dtls: a flood of ClientHellos is answered once, within the queue's limit") {
  DtlsPair pair;
  REQUIRE(pair.client.start(pair.now, DtlsRole::client, context_of(1).fingerprints()));
  const auto hello = pair.client.poll_output();
  REQUIRE(hello);
  const std::vector<uint8_t> bytes(hello->begin(), hello->end());
  REQUIRE(pair.server.start(pair.now, DtlsRole::server, context_of(0).fingerprints()));
  for (int i = 0; i < 10'000; ++i) pair.server.handle_datagram(pair.now, bytes);
  size_t answers = 0;
  while (pair.server.poll_output()) ++answers;
  CHECK(answers <= 4);
  CHECK(pair.server.state() == DtlsState::connecting);
}

TEST_CASE("dtls: output that nobody polls is bounded") {
  DtlsPair pair;
  pair.start();
  pair.run_for(1s);
  REQUIRE(pair.connected());
  size_t sent = 0;
  for (int i = 0; i < 200; ++i) {
    if (pair.client.send_application_data(pair.now, bytes_of("message"))) ++sent;
  }
  CHECK(sent == DtlsSession::kMaxQueuedDatagrams);
  CHECK(pair.client.counters().dropped_out == 200 - sent);
}

TEST_CASE("an alert in clear does not end a handshake, which anybody could then do") {
  // Fatal handshake_failure, and close_notify, of epoch 0 (RFC 5246, 7.2).
  const std::vector<uint8_t> alerts[] = {{21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40},
                                         {21, 0xFE, 0xFF, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 1, 0}};
  for (const auto& alert : alerts) {
    for (Duration when = 0ms; when < 120ms; when += 10ms) {
      DtlsPair pair;
      pair.start();
      pair.run_for(when);
      for (DtlsSession* session : {&pair.client, &pair.server}) {
        session->handle_datagram(pair.now, alert);
      }
      pair.run_for(2s);
      CHECK(pair.connected());
    }
  }
}

TEST_CASE("a peer that gave up with an alert is not waited for as long, and the log says which") {
  DtlsPair pair;
  pair.start_client();
  const std::vector<uint8_t> alert = {21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40};
  pair.client.handle_datagram(pair.now, alert);
  pair.run_for(DtlsSession::kHandshakeAfterAlert - 1ms);
  CHECK(pair.client.state() == DtlsState::connecting);
  pair.run_for(1ms);
  CHECK(pair.client.state() == DtlsState::failed);
  CHECK(pair.client.error().find("alert 40") != std::string::npos);
}

}  // namespace sluice::dtls
