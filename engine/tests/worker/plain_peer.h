// Peers of plain transports, for tests that go through a real worker's sockets.
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "base/base64.h"
#include "base/bytes.h"
#include "srtp/srtp_inbound.h"
#include "srtp/srtp_outbound.h"
#include "tests/worker/test_worker.h"

namespace sluice::worker {

// A socket on loopback with a port of its own.
class UdpPeer {
 public:
  UdpPeer() : fd_(socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in address = loopback(0);
    REQUIRE(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    socklen_t size = sizeof(address);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  UdpPeer(const UdpPeer&) = delete;
  UdpPeer& operator=(const UdpPeer&) = delete;
  ~UdpPeer() { close(fd_); }

  uint16_t port() const { return port_; }
  void send_to(uint16_t port, Bytes bytes) const {
    sockaddr_in address = loopback(port);
    sendto(fd_, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&address),
           sizeof(address));
  }
  // The size of the next datagram; 0 when none came in time. A lost packet fails a test instead of
  // hanging it.
  size_t receive(MutableBytes out, int timeout_ms = 5000) const {
    pollfd waiting{fd_, POLLIN, 0};
    if (poll(&waiting, 1, timeout_ms) != 1) return 0;
    const ssize_t size = recv(fd_, out.data(), out.size(), 0);
    return size < 0 ? 0 : static_cast<size_t>(size);
  }

 private:
  static sockaddr_in loopback(uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
  }

  int fd_;
  uint16_t port_ = 0;
};

inline bool is_rtcp(Bytes datagram) {
  return datagram.size() > 1 && datagram[1] >= 192 && datagram[1] <= 223;  // RFC 5761, 4.
}

// The same with a plain transport of its own, keys exchanged (AEAD_AES_128_GCM).
class SrtpPeer {
 public:
  struct Datagram {
    Bytes wire;   // As it came; valid until the next receive().
    Bytes plain;  // Opened; empty when it did not open.
  };

  SrtpPeer(TestWorker& worker, uint32_t router)
      : out_(std::move(*srtp::SrtpOutbound::make(kProfile, kMaster))) {
    const std::string created =
        worker.call(SLUICE_ROUTER_CREATE_PLAIN_TRANSPORT, router,
                    R"({"listenInfo":{"protocol":"udp","ip":"127.0.0.1"},"enableSrtp":true,)"
                    R"("srtpCryptoSuite":"AEAD_AES_128_GCM"})");
    INFO(created);
    transport_ = TestWorker::number(created, "id");
    port_ = static_cast<uint16_t>(std::stoi(created.substr(created.find("\"localPort\":") + 12)));
    const size_t at = created.find("\"keyBase64\":\"") + 13;
    const auto key = base64_decode(created.substr(at, created.find('"', at) - at));
    in_.emplace(std::move(*srtp::SrtpInbound::make(kProfile, key)));
    const std::string connected =
        worker.call(SLUICE_TRANSPORT_CONNECT, transport_,
                    R"({"ip":"127.0.0.1","port":)" + std::to_string(socket_.port()) +
                        R"(,"srtpParameters":{"cryptoSuite":"AEAD_AES_128_GCM","keyBase64":")" +
                        base64_encode(kMaster) + "\"}}");
    INFO(connected);
    REQUIRE_FALSE(connected.starts_with("error"));
  }

  uint32_t transport() const { return transport_; }

  // `slot` begins with a header of that size; the payload may follow it or lie elsewhere.
  void send_rtp(MutableBytes slot, size_t header_bytes, Bytes payload) {
    const size_t size = out_.protect_rtp(slot, header_bytes, payload);
    REQUIRE(size != 0);
    socket_.send_to(port_, slot.first(size));
  }
  void send_rtcp(Bytes compound) {
    std::array<uint8_t, 1500> slot;
    std::copy(compound.begin(), compound.end(), slot.begin());
    const size_t size = out_.protect_rtcp(slot, compound.size());
    REQUIRE(size != 0);
    socket_.send_to(port_, Bytes(slot).first(size));
  }
  // Empty when nothing came in time.
  std::optional<Datagram> receive(int timeout_ms = 5000) {
    const size_t size = socket_.receive(wire_, timeout_ms);
    if (size == 0) return std::nullopt;
    const Bytes wire = Bytes(wire_).first(size);
    std::copy(wire.begin(), wire.end(), plain_.begin());
    const MutableBytes plain = MutableBytes(plain_).first(size);
    const auto opened = is_rtcp(wire) ? in_->unprotect_rtcp(plain) : in_->unprotect_rtp(plain);
    return Datagram{wire, opened ? Bytes(plain).first(*opened) : Bytes()};
  }

 private:
  static constexpr auto kProfile = srtp::SrtpProfile::aead_aes_128_gcm;
  static constexpr uint8_t kMaster[28] = {1,  2,  3,  4,  5,  6,  7,  8,  9, 10,
                                          11, 12, 13, 14, 15, 16, 17, 18, 19};
  UdpPeer socket_;
  srtp::SrtpOutbound out_;
  std::optional<srtp::SrtpInbound> in_;
  uint32_t transport_ = 0;
  uint16_t port_ = 0;
  std::array<uint8_t, 2048> wire_;
  std::array<uint8_t, 2048> plain_;
};

}  // namespace sluice::worker
