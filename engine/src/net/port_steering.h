// A program in the kernel that picks, for each datagram to a port that several sockets share, the
// socket of the worker that owns it. Where the kernel refuses it (it wants CAP_BPF) a hash picks,
// and workers hand over to each other what came wrong.
#pragma once

#include <cstdint>
#include <memory>

#include "base/address.h"
#include "net/fd.h"

namespace sluice::net {

// Of one group of sockets. The program knows peers' addresses, and for STUN from elsewhere what the
// first character of the username fragment stands for, if USERNAME is the first attribute.
// Any thread, one at a time.
class PortSteering {
 public:
  // As path_owners.h.
  static constexpr uint32_t kAddressesMax = 131'072;
  static constexpr uint32_t kOwnersMax = 64;

  // nullptr where the kernel refuses.
  static std::unique_ptr<PortSteering> create();

  // The group that `socket` is in; all of it, now and later. False when there is none yet.
  bool attach(int socket);

  // Where in the group the socket of an owner is, and the character that names it; kNowhere when it
  // has gone.
  static constexpr uint32_t kNowhere = UINT32_MAX;
  void seat(uint8_t owner, char name, uint32_t place);

  void set(const Address& remote, uint8_t owner);
  void remove(const Address& remote);

 private:
  PortSteering(Fd addresses, Fd seats, Fd program)
      : addresses_(std::move(addresses)), seats_(std::move(seats)), program_(std::move(program)) {}

  Fd addresses_;
  Fd seats_;
  Fd program_;
};

}  // namespace sluice::net
