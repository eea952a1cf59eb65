// A connected UDP socket, and the reader that takes what many of them have received.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/result.h"
#include "net/fd.h"

namespace sluice::bench {

class PeerSocket {
 public:
  // `gro`: the kernel hands over what it received in one go in one piece (UDP_GRO).
  static Result<PeerSocket> open(const Address& server, bool gro);

  int fd() const { return fd_.get(); }
  // False when the kernel did not take it.
  bool send(Bytes datagram);
  // Datagrams side by side, each of `segment_bytes` but the last: they leave at once (UDP_SEGMENT).
  bool send_group(Bytes datagrams, size_t segment_bytes);

 private:
  net::Fd fd_;
};

// One for all sockets. Allocates nothing after its construction.
class DatagramReader {
 public:
  DatagramReader();

  // Reads what is there and calls f(MutableBytes) for each datagram.
  template <typename F>
  void read_all(int fd, F&& f) {
    for (size_t messages = kMessages; messages == kMessages;) {
      messages = receive(fd);
      for (size_t i = 0; i < messages; ++i) {
        const MutableBytes all(buffers_.data() + i * kStride, headers_[i].msg_len);
        const size_t segment = segment_bytes(headers_[i].msg_hdr, all.size());
        for (size_t at = 0; at < all.size(); at += segment) {
          f(all.subspan(at, std::min(segment, all.size() - at)));
        }
      }
    }
  }

 private:
  static constexpr size_t kMessages = 16;
  static constexpr size_t kBufferBytes = 64 * 1024;  // What UDP_GRO may hand over.
  // Not a power of two: the buffers' beginnings would share a few lines of every cache.
  static constexpr size_t kStride = kBufferBytes + 20 * 64;
  static constexpr size_t kControlBytes = CMSG_SPACE(sizeof(int));
  struct alignas(cmsghdr) Control : std::array<uint8_t, kControlBytes> {};

  size_t receive(int fd);
  static size_t segment_bytes(msghdr& header, size_t all);

  std::vector<uint8_t> buffers_ = std::vector<uint8_t>(kMessages * kStride);
  std::array<iovec, kMessages> vectors_{};
  std::array<Control, kMessages> controls_{};
  std::array<mmsghdr, kMessages> headers_{};
};

}  // namespace sluice::bench
