#include "worker/objects/web_rtc_transport.h"

#include "worker/objects/web_rtc_server.h"

namespace sluice::worker {
namespace {

// Over a shared port a peer's first message is known by its username fragment alone.
ice::IceCredentials make_credentials(Core& core, const WebRtcOptions& options) {
  auto credentials = ice::make_credentials(core.random);
  if (options.server && options.server->member()) options.server->member()->sign(credentials.ufrag);
  return credentials;
}

}  // namespace

WebRtcTransport::WebRtcTransport(ObjectId id, Core& core, Router& router, WebRtcOptions options)
    : Transport(id, TransportType::webrtc, core, router),
      options_(std::move(options)),
      ice_(make_credentials(core, options_), options_.ice_consent_timeout),
      dtls_(*core.dtls),
      ice_timer_(core.timers, this,
                 [](void* object, Instant now) {
                   auto& self = *static_cast<WebRtcTransport*>(object);
                   ice::IceOutbox out;
                   self.ice_.handle_timeout(now, out);
                   self.apply(out);
                 }),
      dtls_timer_(core.timers, this, [](void* object, Instant now) {
        auto& self = *static_cast<WebRtcTransport*>(object);
        self.dtls_.handle_timeout(now);
        self.serve_dtls();
      }) {
  require_srtp();
  core.demux.put(ice_.credentials().ufrag, *this);
  if (options_.server) options_.server->add(*this);
}

Status WebRtcTransport::open() {
  for (const ListenInfo& info : options_.listen_infos) {
    const bool wanted = info.protocol == Protocol::udp ? options_.preferences.enable_udp
                                                       : options_.preferences.enable_tcp;
    if (!wanted) continue;
    auto opened = open_listening(core(), info, this);
    if (!opened) return opened.error();
    listening_.push_back(std::move(*opened));
  }
  if (candidates().empty()) {
    return invalid("enableUdp and enableTcp leave nothing to listen on");
  }
  return ok();
}

std::vector<ice::Candidate> WebRtcTransport::candidates() const {
  std::vector<ice::Listener> listeners;
  for (const Listening& each : listening()) listeners.push_back(each.as_ice());
  return ice::make_candidates(listeners, options_.preferences);
}

void WebRtcTransport::release() {
  set_connected(false);
  dtls_.close(core().now);
  while (const auto datagram = dtls_.poll_output()) output().send_datagram(*datagram);
  for (const Path& path : ice_.paths()) {
    forget(path);
    if (path.protocol == Protocol::tcp) core().sockets.close(path.socket);
  }
  core().demux.erase(ice_.credentials().ufrag);
  core().demux.erase(ice_.old_credentials().ufrag);
  if (options_.server) options_.server->remove(*this);
  close_listening(core(), listening_);
}

const Object* WebRtcTransport::socket_opener() const {
  return options_.server ? static_cast<const Object*>(options_.server) : this;
}

const std::vector<Listening>& WebRtcTransport::listening() const {
  return options_.server ? options_.server->listening() : listening_;
}

const Listening* WebRtcTransport::listening_of(const Path& path) const {
  const Socket* socket = core_const().sockets.find(path.socket);
  if (!socket) return nullptr;
  const uint32_t handle = socket->connection ? socket->listener_handle : path.socket;
  for (const Listening& each : listening()) {
    if (each.handle == handle) return &each;
  }
  return nullptr;
}

// ---- ICE ----------------------------------------------------------------------------------------

void WebRtcTransport::handle_stun(Instant now, const ice::StunMessage& message, const Path& path) {
  ice::IceOutbox out;
  switch (ice_.handle_stun(now, message, path, out)) {
    case ice::IceLite::Verdict::accepted:
      if (path.protocol == Protocol::tcp) core().sockets.validate(path.socket);
      note_received(now, message.size());
      break;
    case ice::IceLite::Verdict::repeated:
      core().counters.add(Counter::drop_stun_repeated);
      break;
    case ice::IceLite::Verdict::refused:
      core().counters.add(Counter::drop_stun_refused);
      break;
  }
  if (!out.answer().empty()) {
    core().sockets.send(out.answer(), core().sockets.route(path));
    note_other_sent(now, out.answer().size());
  }
  apply(out);
}

void WebRtcTransport::handle_authentic(Instant now, const Path& path) {
  ice::IceOutbox out;
  ice_.handle_authentic(now, path, out);
  if (out.selected_changed) [[unlikely]]
    apply(out);
}

void WebRtcTransport::handle_handshake(const Path& path) {
  ice::IceOutbox out;
  ice_.handle_handshake(path, out);
  if (out.selected_changed) apply(out);
}

void WebRtcTransport::handle_path_closed(const Path& path) {
  ice::IceOutbox out;
  ice_.handle_path_closed(core().now, path, out);
  forget(path);
  apply(out);
}

const ice::IceCredentials& WebRtcTransport::restart_ice() {
  ice::IceOutbox out;
  ice_.restart(core().now, make_credentials(core(), options_), out);
  core().demux.put(ice_.credentials().ufrag, *this);
  apply(out);
  return ice_.credentials();
}

void WebRtcTransport::apply(ice::IceOutbox& out) {
  for (const Path& path : out.removed()) {
    forget(path);
    if (path.protocol == Protocol::tcp) core().sockets.close(path.socket);
  }
  if (out.added) {
    // The peer uses one port for a new transport: the old one loses the path.
    WebRtcTransport* before = core().demux.put(*out.added, *this);
    if (before && before != this) {
      ice::IceOutbox old;
      before->ice_.handle_path_closed(core().now, *out.added, old);
      old.removed_count = 0;  // The path lives on, here.
      before->apply(old);
    }
    const Socket* socket = core().sockets.find(out.added->socket);
    if (socket && socket->shared && socket->udp &&
        !socket->shared->own(socket->listen_index, out.added->remote)) {
      core().counters.add(Counter::path_owners_full);
    }
  }
  if (out.old_ufrag_retired) core().demux.erase(ice_.retired_ufrag());
  if (out.selected_changed) {
    output().set_route(ice_.selected() ? core().sockets.route(*ice_.selected()) : Route{});
    report_selected_tuple();
  }
  if (out.state_changed) {
    core().events.log(LogLevel::debug, "ice", "ICE is " + std::string(ice::to_text(ice_.state())));
    core().events.state(SLUICE_EVENT_ICE_STATE, id(), [&](JsonWriter& json) {
      json.field("iceState", ice::to_text(ice_.state()));
    });
  }
  ice_timer_.set(ice_.next_timeout());
  start_dtls();
  update_connected();
}

// Nothing that comes this way is for us any more.
void WebRtcTransport::forget(const Path& path) {
  core().demux.erase(path);
  const Socket* socket = core().sockets.find(path.socket);
  if (socket && socket->shared && socket->udp) {
    socket->shared->disown(socket->listen_index, path.remote);
  }
}

void WebRtcTransport::report_selected_tuple() {
  core().events.state(SLUICE_EVENT_ICE_SELECTED_TUPLE, id(),
                      [&](JsonWriter& out) { write_selected_tuple(out); });
}

// ---- DTLS ---------------------------------------------------------------------------------------

Status WebRtcTransport::connect(const Fields& request, JsonWriter& answer) {
  if (!remote_fingerprints_.empty()) return failed("connect() was called before");
  const Fields parameters = request.object("dtlsParameters");
  const std::string_view role = parameters.text_or("role", "auto");
  if (role != "auto" && role != "client" && role != "server") {
    parameters.mistake("role", "must be \"auto\", \"client\" or \"server\"");
  }
  std::vector<dtls::Fingerprint> fingerprints;
  parameters.each_object("fingerprints", [&](const Fields& fields) {
    const auto algorithm = dtls::algorithm_from_name(fields.text("algorithm"));
    if (!algorithm) return fields.mistake("algorithm", "must be one of sha-1 to sha-512");
    dtls::Fingerprint fingerprint{*algorithm, std::string(fields.text("value"))};
    if (!dtls::is_well_formed(fingerprint)) {
      return fields.mistake("value", "must be hex pairs with colons, as many as the algorithm has");
    }
    fingerprints.push_back(std::move(fingerprint));
  });
  if (fingerprints.empty()) parameters.mistake("fingerprints", "must have a valid one");
  if (request.failed()) return request.error();

  // The peer that says "client" begins; else we do (RFC 5763, 5: the answerer should be active).
  dtls_role_ = role == "client" ? dtls::DtlsRole::server : dtls::DtlsRole::client;
  remote_fingerprints_ = std::move(fingerprints);
  answer.field("dtlsLocalRole", *dtls_role_ == dtls::DtlsRole::client ? "client" : "server");
  start_dtls();
  return ok();
}

void WebRtcTransport::start_dtls() {
  if (dtls_.state() != dtls::DtlsState::fresh || remote_fingerprints_.empty()) return;
  if (!output().has_route()) return;
  const Status started = dtls_.start(core().now, *dtls_role_, remote_fingerprints_);
  core().counters.add(Counter::drop_dtls_early, dtls_.take_dropped());
  if (!started) {
    core().events.log(LogLevel::error, "dtls", "session did not start: " + started.error().text);
  }
  serve_dtls();
}

namespace {

Counter drop_reason(dtls::DtlsState state) {
  switch (state) {
    case dtls::DtlsState::fresh:
      return Counter::drop_dtls_early;
    case dtls::DtlsState::connecting:
    case dtls::DtlsState::connected:
      return Counter::drop_dtls_invalid;
    case dtls::DtlsState::failed:
    case dtls::DtlsState::closed:
      return Counter::drop_dtls_closed;
  }
  return Counter::drop_dtls_closed;
}

}  // namespace

void WebRtcTransport::handle_dtls(Instant now, Bytes datagram, const Path& path) {
  const dtls::DtlsState state = dtls_.state();
  // A peer that nominates aggressively may hold its handshake on another path than the one it
  // nominated last. Later only what proves to be the peer's selects its path.
  if (state != dtls::DtlsState::connected) handle_handshake(path);
  dtls_.handle_datagram(now, datagram);

  if (dtls_.take_dropped() != 0) {
    core().counters.add(drop_reason(state));
  } else {
    note_received(now, datagram.size());
  }
  const bool proved =
      serve_dtls() || (state != dtls_.state() && dtls_state_ == dtls::DtlsState::connected);
  if (proved) handle_authentic(now, path);
}

// True when the peer's application has said something.
bool WebRtcTransport::serve_dtls() {
  while (const auto datagram = dtls_.poll_output()) {
    note_other_sent(core().now, output().send_datagram(*datagram));
  }
  bool heard = false;
  while (dtls_.poll_application_data()) heard = true;
  dtls_timer_.set(dtls_.next_timeout());
  follow_dtls_state();
  return heard;
}

void WebRtcTransport::follow_dtls_state() {
  if (dtls_.state() == dtls_state_) return;
  dtls_state_ = dtls_.state();
  if (auto keys = dtls_.take_srtp_keys()) {
    if (!set_srtp_keys(keys->profile, keys->inbound, keys->outbound)) {
      core().events.log(LogLevel::error, "srtp", "keys of the DTLS session were refused");
    }
  }
  // Media ends with the session, in both directions: RFC 5764, 3.
  if (dtls_state_ == dtls::DtlsState::closed || dtls_state_ == dtls::DtlsState::failed) {
    wipe_srtp_keys();
  }
  if (dtls_state_ == dtls::DtlsState::failed) {
    core().events.log(LogLevel::warn, "dtls", "session failed: " + dtls_.error());
  }
  core().events.log(LogLevel::debug, "dtls",
                    "DTLS is " + std::string(dtls::state_name(dtls_state_)));
  core().events.state(SLUICE_EVENT_DTLS_STATE, id(), [&](JsonWriter& out) {
    out.field("dtlsState", dtls::state_name(dtls_state_));
    if (dtls_state_ == dtls::DtlsState::connected) {
      out.field("dtlsRemoteCert", dtls_.remote_certificate_pem());
    }
  });
  update_connected();
}

void WebRtcTransport::update_connected() {
  set_connected(output().is_open() && dtls_state_ == dtls::DtlsState::connected);
}

// ---- JSON ---------------------------------------------------------------------------------------

void WebRtcTransport::write_ice_parameters(JsonWriter& out) const {
  out.begin_object("iceParameters");
  out.field("usernameFragment", ice_.credentials().ufrag);
  out.field("password", ice_.credentials().password);
  out.field("iceLite", true);
  out.end_object();
}

void WebRtcTransport::write_candidates(JsonWriter& out) const {
  out.begin_array("iceCandidates");
  for (const ice::Candidate& candidate : candidates()) {
    out.begin_object();
    out.field("foundation", candidate.foundation);
    out.field("priority", candidate.priority);
    out.field("address", candidate.address);
    out.field("protocol", candidate.protocol == Protocol::udp ? "udp" : "tcp");
    out.field("port", candidate.port);
    out.field("type", "host");
    if (candidate.protocol == Protocol::tcp) out.field("tcpType", "passive");
    out.end_object();
  }
  out.end_array();
}

void WebRtcTransport::write_dtls_parameters(JsonWriter& out) const {
  out.begin_object("dtlsParameters");
  out.field("role", !dtls_role_                             ? "auto"
                    : *dtls_role_ == dtls::DtlsRole::client ? "client"
                                                            : "server");
  out.begin_array("fingerprints");
  for (const dtls::Fingerprint& fingerprint : core_const().dtls->fingerprints()) {
    out.begin_object();
    out.field("algorithm", dtls::algorithm_name(fingerprint.algorithm));
    out.field("value", fingerprint.value);
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

void WebRtcTransport::write_selected_tuple(JsonWriter& out) const {
  const Path* path = ice_.selected();
  const Listening* local = path ? listening_of(*path) : nullptr;
  if (!local) return;
  out.key("iceSelectedTuple");
  write_tuple(out, *local, &path->remote);
}

void WebRtcTransport::write_created(JsonWriter& out) const {
  out.field("id", id());
  out.field("iceRole", "controlled");
  write_ice_parameters(out);
  write_candidates(out);
  out.field("iceState", ice::to_text(ice_.state()));
  write_dtls_parameters(out);
  out.field("dtlsState", dtls::state_name(dtls_state_));
}

void WebRtcTransport::write_dump(JsonWriter& out) const {
  out.begin_object();
  write_base_dump(out);
  out.field("iceRole", "controlled");
  write_ice_parameters(out);
  write_candidates(out);
  out.field("iceState", ice::to_text(ice_.state()));
  write_selected_tuple(out);
  write_dtls_parameters(out);
  out.field("dtlsState", dtls::state_name(dtls_state_));
  if (dtls_state_ == dtls::DtlsState::connected) {
    out.field("dtlsRemoteCert", dtls_.remote_certificate_pem());
  }
  out.end_object();
}

void WebRtcTransport::write_stats(JsonWriter& out) {
  out.begin_object();
  write_base_stats(out, "webrtc-transport");
  out.field("iceRole", "controlled");
  out.field("iceState", ice::to_text(ice_.state()));
  write_selected_tuple(out);
  out.field("dtlsState", dtls::state_name(dtls_state_));
  out.end_object();
}

}  // namespace sluice::worker
