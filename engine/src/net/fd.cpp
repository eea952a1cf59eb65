#include "net/fd.h"

#include <unistd.h>

#include <cstring>

namespace sluice::net {

void Fd::close() {
  // Linux frees the descriptor even when close() was interrupted: never again.
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

std::string errno_text(int error) {
  char buffer[128];
  // The GNU variant: it may return a static text instead of the buffer.
  return strerror_r(error, buffer, sizeof(buffer));
}

}  // namespace sluice::net
