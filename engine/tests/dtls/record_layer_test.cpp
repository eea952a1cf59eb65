// The record layer that takes over from OpenSSL, against OpenSSL itself and against bad datagrams.
#include "dtls/record_layer.h"

#include <openssl/ssl.h>

#include <string>
#include <string_view>

#include "dtls/early_records.h"
#include "tests/dtls/dtls_pair.h"

namespace sluice::dtls {
namespace {

using Datagrams = std::vector<std::vector<uint8_t>>;

Bytes bytes_of(std::string_view text) {
  return Bytes(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}
std::string text_of(Bytes bytes) {
  return std::string(bytes.begin(), bytes.end());
}

Datagrams output_of(DtlsSession& session) {
  Datagrams all;
  while (const auto datagram = session.poll_output()) {
    all.emplace_back(datagram->begin(), datagram->end());
  }
  return all;
}

void deliver(const Datagrams& datagrams, DtlsSession& session) {
  for (const auto& datagram : datagrams) session.handle_datagram(DtlsPair::kStart, datagram);
}

// An endpoint that is OpenSSL from beginning to end.
class OpenSslPeer {
 public:
  OpenSslPeer(DtlsContext& context, DtlsRole role, const char* ciphers = nullptr)
      : ssl_(SSL_new(context.ssl_ctx())) {
    BIO* bio = bio_.make();
    SSL_set_bio(ssl_, bio, bio);
    SSL_set_mtu(ssl_, DtlsSession::kMtu);
    SSL_set_verify(ssl_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    if (ciphers) REQUIRE(SSL_set_cipher_list(ssl_, ciphers) == 1);
    // The context's check asks the session that belongs to an SSL: this one trusts anybody.
    SSL_CTX_set_cert_verify_callback(
        context.ssl_ctx(), [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
    role == DtlsRole::client ? SSL_set_connect_state(ssl_) : SSL_set_accept_state(ssl_);
  }
  ~OpenSslPeer() { SSL_free(ssl_); }

  // Runs both until neither has anything to say.
  void run(DtlsSession& session) {
    SSL_do_handshake(ssl_);
    for (bool any = true; any;) {
      any = false;
      while (const auto datagram = bio_.poll()) {
        any = true;
        session.handle_datagram(DtlsPair::kStart, *datagram);
      }
      for (const auto& datagram : output_of(session)) {
        any = true;
        bio_.offer(datagram);
        SSL_do_handshake(ssl_);
        std::array<char, 2048> text;
        const int size = SSL_read(ssl_, text.data(), text.size());
        if (size > 0) received.emplace_back(text.data(), static_cast<size_t>(size));
      }
    }
  }
  void send(std::string_view text) {
    REQUIRE(SSL_write(ssl_, text.data(), static_cast<int>(text.size())) > 0);
  }
  void shut_down() { SSL_shutdown(ssl_); }
  bool was_closed() const { return SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN; }
  const char* cipher() const { return SSL_get_cipher(ssl_); }

  std::vector<std::string> received;

 private:
  DatagramBio bio_{DtlsSession::kMaxQueuedDatagrams};
  SSL* ssl_;
};

std::unique_ptr<DtlsContext> make_context() {
  auto certificate = Certificate::make_self_signed();
  REQUIRE(certificate);
  auto context = DtlsContext::make(std::move(*certificate));
  REQUIRE(context);
  return std::move(*context);
}

// Two connected sessions without a link, so that a test moves each datagram by hand.
struct Connected {
  Connected() {
    const Instant now = DtlsPair::kStart;
    REQUIRE(server.start(now, DtlsRole::server, context_of(0).fingerprints()));
    REQUIRE(client.start(now, DtlsRole::client, context_of(1).fingerprints()));
    for (int flight = 0; flight < 3; ++flight) {
      deliver(output_of(client), server);
      deliver(output_of(server), client);
    }
    REQUIRE(client.state() == DtlsState::connected);
    REQUIRE(server.state() == DtlsState::connected);
  }
  std::vector<uint8_t> message(std::string_view text) {
    REQUIRE(client.send_application_data(DtlsPair::kStart, bytes_of(text)));
    return output_of(client).at(0);
  }
  DtlsSession client{context_of(0)};
  DtlsSession server{context_of(1)};
};

}  // namespace

TEST_CASE("record layer: OpenSSL reads what it writes, and the other way round, for each cipher") {
  const char* const ciphers[] = {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
                                 "ECDHE-ECDSA-CHACHA20-POLY1305"};
  for (const char* cipher : ciphers) {
    for (const DtlsRole role : {DtlsRole::client, DtlsRole::server}) {
      CAPTURE(cipher);
      CAPTURE(static_cast<int>(role));
      const auto theirs = make_context();
      DtlsSession session(context_of(1));
      // Whichever is the server chooses from what both have: the peer has this one alone.
      OpenSslPeer peer(*theirs, role == DtlsRole::client ? DtlsRole::server : DtlsRole::client,
                       cipher);
      REQUIRE(session.start(DtlsPair::kStart, role, theirs->fingerprints()));
      peer.run(session);
      REQUIRE(session.state() == DtlsState::connected);
      CHECK(std::string(peer.cipher()) == cipher);

      for (int i = 0; i < 3; ++i) {
        const std::string text(1 + 500 * i, static_cast<char>('a' + i));
        peer.send(text);
        REQUIRE(session.send_application_data(DtlsPair::kStart, bytes_of(text)));
        peer.run(session);
        CHECK(text_of(session.poll_application_data().value()) == text);
        REQUIRE(peer.received.size() == static_cast<size_t>(i + 1));
        CHECK(peer.received.back() == text);
      }
      peer.shut_down();
      peer.run(session);
      CHECK(session.state() == DtlsState::closed);
      CHECK(peer.was_closed());
    }
  }
}

TEST_CASE("record layer: our close_notify reaches OpenSSL") {
  const auto theirs = make_context();
  DtlsSession session(context_of(1));
  OpenSslPeer peer(*theirs, DtlsRole::client);
  REQUIRE(session.start(DtlsPair::kStart, DtlsRole::server, theirs->fingerprints()));
  peer.run(session);
  REQUIRE(session.state() == DtlsState::connected);
  session.close(DtlsPair::kStart);
  peer.run(session);
  CHECK(peer.was_closed());
}

TEST_CASE("record layer: a record is taken once, in any order, and never when it was touched") {
  Connected pair;
  const auto first = pair.message("first"), second = pair.message("second");
  const auto third = pair.message("third");
  auto touched = second;
  for (size_t at = 0; at < touched.size(); ++at) {
    touched[at] ^= 1;
    pair.server.handle_datagram(DtlsPair::kStart, touched);
    touched[at] ^= 1;
  }
  CHECK(!pair.server.poll_application_data());
  deliver({third, third, first, second, first, third}, pair.server);
  std::string all;
  while (const auto message = pair.server.poll_application_data()) all += text_of(*message) + " ";
  CHECK(all == "third first second ");
  CHECK(pair.server.state() == DtlsState::connected);
}

TEST_CASE("record layer: several records in one datagram are all read, whatever is between them") {
  Connected pair;
  std::vector<uint8_t> datagram = pair.message("one");
  const std::vector<uint8_t> forged = {23, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 9, 0, 3, 1, 2, 3};
  const auto last = pair.message("two");
  datagram.insert(datagram.end(), forged.begin(), forged.end());
  datagram.insert(datagram.end(), last.begin(), last.end());
  const uint64_t dropped = pair.server.counters().dropped_in;
  pair.server.handle_datagram(DtlsPair::kStart, datagram);
  CHECK(text_of(pair.server.poll_application_data().value()) == "one");
  CHECK(text_of(pair.server.poll_application_data().value()) == "two");
  CHECK(pair.server.counters().dropped_in == dropped + 1);
}

TEST_CASE("record layer: messages older than the replay window are refused") {
  Connected pair;
  const auto old = pair.message("old");
  for (int i = 0; i < 64; ++i) deliver({pair.message("new")}, pair.server);
  deliver({old}, pair.server);
  while (const auto message = pair.server.poll_application_data()) {
    CHECK(text_of(*message) == "new");
  }
}

TEST_CASE("record layer: a message that overtakes the peer's Finished is kept for later") {
  const Instant now = DtlsPair::kStart;
  DtlsSession client(context_of(0)), server(context_of(1));
  REQUIRE(server.start(now, DtlsRole::server, context_of(0).fingerprints()));
  REQUIRE(client.start(now, DtlsRole::client, context_of(1).fingerprints()));
  deliver(output_of(client), server);
  deliver(output_of(server), client);
  deliver(output_of(client), server);
  REQUIRE(server.state() == DtlsState::connected);
  const Datagrams flight = output_of(server);
  REQUIRE(server.send_application_data(now, bytes_of("early")));
  deliver(output_of(server), client);
  CHECK(client.state() == DtlsState::connecting);
  deliver(flight, client);
  REQUIRE(client.state() == DtlsState::connected);
  CHECK(text_of(client.poll_application_data().value()) == "early");
}

TEST_CASE("early records: sorted by who can use them, and bounded") {
  const auto record = [](ContentType type, uint16_t epoch, size_t text_bytes) {
    std::vector<uint8_t> bytes(kRecordHeaderBytes + text_bytes);
    bytes[0] = static_cast<uint8_t>(type);
    store_u16(bytes, 1, 0xFEFD);
    store_u16(bytes, 3, epoch);
    store_u16(bytes, 11, static_cast<uint16_t>(text_bytes));
    return bytes;
  };
  EarlyRecords early;
  std::vector<uint8_t> flight = record(ContentType::change_cipher_spec, 0, 1);
  const auto finished = record(ContentType::handshake, 1, 48);
  flight.insert(flight.end(), finished.begin(), finished.end());
  early.add(flight);
  CHECK(early.in_clear().size() == kRecordHeaderBytes + 1);
  CHECK(early.take_finished() == finished);
  CHECK(early.take_finished().empty());

  early.add(record(ContentType::handshake, 1, 23));   // Too short to be encrypted.
  early.add(record(ContentType::handshake, 1, 200));  // Too long for a Finished.
  early.add(record(ContentType::application_data, 2, 48));
  early.add(Bytes(finished).first(20));  // Cut off.
  CHECK(early.dropped() == 4);
  CHECK(early.in_clear().empty());

  for (int i = 0; i < 1000; ++i) {
    early.add(finished);
    early.add(record(ContentType::application_data, 1, 1000));
  }
  CHECK(early.take_finished().size() <= EarlyRecords::kMaxFinishedHeld);
  CHECK(early.take_others().size() <= EarlyRecords::kMaxOthersHeld);
}

}  // namespace sluice::dtls
