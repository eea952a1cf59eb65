// Connecting and staying connected: ICE and DTLS. The packets are in peer_media.cpp.
#include "peer.h"

#include "ice/ice_lite.h"
#include "ice/stun.h"
#include "rtp/packet_class.h"

namespace sluice::bench {
namespace {

// RFC 8445, 14.3: checks are repeated, each time after twice the wait.
constexpr Duration kFirstCheckInterval = 50ms;
constexpr Duration kLongestCheckInterval = 1600ms;
// RFC 7675, 5.1: a check each 5 s keeps consent; without an answer for 30 s it is gone.
constexpr Duration kConsentInterval = 5s;
constexpr Duration kConsentLifetime = 30s;
// RFC 8445, 5.1.2.1: a host candidate of the one component.
constexpr uint32_t kPriority = 126u << 24 | 65535u << 8 | 255;

}  // namespace

Result<std::unique_ptr<Peer>> Peer::open(Instant now, PeerOptions options,
                                         dtls::DtlsContext& context, Random& random) {
  auto socket = PeerSocket::open(options.server, options.gro);
  if (!socket) return socket.error();
  std::unique_ptr<Peer> peer(new Peer(std::move(options), std::move(*socket), context, random));
  peer->opened_at_ = now;
  peer->last_answer_ = now;
  peer->send_check(now);
  return peer;
}

Peer::Peer(PeerOptions options, PeerSocket socket, dtls::DtlsContext& context, Random& random)
    : options_(std::move(options)),
      socket_(std::move(socket)),
      dtls_(context),
      random_(random),
      username_(options_.server_ufrag + ":" + ice::make_credentials(random).ufrag),
      tie_breaker_(random.next()),
      check_interval_(kFirstCheckInterval) {}

Duration Peer::about(Duration interval) {
  return Duration(
      static_cast<int64_t>((0.8 + 0.4 * random_.unit()) * static_cast<double>(interval.count())));
}

void Peer::fail(std::string why) {
  state_ = State::failed;
  error_ = std::move(why);
}

void Peer::send(Bytes datagram) {
  if (!socket_.send(datagram)) ++counters_.send_failed;
}

void Peer::handle_datagram(Instant now, MutableBytes datagram, PacketListener& listener) {
  switch (rtp::classify(datagram)) {
    case rtp::PacketClass::rtp:
      return handle_rtp(now, datagram, listener);
    case rtp::PacketClass::rtcp:
      return handle_rtcp(now, datagram);
    case rtp::PacketClass::stun:
      return handle_stun(now, datagram);
    case rtp::PacketClass::dtls:
      dtls_.handle_datagram(now, datagram);
      return serve_dtls(now);
    case rtp::PacketClass::other:
      ++counters_.refused;
  }
}

void Peer::handle_tick(Instant now) {
  if (state_ == State::failed) return;
  if (now >= next_check_) {
    if (now - last_answer_ > kConsentLifetime) return fail("no answer to ICE checks for 30 s");
    send_check(now);
  }
  if (now >= dtls_.next_timeout()) {
    dtls_.handle_timeout(now);
    serve_dtls(now);
  }
  if (now >= next_report_) send_reports(now);
  if (now >= next_feedback_) send_feedback(now);
}

// ---- ICE ----------------------------------------------------------------------------------------

void Peer::send_check(Instant now) {
  for (size_t i = 0; i < transaction_.size(); i += 4) {
    store_u32(transaction_, i, static_cast<uint32_t>(random_.next() >> 32));
  }
  std::array<uint8_t, 256> buffer;
  const size_t size = ice::write_binding_request(buffer, transaction_,
                                                 {.username = username_,
                                                  .password = options_.server_password,
                                                  .priority = kPriority,
                                                  .tie_breaker = tie_breaker_,
                                                  .controlling = true,
                                                  .use_candidate = true,
                                                  .nomination = std::nullopt});
  send(Bytes(buffer).first(size));
  next_check_ = now + about(check_interval_);
  if (state_ == State::checking) {
    check_interval_ = std::min(check_interval_ * 2, kLongestCheckInterval);
  }
}

void Peer::handle_stun(Instant now, Bytes datagram) {
  const auto message = ice::StunMessage::parse(datagram);
  if (!message ||
      !std::equal(transaction_.begin(), transaction_.end(), message->transaction_id().begin())) {
    return;  // An answer to a check that was repeated since.
  }
  if (message->message_class() == ice::StunClass::error) {
    return fail("the server refused the ICE check with " +
                std::to_string(message->error_code().value_or(0)));
  }
  if (message->message_class() != ice::StunClass::success ||
      !message->verify_integrity(options_.server_password)) {
    ++counters_.refused;
    return;
  }
  last_answer_ = now;
  if (state_ != State::checking) return;
  state_ = State::handshaking;
  check_interval_ = kConsentInterval;
  next_check_ = now + about(check_interval_);
  const Status started = dtls_.start(now, dtls::DtlsRole::client, {options_.server_fingerprint});
  if (!started) return fail(started.error().text);
  serve_dtls(now);
}

// ---- DTLS ---------------------------------------------------------------------------------------

void Peer::serve_dtls(Instant now) {
  while (const auto datagram = dtls_.poll_output()) send(*datagram);
  if (state_ == State::handshaking && dtls_.state() == dtls::DtlsState::connected) {
    take_keys(now);
  } else if (dtls_.state() == dtls::DtlsState::failed) {
    fail(dtls_.error());
  } else if (dtls_.state() == dtls::DtlsState::closed) {
    fail("the server closed DTLS");
  }
}

void Peer::take_keys(Instant now) {
  const auto keys = dtls_.take_srtp_keys();
  if (!keys) return fail("DTLS made no SRTP keys");
  auto out = srtp::SrtpOutbound::make(keys->profile, keys->outbound);
  auto in = srtp::SrtpInbound::make(keys->profile, keys->inbound);
  if (!out || !in) return fail("the SRTP keys do not fit");
  srtp_out_ = std::move(*out);
  srtp_in_ = std::move(*in);
  connected_at_ = now;
  state_ = State::connected;
  next_report_ = now + about(500ms);
  next_feedback_ = now + Duration(static_cast<int64_t>(random_.unit() * 1e8));
}

}  // namespace sluice::bench
