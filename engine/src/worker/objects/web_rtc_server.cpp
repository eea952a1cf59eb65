#include "worker/objects/web_rtc_server.h"

#include "worker/objects/web_rtc_transport.h"

namespace sluice::worker {

Status WebRtcServer::open(const std::vector<ListenInfo>& infos) {
  for (const ListenInfo& info : infos) {
    auto opened = open_listening(core_, info, this);
    if (!opened) {
      close_listening(core_, listening_);
      return opened.error();
    }
    listening_.push_back(std::move(*opened));
  }
  return ok();
}

Status WebRtcServer::open_shared(std::vector<ListenInfo> infos, std::unique_ptr<PortMember> member,
                                 bool opens) {
  SharedPort& port = member->port();
  if (!opens && port.listened_ports.size() != infos.size()) {
    return invalid("listenInfos: not the first member's");
  }
  for (size_t i = 0; i < infos.size(); ++i) {
    net::ListenOptions& options = infos[i].options;
    options.share = opens ? net::Share::opens : net::Share::joins;
    if (!opens) options.port = port.listened_ports[i].port;
  }
  if (auto opened = open(infos); !opened) return opened;
  member_ = std::move(member);
  core_.shared_ports.add(*member_);
  for (const Listening& each : listening_) {
    Socket& socket = *core_.sockets.find(each.handle);
    socket.shared = member_.get();
    socket.listen_index = static_cast<uint8_t>(member_->handles.size());
    member_->handles.push_back(each.handle);
    if (opens) port.opened(each.local.port);
    if (socket.udp) port.joined(socket.listen_index, member_->index(), socket.udp->fd());
  }
  return ok();
}

WebRtcServer::~WebRtcServer() {
  if (member_) core_.shared_ports.remove(*member_);
}

void WebRtcServer::add(WebRtcTransport& transport) {
  transports_.add(transport);
}

void WebRtcServer::remove(WebRtcTransport& transport) {
  transports_.remove(transport);
}

void WebRtcServer::close() {
  while (!transports_.empty()) transports_.back()->close();
  close_listening(core_, listening_);
  core_.objects.destroy(id());
}

void WebRtcServer::write_dump(JsonWriter& out) const {
  out.begin_object();
  out.field("id", id());
  const auto sockets = [&](std::string_view name, Protocol protocol) {
    out.begin_array(name);
    for (const Listening& listening : listening_) {
      if (listening.info.protocol != protocol) continue;
      out.begin_object();
      out.field("ip", listening.info.ip);
      out.field("port", listening.local.port);
      out.end_object();
    }
    out.end_array();
  };
  sockets("udpSockets", Protocol::udp);
  sockets("tcpServers", Protocol::tcp);
  out.begin_array("webRtcTransportIds");
  for (const WebRtcTransport* transport : transports_) out.value(transport->id());
  out.end_array();
  out.begin_array("localIceUsernameFragments");
  core_.demux.each_ufrag([&](const std::string& ufrag, const WebRtcTransport& transport) {
    if (transport.socket_opener() != this) return;
    out.begin_object();
    out.field("localIceUsernameFragment", ufrag);
    out.field("webRtcTransportId", transport.id());
    out.end_object();
  });
  out.end_array();
  out.end_object();
}

void close_connection(Core& core, uint32_t handle) {
  const Socket* socket = core.sockets.find(handle);
  if (!socket || !socket->connection) return;
  const Path path{handle, Protocol::tcp, socket->connection->remote()};
  // The transport closes the connection when it drops the path.
  if (WebRtcTransport* holder = core.demux.find(path)) holder->handle_path_closed(path);
  core.sockets.close(handle);
}

void close_listening(Core& core, const std::vector<Listening>& listening) {
  for (const Listening& each : listening) {
    if (each.info.protocol == Protocol::tcp) {
      for (const uint32_t connection : core.sockets.connections_of(each.handle)) {
        close_connection(core, connection);
      }
    }
    core.sockets.close(each.handle);
  }
}

}  // namespace sluice::worker
