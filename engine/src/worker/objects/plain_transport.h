// A plain transport: RTP over UDP with one peer, whose address is given or learned (comedia), with
// SRTP when keys are exchanged by the application.
#pragma once

#include <string>

#include "worker/objects/transport.h"

namespace sluice::worker {

struct PlainOptions {
  ListenInfo listen_info;
  std::optional<ListenInfo> rtcp_listen_info;  // Else ports of listen_info, when rtcpMux is off.
  bool rtcp_mux = true;
  bool comedia = false;
  bool enable_srtp = false;
  srtp::SrtpProfile profile = srtp::SrtpProfile::aes_cm_128_hmac_sha1_80;
};

// Whether a socket that listens so can exchange datagrams with peers of this family. Only the
// unspecified IPv6 address serves both, unless ipv6Only is set (RFC 3493, 3.7 and 5.3).
bool reaches(const ListenInfo& info, bool is_ipv6);

class PlainTransport : public Transport {
 public:
  PlainTransport(ObjectId id, Core& core, Router& router, PlainOptions options);

  virtual Status open();
  virtual void write_created(JsonWriter& out) const;

  // Whether a datagram on this path may be our peer's; `on_rtcp_socket` says where it came in.
  // With comedia and without rtcpMux, RTCP must come from the IP that RTP comes from, once that is
  // known.
  bool accepts(const Path& path, bool is_rtcp, bool on_rtcp_socket) const;
  // With comedia: the packet is authentic (or in the clear); its sender becomes the peer if there
  // is none. False when the packet is no well-formed RTP or RTCP.
  bool learn(const Path& path, bool is_rtcp, bool on_rtcp_socket, Bytes packet);

  Status connect(const Fields& request, JsonWriter& answer) override;
  void write_dump(JsonWriter& out) const override;
  void write_stats(JsonWriter& out) override;

 protected:
  PlainTransport(ObjectId id, TransportType type, Core& core, Router& router, PlainOptions options);
  void release() override;
  void write_tuples(JsonWriter& out) const;
  void write_srtp_parameters(JsonWriter& out) const;

 private:
  Status check_connect(const Fields& request, Address* rtp, Address* rtcp) const;
  void check_family(const Fields& request, const Address& ip) const;
  Status set_remote_keys(const Fields& request);
  void make_local_keys();
  const Route& route_of(bool is_rtcp) const;
  void set_peer_route(bool is_rtcp, const Route& route);
  void update_connected();

  PlainOptions options_;
  std::optional<Listening> rtp_;
  std::optional<Listening> rtcp_;  // Without rtcpMux.
  std::vector<uint8_t> local_master_;
  bool was_connected_ = false;
};

}  // namespace sluice::worker
