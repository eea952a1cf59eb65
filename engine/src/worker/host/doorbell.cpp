#include "worker/host/doorbell.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace sluice::worker {

Doorbell::~Doorbell() {
  if (socket_ >= 0) close(socket_);
}

void Doorbell::ring() {
  const std::lock_guard lock(mutex_);
  if (ring_) ring_(context_);
  if (socket_ >= 0) {
    // A full socket buffer means that the reader has rings enough to wake up for.
    const char byte = 1;
    if (send(socket_, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno == EPIPE) {
      close(socket_);
      socket_ = -1;
    }
  }
}

void Doorbell::attach(Ring ring, void* context) {
  const std::lock_guard lock(mutex_);
  ring_ = ring;
  context_ = context;
}

void Doorbell::detach(void* context) {
  const std::lock_guard lock(mutex_);
  if (context_ != context) return;
  ring_ = nullptr;
  context_ = nullptr;
}

Result<int> Doorbell::open_socket() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0) {
    return failed(std::string("socketpair: ") + strerror(errno));
  }
  const std::lock_guard lock(mutex_);
  if (socket_ >= 0) close(socket_);
  socket_ = ends[0];
  return ends[1];
}

void Doorbell::silence() {
  const std::lock_guard lock(mutex_);
  ring_ = nullptr;
  context_ = nullptr;
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
}

}  // namespace sluice::worker
