// A WebRTC transport: ICE-lite, DTLS, SRTP, over sockets of its own or a WebRtcServer's.
#pragma once

#include <string>
#include <vector>

#include "dtls/dtls_session.h"
#include "ice/candidates.h"
#include "ice/ice_lite.h"
#include "worker/objects/transport.h"

namespace sluice::worker {

class WebRtcServer;

struct WebRtcOptions {
  WebRtcServer* server = nullptr;  // Else the infos are opened for this transport.
  std::vector<ListenInfo> listen_infos;
  ice::CandidatePreferences preferences;
  Duration ice_consent_timeout{};  // Zero: off.
  uint32_t initial_available_outgoing_bitrate = 600000;
};

class WebRtcTransport final : public Transport {
 public:
  static constexpr TransportType kType = TransportType::webrtc;
  WebRtcTransport(ObjectId id, Core& core, Router& router, WebRtcOptions options);

  Status open();
  void write_created(JsonWriter& out) const;  // The answer to its creation.

  void handle_stun(Instant now, const ice::StunMessage& message, const Path& path);
  void handle_dtls(Instant now, Bytes datagram, const Path& path);
  // An authenticated packet came on this path.
  void handle_authentic(Instant now, const Path& path);
  void handle_path_closed(const Path& path);
  void prefetch_receiving() const {
    ice_.prefetch();
    Transport::prefetch_receiving();
  }
  // Whether an established session lives on this path: no other transport may have it.
  bool holds(Instant now, const Path& path) const {
    return is_connected() && ice_.is_alive(now, path);
  }
  const ice::IceCredentials& restart_ice();

  // Whose sockets it uses: the server or itself.
  const Object* socket_opener() const;
  size_t place_in_server = 0;  // Kept by the WebRtcServer.

  Status connect(const Fields& request, JsonWriter& answer) override;
  void write_dump(JsonWriter& out) const override;
  void write_stats(JsonWriter& out) override;

 private:
  void release() override;
  void apply(ice::IceOutbox& out);
  void handle_handshake(const Path& path);
  void start_dtls();
  bool serve_dtls();  // Sends what the session has to say; follows its state.
  void follow_dtls_state();
  void update_connected();
  void report_selected_tuple();
  void forget(const Path& path);
  void write_ice_parameters(JsonWriter& out) const;
  void write_dtls_parameters(JsonWriter& out) const;
  void write_selected_tuple(JsonWriter& out) const;
  std::vector<ice::Candidate> candidates() const;
  void write_candidates(JsonWriter& out) const;
  const Listening* listening_of(const Path& path) const;
  const std::vector<Listening>& listening() const;

  WebRtcOptions options_;
  std::vector<Listening> listening_;
  ice::IceLite ice_;
  dtls::DtlsSession dtls_;
  dtls::DtlsState dtls_state_ = dtls::DtlsState::fresh;
  std::optional<dtls::DtlsRole> dtls_role_;  // Empty: auto.
  std::vector<dtls::Fingerprint> remote_fingerprints_;
  Timer ice_timer_;
  Timer dtls_timer_;
};

}  // namespace sluice::worker
