// Where a transport or server listens, as the API's TransportListenInfo says it.
#pragma once

#include <string>
#include <vector>

#include "ice/candidates.h"
#include "net/socket_options.h"
#include "worker/json/json.h"
#include "worker/loop/sockets.h"

namespace sluice::worker {

struct Core;

struct ListenInfo {
  Protocol protocol = Protocol::udp;
  std::string ip;
  std::string announced_address;
  bool expose_internal_ip = false;
  net::ListenOptions options;
};

ListenInfo read_listen_info(const Fields& fields);

// A socket that is open, and how it is announced.
struct Listening {
  uint32_t handle = 0;
  ListenInfo info;
  Address local;

  // What a tuple's localAddress shows.
  const std::string& shown_address() const {
    return info.announced_address.empty() ? info.ip : info.announced_address;
  }
  ice::Listener as_ice() const {
    return {info.protocol, ip_text(local), info.announced_address, local.port,
            info.expose_internal_ip};
  }
};

// Opens one socket; the error names address and port.
Result<Listening> open_listening(Core& core, const ListenInfo& info, Object* opener);

// A Tuple of sluice.h, as fields of an object that is begun and ended here.
void write_tuple(JsonWriter& out, const Listening& local, const Address* remote);

}  // namespace sluice::worker
