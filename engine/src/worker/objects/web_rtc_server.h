// Sockets that many WebRTC transports share.
#pragma once

#include <vector>

#include "worker/between/shared_port.h"
#include "worker/loop/core.h"
#include "worker/objects/listen_info.h"
#include "worker/objects/member_list.h"

namespace sluice::worker {

class WebRtcTransport;

class WebRtcServer final : public Object {
 public:
  static constexpr ObjectKind kKind = ObjectKind::webrtc_server;
  WebRtcServer(ObjectId id, Core& core) : Object(kKind, id), core_(core) {}

  Status open(const std::vector<ListenInfo>& infos);
  // The same ports as the other members'; `opens` for the first.
  Status open_shared(std::vector<ListenInfo> infos, std::unique_ptr<PortMember> member, bool opens);
  ~WebRtcServer() override;
  void close();  // With its transports; destroyed.
  void write_dump(JsonWriter& out) const;

  const std::vector<Listening>& listening() const { return listening_; }
  PortMember* member() const { return member_.get(); }
  // Each transport adds and removes itself.
  void add(WebRtcTransport& transport);
  void remove(WebRtcTransport& transport);

 private:
  Core& core_;
  std::unique_ptr<PortMember> member_;  // Of ports that other workers listen on too.
  std::vector<Listening> listening_;
  MemberList<WebRtcTransport, InServer> transports_;
};

// Closes a connection, whoever it served.
void close_connection(Core& core, uint32_t handle);
// Closes what was opened for `listening`, a listener's connections included.
void close_listening(Core& core, const std::vector<Listening>& listening);

}  // namespace sluice::worker
