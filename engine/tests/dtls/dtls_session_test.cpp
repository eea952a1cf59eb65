#include "dtls/dtls_session.h"

#include <algorithm>
#include <string>

#include "base/random.h"
#include "srtp/srtp_inbound.h"
#include "srtp/srtp_outbound.h"
#include "tests/dtls/dtls_pair.h"

namespace sluice::dtls {
namespace {

Bytes bytes_of(std::string_view text) {
  return Bytes(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}
std::string text_of(Bytes bytes) {
  return std::string(bytes.begin(), bytes.end());
}

// What one end protects, the other opens.
void check_keys(DtlsSession& from, DtlsSession& to, srtp::SrtpProfile profile) {
  auto sender = from.take_srtp_keys();
  auto receiver = to.take_srtp_keys();
  REQUIRE(sender);
  REQUIRE(receiver);
  CHECK(sender->profile == profile);
  CHECK(receiver->profile == profile);
  CHECK(sender->outbound == receiver->inbound);
  CHECK(sender->inbound == receiver->outbound);
  CHECK(sender->inbound != sender->outbound);
  for (int way = 0; way < 2; ++way) {
    auto outbound = srtp::SrtpOutbound::make(profile, sender->outbound);
    auto inbound = srtp::SrtpInbound::make(profile, receiver->inbound);
    REQUIRE(outbound);
    REQUIRE(inbound);
    std::vector<uint8_t> packet = {0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 'd', 'a', 't', 'a'};
    const std::vector<uint8_t> plain = packet;
    packet.resize(100);
    const size_t size = outbound->protect_rtp(packet, 12, Bytes(packet).subspan(12, 4));
    REQUIRE(size == plain.size() + srtp::rtp_overhead(profile));
    const auto opened = inbound->unprotect_rtp(MutableBytes(packet).first(size));
    REQUIRE(opened == plain.size());
    CHECK(std::equal(plain.begin(), plain.end(), packet.begin()));
    std::swap(sender, receiver);
  }
  CHECK(!from.take_srtp_keys());
}

}  // namespace

TEST_CASE("dtls: two ends connect, agree on keys and show their certificates") {
  DtlsPair pair;
  CHECK(pair.client.state() == DtlsState::fresh);
  pair.start();
  CHECK(pair.client.state() == DtlsState::connecting);
  CHECK(pair.server.state() == DtlsState::connecting);
  pair.run_for(1s);
  REQUIRE(pair.connected());
  CHECK(pair.client.counters().retransmissions == 0);
  CHECK(pair.server.counters().retransmissions == 0);
  CHECK(pair.longest <= DtlsSession::kMtu);
  for (const DtlsSession* session : {&pair.client, &pair.server}) {
    CHECK(session->remote_certificate_pem().starts_with("-----BEGIN CERTIFICATE-----\n"));
    CHECK(session->next_timeout() == kNever);
    CHECK(session->error().empty());
  }
  CHECK(pair.client.remote_certificate_pem() != pair.server.remote_certificate_pem());
  check_keys(pair.client, pair.server, srtp::SrtpProfile::aead_aes_128_gcm);
}

TEST_CASE("dtls: each profile can be agreed on, and the keys of both ends are the same") {
  struct Case {
    const char* name;
    srtp::SrtpProfile profile;
  };
  const Case cases[] = {
      {"SRTP_AEAD_AES_128_GCM", srtp::SrtpProfile::aead_aes_128_gcm},
      {"SRTP_AEAD_AES_256_GCM", srtp::SrtpProfile::aead_aes_256_gcm},
      {"SRTP_AES128_CM_SHA1_80", srtp::SrtpProfile::aes_cm_128_hmac_sha1_80},
      {"SRTP_AES128_CM_SHA1_32", srtp::SrtpProfile::aes_cm_128_hmac_sha1_32},
      // Whatever the client would rather have, the server's order counts.
      {"SRTP_AES128_CM_SHA1_32:SRTP_AEAD_AES_256_GCM", srtp::SrtpProfile::aead_aes_256_gcm},
  };
  for (const Case& each : cases) {
    CAPTURE(each.name);
    auto certificate = Certificate::make_self_signed();
    REQUIRE(certificate);
    auto narrow = DtlsContext::make(std::move(*certificate));
    REQUIRE(narrow);
    REQUIRE((*narrow)->set_srtp_profiles(each.name));
    DtlsPair pair(1, {}, **narrow, context_of(1));
    pair.start();
    pair.run_for(1s);
    REQUIRE(pair.connected());
    check_keys(pair.client, pair.server, each.profile);
  }
}

TEST_CASE("dtls: connects over links that lose, reorder and duplicate, whatever the seed") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    DtlsPair pair(seed, {.delay = 30ms,
                         .jitter = 20ms,
                         .loss = 0.2,
                         .reorder = 0.2,
                         .duplicate = 0.2,
                         .reorder_delay = 150ms});
    pair.start();
    pair.run_for(29s);
    REQUIRE(pair.connected());
    check_keys(pair.client, pair.server, srtp::SrtpProfile::aead_aes_128_gcm);
    CHECK(pair.client.next_timeout() == kNever);
    CHECK(pair.server.next_timeout() == kNever);
  }
}

TEST_CASE("dtls: the same seed gives the same run, which no clock of the host can change") {
  const LinkOptions bad = {.delay = 40ms, .jitter = 30ms, .loss = 0.4, .reorder = 0.1};
  const auto run = [&] {
    DtlsPair pair(7, bad);
    pair.start();
    std::vector<uint64_t> trace;
    for (int step = 0; step < 200; ++step) {
      pair.run_for(50ms);
      for (const DtlsSession* session : {&pair.client, &pair.server}) {
        trace.push_back(static_cast<uint64_t>(session->state()));
        trace.push_back(session->counters().datagrams_in);
        trace.push_back(session->counters().retransmissions);
        trace.push_back(static_cast<uint64_t>(to_us(session->next_timeout())));
      }
    }
    return trace;
  };
  const auto first = run();
  CHECK(first == run());
}

TEST_CASE("dtls: retransmits after 100 ms, then twice as late each time, up to 4 s") {
  DtlsPair pair(1, {.loss = 1.0});
  pair.start_client();
  const Duration gaps[] = {100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 4000ms, 4000ms};
  uint64_t repeated = 0;
  for (const Duration gap : gaps) {
    CHECK(pair.client.next_timeout() == pair.now + gap);
    pair.client.handle_timeout(pair.now + gap - 1ns);
    CHECK(pair.client.counters().retransmissions == repeated);
    pair.run_for(gap);
    CHECK(pair.client.counters().retransmissions == ++repeated);
  }
}

TEST_CASE("dtls: fails after 30 s without success, and waits for nothing more") {
  DtlsPair pair(1, {.loss = 1.0});
  pair.start();
  pair.run_until(DtlsPair::kStart + 30s - 1ms);
  CHECK(pair.client.state() == DtlsState::connecting);
  CHECK(pair.server.state() == DtlsState::connecting);
  pair.run_for(1ms);
  CHECK(pair.client.state() == DtlsState::failed);
  CHECK(pair.server.state() == DtlsState::failed);
  CHECK(!pair.client.error().empty());
  CHECK(pair.client.next_timeout() == kNever);
  CHECK(!pair.client.take_srtp_keys());
}

TEST_CASE("dtls: a wrong fingerprint fails both ends, on either side, and leaves no keys") {
  for (const bool client_is_wrong : {true, false}) {
    DtlsPair pair;
    auto good = context_of(client_is_wrong ? 1 : 0).fingerprints();
    auto wrong = std::vector<Fingerprint>{good[2]};
    wrong[0].value.back() = wrong[0].value.back() == '0' ? '1' : '0';
    const auto& other = context_of(client_is_wrong ? 0 : 1).fingerprints();
    REQUIRE(pair.server.start(pair.now, DtlsRole::server, client_is_wrong ? other : wrong));
    REQUIRE(pair.client.start(pair.now, DtlsRole::client, client_is_wrong ? wrong : other));
    pair.flush();
    pair.run_for(10s);
    CHECK(pair.client.state() == DtlsState::failed);
    CHECK(pair.server.state() == DtlsState::failed);
    CHECK(!pair.client.take_srtp_keys());
    CHECK(!pair.server.take_srtp_keys());
    const auto& strict = client_is_wrong ? pair.client : pair.server;
    CHECK(strict.error() == "the peer's certificate does not match its fingerprint");
  }
}

TEST_CASE("dtls: of several fingerprints one with the strongest algorithm must match") {
  const auto all = context_of(0).fingerprints();
  auto lower_case = all[3];
  for (char& c : lower_case.value) c = static_cast<char>(std::tolower(c));
  auto wrong_512 = all[4];
  wrong_512.value[0] = wrong_512.value[0] == 'A' ? 'B' : 'A';
  auto wrong_1 = all[0];
  wrong_1.value[0] = wrong_1.value[0] == 'A' ? 'B' : 'A';
  struct Case {
    std::vector<Fingerprint> given;
    bool connects;
  };
  const Case cases[] = {
      {{all[0]}, true},
      {{all[1]}, true},
      {{lower_case}, true},
      {{all[2], wrong_512}, false},
      {{wrong_512, all[4]}, true},
      {{wrong_1, all[2]}, true},
  };
  for (const Case& each : cases) {
    DtlsPair pair;
    REQUIRE(pair.server.start(pair.now, DtlsRole::server, each.given));
    pair.start_client();
    pair.run_for(5s);
    CHECK(pair.connected() == each.connects);
  }
}

TEST_CASE("dtls: a malformed or missing fingerprint and a second start are errors") {
  DtlsSession session(context_of(0));
  CHECK(!session.start(DtlsPair::kStart, DtlsRole::client, {}));
  CHECK(!session.start(DtlsPair::kStart, DtlsRole::client,
                       {{FingerprintAlgorithm::sha256, "AB:CD"}}));
  CHECK(session.state() == DtlsState::fresh);
  CHECK(session.start(DtlsPair::kStart, DtlsRole::client, context_of(1).fingerprints()));
  CHECK(!session.start(DtlsPair::kStart, DtlsRole::client, context_of(1).fingerprints()));
}

TEST_CASE("dtls: messages travel whole, both ways") {
  DtlsPair pair;
  pair.start();
  pair.run_for(1s);
  REQUIRE(pair.connected());
  const std::string longest(DtlsSession::kMaxMessageBytes, 'x');
  CHECK(pair.client.send_application_data(pair.now, bytes_of("to the server")));
  CHECK(pair.client.send_application_data(pair.now, bytes_of(longest)));
  CHECK(pair.server.send_application_data(pair.now, bytes_of("to the client")));
  CHECK(!pair.client.send_application_data(pair.now, bytes_of(longest + "x")));
  CHECK(!pair.client.send_application_data(pair.now, {}));
  pair.flush();
  pair.run_for(1s);
  CHECK(text_of(pair.server.poll_application_data().value()) == "to the server");
  CHECK(text_of(pair.server.poll_application_data().value()) == longest);
  CHECK(!pair.server.poll_application_data());
  CHECK(text_of(pair.client.poll_application_data().value()) == "to the client");
  CHECK(!pair.client.poll_application_data());
}

TEST_CASE("dtls: a message before the handshake is refused") {
  DtlsPair pair;
  CHECK(!pair.client.send_application_data(pair.now, bytes_of("early")));
  pair.start();
  CHECK(!pair.client.send_application_data(pair.now, bytes_of("early")));
  pair.run_for(1s);
  CHECK(pair.connected());
}

TEST_CASE("dtls: closing one end closes the other, and a closed end takes nothing more") {
  for (const bool by_client : {true, false}) {
    DtlsPair pair;
    pair.start();
    pair.run_for(1s);
    REQUIRE(pair.connected());
    (by_client ? pair.client : pair.server).close(pair.now);
    pair.flush();
    pair.run_for(1s);
    CHECK(pair.client.state() == DtlsState::closed);
    CHECK(pair.server.state() == DtlsState::closed);
    CHECK(pair.client.next_timeout() == kNever);
    const uint64_t dropped = pair.server.counters().dropped_in;
    pair.server.handle_datagram(pair.now, bytes_of("\x16\xFE\xFD"));
    CHECK(pair.server.counters().dropped_in == dropped + 1);
    CHECK(!pair.client.send_application_data(pair.now, bytes_of("late")));
    pair.client.close(pair.now);
    CHECK(pair.client.state() == DtlsState::closed);
  }
}

TEST_CASE("dtls: closing before and during the handshake is quiet") {
  DtlsPair pair;
  pair.start_client();
  pair.client.close(pair.now);
  pair.server.close(pair.now);
  CHECK(pair.client.state() == DtlsState::closed);
  CHECK(pair.server.state() == DtlsState::closed);
  CHECK(pair.client.next_timeout() == kNever);
  CHECK(!pair.server.start(pair.now, DtlsRole::server, context_of(0).fingerprints()));
}

TEST_CASE("dtls: the last flight is repeated when the peer asks again, long after connecting") {
  // All that the server sends is lost after its first flight, so that the client stays behind.
  DtlsPair pair(1, {});
  pair.start();
  std::vector<std::vector<uint8_t>> lost;
  pair.run_until(pair.now);
  REQUIRE(pair.connected());  // Without delay all of it happens in one turn of the link.

  DtlsSession client(context_of(0)), server(context_of(1));
  Instant now = DtlsPair::kStart;
  REQUIRE(client.start(now, DtlsRole::client, context_of(1).fingerprints()));
  REQUIRE(server.start(now, DtlsRole::server, context_of(0).fingerprints()));
  while (const auto hello = client.poll_output()) server.handle_datagram(now, *hello);
  while (const auto flight = server.poll_output()) client.handle_datagram(now, *flight);
  while (const auto flight = client.poll_output()) server.handle_datagram(now, *flight);
  REQUIRE(server.state() == DtlsState::connected);
  while (server.poll_output()) {
  }
  REQUIRE(client.state() == DtlsState::connecting);
  now = client.next_timeout();
  client.handle_timeout(now);
  while (const auto flight = client.poll_output()) server.handle_datagram(now, *flight);
  while (const auto flight = server.poll_output()) client.handle_datagram(now, *flight);
  CHECK(client.state() == DtlsState::connected);
  check_keys(client, server, srtp::SrtpProfile::aead_aes_128_gcm);
}

}  // namespace sluice::dtls
