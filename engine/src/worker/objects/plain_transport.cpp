#include "worker/objects/plain_transport.h"

#include <openssl/crypto.h>

#include "base/base64.h"
#include "net/zone.h"
#include "rtcp/compound_reader.h"

namespace sluice::worker {

bool reaches(const ListenInfo& info, bool is_ipv6) {
  const Address& ip = info.options.ip;
  if (!ip.is_ipv6 || is_ipv6) return ip.is_ipv6 == is_ipv6;
  return !info.options.ipv6_only && ip.ip == decltype(ip.ip){};
}

PlainTransport::PlainTransport(ObjectId id, Core& core, Router& router, PlainOptions options)
    : PlainTransport(id, TransportType::plain, core, router, std::move(options)) {}

PlainTransport::PlainTransport(ObjectId id, TransportType type, Core& core, Router& router,
                               PlainOptions options)
    : Transport(id, type, core, router), options_(std::move(options)) {
  if (!options_.enable_srtp) return;
  require_srtp();
  make_local_keys();
}

Status PlainTransport::open() {
  auto rtp = open_listening(core(), options_.listen_info, this);
  if (!rtp) return rtp.error();
  rtp_ = std::move(*rtp);
  if (options_.rtcp_mux) return ok();

  ListenInfo info = options_.rtcp_listen_info.value_or(options_.listen_info);
  if (!options_.rtcp_listen_info) info.options.port = 0;  // The fixed one is taken by RTP.
  auto rtcp = open_listening(core(), info, this);
  if (!rtcp) return rtcp.error();
  rtcp_ = std::move(*rtcp);
  core().sockets.find(rtcp_->handle)->is_rtcp = true;
  return ok();
}

void PlainTransport::release() {
  set_connected(false);
  if (rtp_) core().sockets.close(rtp_->handle);
  if (rtcp_) core().sockets.close(rtcp_->handle);
  OPENSSL_cleanse(local_master_.data(), local_master_.size());
}

// ---- The peer -----------------------------------------------------------------------------------

namespace {

bool is_same_host(const Address& a, const Address& b) {
  return a.is_ipv6 == b.is_ipv6 && a.ip == b.ip && a.zone == b.zone;
}

}  // namespace

bool PlainTransport::accepts(const Path& path, bool is_rtcp, bool on_rtcp_socket) const {
  // With rtcpMux everything shares one path; without it each kind has its socket.
  if (!options_.rtcp_mux && is_rtcp != on_rtcp_socket) return false;
  const Route& known = route_of(is_rtcp);
  if (known.usable) return known.remote == path.remote;
  if (!options_.comedia) return false;
  const Route& rtp = output().route();
  return !is_rtcp || !rtp.usable || is_same_host(rtp.remote, path.remote);
}

const Route& PlainTransport::route_of(bool is_rtcp) const {
  return is_rtcp && !options_.rtcp_mux ? output().rtcp_route() : output().route();
}

bool PlainTransport::learn(const Path& path, bool is_rtcp, bool on_rtcp_socket, Bytes packet) {
  if (route_of(is_rtcp).usable) [[likely]]
    return true;
  if (is_rtcp) {
    rtcp::CompoundReader reader(packet);
    if (!reader.next()) return false;
  } else if (!parse(packet)) {
    return false;
  }
  const Route route = core().sockets.route(path);
  set_peer_route(is_rtcp, route);
  const bool is_rtcp_route = on_rtcp_socket && !options_.rtcp_mux;
  core().events.state(is_rtcp_route ? SLUICE_EVENT_RTCP_TUPLE : SLUICE_EVENT_TUPLE, id(),
                      [&](JsonWriter& out) {
                        out.key(is_rtcp_route ? "rtcpTuple" : "tuple");
                        write_tuple(out, is_rtcp_route ? *rtcp_ : *rtp_, &route.remote);
                      });
  update_connected();
  return true;
}

void PlainTransport::set_peer_route(bool is_rtcp, const Route& route) {
  if (is_rtcp && !options_.rtcp_mux) return output().set_rtcp_route(route);
  output().set_route(route);
  // RTCP that came first from elsewhere was a stranger's. The peer's own is learned anew.
  const Route& rtcp = output().rtcp_route();
  if (rtcp.usable && !is_same_host(rtcp.remote, route.remote)) output().set_rtcp_route({});
}

void PlainTransport::update_connected() {
  set_connected(output().is_open());
}

// ---- connect() ----------------------------------------------------------------------------------

void PlainTransport::check_family(const Fields& request, const Address& ip) const {
  for (const auto* listening : {&rtp_, &rtcp_}) {
    if (!*listening || reaches((*listening)->info, ip.is_ipv6)) continue;
    const std::string who = listening == &rtp_ ? "the transport" : "the transport's RTCP";
    request.mistake("ip", ip.is_ipv6 ? "is IPv6, but " + who + " listens on IPv4"
                                     : "is IPv4, but " + who + " listens on IPv6 alone");
  }
}

Status PlainTransport::check_connect(const Fields& request, Address* rtp, Address* rtcp) const {
  if (options_.comedia) {
    for (const char* name : {"ip", "port", "rtcpPort"}) {
      if (request.has(name)) request.mistake(name, "cannot be given with comedia");
    }
  } else {
    const auto ip = net::parse_zoned_ip(request.text("ip"));
    if (!ip) request.mistake("ip", ip.error().text);
    *rtp = ip ? *ip : Address{};
    if (rtp->is_link_local() && rtp->zone == 0) rtp->zone = rtp_->local.zone;
    if (rtp->is_link_local() && rtp->zone == 0) {
      request.mistake("ip", net::kZoneMissing);
    }
    *rtcp = *rtp;
    rtp->port = static_cast<uint16_t>(request.number("port", 1, 65535));
    if (options_.rtcp_mux) {
      if (request.has("rtcpPort")) request.mistake("rtcpPort", "cannot be given with rtcpMux");
    } else {
      rtcp->port = static_cast<uint16_t>(request.number("rtcpPort", 1, 65535));
    }
    if (ip) check_family(request, *ip);
  }
  if (options_.enable_srtp != request.has("srtpParameters")) {
    request.mistake("srtpParameters", options_.enable_srtp ? "is missing: SRTP is enabled"
                                                           : "was given, but SRTP is not enabled");
  }
  return request.failed() ? Status(request.error()) : ok();
}

Status PlainTransport::set_remote_keys(const Fields& request) {
  const Fields parameters = request.object("srtpParameters");
  const auto profile = srtp::suite_from_name(parameters.text("cryptoSuite"));
  if (!profile) {
    parameters.mistake("cryptoSuite", "is not supported");
    return request.error();
  }
  std::vector<uint8_t> master = base64_decode(parameters.text("keyBase64"));
  if (master.size() != srtp::master_bytes(*profile)) {
    parameters.mistake("keyBase64", "must be base64 of " +
                                        std::to_string(srtp::master_bytes(*profile)) +
                                        " bytes, the suite's master key and salt");
    return request.error();
  }
  if (*profile != options_.profile) {  // The peer chooses: our key takes its suite's length.
    options_.profile = *profile;
    make_local_keys();
  }
  const Status set = set_srtp_keys(*profile, master, local_master_);
  OPENSSL_cleanse(master.data(), master.size());
  return set;
}

void PlainTransport::make_local_keys() {
  local_master_.resize(srtp::master_bytes(options_.profile));
  core().random.fill(local_master_);
}

Status PlainTransport::connect(const Fields& request, JsonWriter& answer) {
  if (was_connected_) return failed("connect() was called before");
  Address rtp, rtcp;
  if (auto checked = check_connect(request, &rtp, &rtcp); !checked) return checked;
  if (options_.enable_srtp) {
    if (auto keys = set_remote_keys(request); !keys) return keys;
  }
  if (!options_.comedia) {
    output().set_route(core().sockets.route({rtp_->handle, Protocol::udp, rtp}));
    if (rtcp_) {
      output().set_rtcp_route(core().sockets.route({rtcp_->handle, Protocol::udp, rtcp}));
    }
  }
  was_connected_ = true;
  update_connected();
  write_tuples(answer);
  write_srtp_parameters(answer);
  return ok();
}

// ---- JSON ---------------------------------------------------------------------------------------

namespace {

const Address* remote_of(const Route& route) {
  return route.usable ? &route.remote : nullptr;
}

}  // namespace

void PlainTransport::write_tuples(JsonWriter& out) const {
  out.key("tuple");
  write_tuple(out, *rtp_, remote_of(output().route()));
  if (!rtcp_) return;
  out.key("rtcpTuple");
  write_tuple(out, *rtcp_, remote_of(output().rtcp_route()));
}

void PlainTransport::write_srtp_parameters(JsonWriter& out) const {
  if (!options_.enable_srtp) return;
  out.begin_object("srtpParameters");
  out.field("cryptoSuite", srtp::suite_name(options_.profile));
  out.field("keyBase64", base64_encode(local_master_));
  out.end_object();
}

void PlainTransport::write_created(JsonWriter& out) const {
  out.field("id", id());
  write_tuples(out);
  write_srtp_parameters(out);
}

void PlainTransport::write_dump(JsonWriter& out) const {
  out.begin_object();
  write_base_dump(out);
  out.field("rtcpMux", options_.rtcp_mux);
  out.field("comedia", options_.comedia);
  write_tuples(out);
  write_srtp_parameters(out);
  out.end_object();
}

void PlainTransport::write_stats(JsonWriter& out) {
  out.begin_object();
  write_base_stats(out, "plain-rtp-transport");
  out.field("rtcpMux", options_.rtcp_mux);
  out.field("comedia", options_.comedia);
  write_tuples(out);
  out.end_object();
}

}  // namespace sluice::worker
