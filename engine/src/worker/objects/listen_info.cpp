#include "worker/objects/listen_info.h"

#include "net/zone.h"
#include "worker/loop/core.h"

namespace sluice::worker {

ListenInfo read_listen_info(const Fields& fields) {
  constexpr uint32_t kMaxPort = 65535;
  constexpr uint32_t kMaxBuffer = 1u << 30;
  ListenInfo info;
  const std::string_view protocol = fields.text("protocol");
  if (protocol == "tcp") {
    info.protocol = Protocol::tcp;
  } else if (protocol != "udp") {
    fields.mistake("protocol", "must be \"udp\" or \"tcp\"");
  }
  if (const auto ip = net::parse_zoned_ip(fields.text("ip")); !ip) {
    fields.mistake("ip", ip.error().text);
  } else if (ip->is_link_local() && ip->zone == 0) {
    fields.mistake("ip", net::kZoneMissing);
  } else {
    info.options.ip = *ip;
    info.ip = net::zoned_ip_text(*ip);  // The same address in one spelling.
  }
  info.announced_address = fields.text_or("announcedAddress", "");
  info.expose_internal_ip = fields.flag_or("exposeInternalIp", false);
  info.options.port = static_cast<uint16_t>(fields.number_or("port", 0, 0, kMaxPort));
  if (const auto range = fields.maybe_object("portRange")) {
    // mediasoup takes {0, 0} for "no range".
    const uint32_t min = range->number("min", 0, kMaxPort);
    const uint32_t max = range->number("max", 0, kMaxPort);
    if (min > max) range->mistake("min", "must not be greater than max");
    if (max != 0 && min == 0) range->mistake("min", "must be from 1 to 65535");
    info.options.range = {static_cast<uint16_t>(min), static_cast<uint16_t>(max)};
    if (max != 0) info.options.port = 0;  // The range wins over the port.
  }
  if (const auto flags = fields.maybe_object("flags")) {
    info.options.ipv6_only = flags->flag_or("ipv6Only", false);
    info.options.reuse_port = flags->flag_or("udpReusePort", false);
  }
  info.options.send_buffer_bytes = fields.number_or("sendBufferSize", 0, 0, kMaxBuffer);
  info.options.receive_buffer_bytes = fields.number_or("recvBufferSize", 0, 0, kMaxBuffer);
  return info;
}

Result<Listening> open_listening(Core& core, const ListenInfo& info, Object* opener) {
  auto handle = info.protocol == Protocol::udp
                    ? core.sockets.open_udp(info.options, core.ports, opener)
                    : core.sockets.open_listener(info.options, core.ports, opener);
  if (!handle) return handle.error();
  return Listening{*handle, info, *core.sockets.local_address(*handle)};
}

void write_tuple(JsonWriter& out, const Listening& local, const Address* remote) {
  out.begin_object();
  out.field("localAddress", local.shown_address());
  out.field("localPort", local.local.port);
  if (remote) {
    out.field("remoteIp", net::zoned_ip_text(*remote));
    out.field("remotePort", remote->port);
  }
  out.field("protocol", local.info.protocol == Protocol::udp ? "udp" : "tcp");
  out.end_object();
}

}  // namespace sluice::worker
