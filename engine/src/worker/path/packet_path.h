// The life of a packet, from a socket's bytes to a socket's bytes.
#pragma once

#include <string>
#include <string_view>

#include "net/udp_socket.h"
#include "rtp/rtp_view.h"
#include "worker/between/shared_port.h"
#include "worker/loop/core.h"

namespace sluice::media {
class Consumer;
}

namespace sluice::worker {

class PlainTransport;
class Producer;
class Transport;
class WebRtcTransport;

// One per worker. Takes datagrams, hands media to producers, and serves the consumers once the
// sockets of the turn were read.
class PacketPath {
 public:
  explicit PacketPath(Core& core) : core_(core) {}

  void receive(Instant now, uint32_t handle, const Socket& socket, net::ReceivedDatagram& datagram);
  // One frame that a TCP connection delivered.
  void receive_frame(Instant now, uint32_t handle, const Socket& socket, PacketRef packet);

  // Packets that other workers lend over links.
  void receive_links(Instant now);
  // Bounds the delay for other sources and stays below Producer::kBatchMax.
  static constexpr int kDirectRecordsPerTurn = 512;
  // Records that the application has written, at most those of one turn. True when there were any.
  bool receive_direct(Instant now);
  // Datagrams that the kernel gave to another worker although their transport is ours.
  void receive_handed(Instant now, PortMember& port, const Handed& handed);
  // For each producer with packets of this turn: its consumers, one after the other.
  void forward(Instant now);

 private:
  void receive_webrtc(Instant now, const Socket& socket, const Path& path, PacketRef packet,
                      bool is_released = false);
  void on_stun(Instant now, const Socket& socket, const Path& path, Bytes datagram,
               bool is_released);
  bool hand_over_stun(Instant now, const Socket& socket, const Path& path, Bytes datagram,
                      std::string_view ufrag, const WebRtcTransport* holder);
  bool hand_over_foreign(const Socket& socket, const Path& path, Bytes datagram);
  std::optional<uint8_t> owner_of(const Socket& socket, const Path& path) const;
  void hand_over(uint8_t to, Handed::Kind kind, const Socket& socket, const Path& path,
                 Bytes datagram);
  void receive_plain(Instant now, PlainTransport& transport, const Socket& socket, const Path& path,
                     PacketRef packet);
  void on_direct(Instant now, const DirectReader::Record& record);
  bool unprotect(Transport& transport, PacketHead& slot, bool is_rtcp);
  void on_rtp(Instant now, Transport& transport, const PacketRef& packet);
  void serve_consumer(Instant now, media::Consumer& consumer);
  void lend(Instant now, media::Consumer& consumer, Transport& transport, LinkEnd& link);
  void drop(Counter reason) { core_.counters.add(reason); }
  // For hosts that log this tag: the stream that lost a packet.
  void log_drop(std::string_view tag, std::string_view what, Bytes packet) {
    if (!core_.events.logs(LogLevel::warn, tag)) [[likely]]
      return;
    const uint32_t ssrc = packet.size() < rtp::kFixedHeaderBytes ? 0 : load_u32(packet, 8);
    core_.events.log(LogLevel::warn, tag,
                     std::string(what) + " [ssrc:" + std::to_string(ssrc) + "]");
  }

  Core& core_;
};

}  // namespace sluice::worker
