// Receiving and sending allocate nothing once they are warm: every operator new of this program is
// counted while packets flow.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>

#include "net/batch_sender.h"
#include "net_helpers.h"
#include "tests/replace_new.h"

using namespace sluice;
using namespace sluice::net;
using namespace sluice::net::test;

namespace {
std::atomic<uint64_t> allocations{0};
}

void sluice::test::on_allocation() {
  ++allocations;
}

TEST_CASE("steady state: a packet in and out costs no allocation") {
  Ports ports;
  const UdpSocket server = open_udp(ports), client = open_udp(ports);
  PacketPool pool(PacketPool::kBlockSlots);
  ReceiveBatch batch(pool);
  BatchSender from_client, from_server;

  uint64_t echoed = 0, warm_allocations = 0;
  for (int turn = 0; turn < 200; ++turn) {
    if (turn == 100) warm_allocations = allocations;
    for (int i = 0; i < 32; ++i) {
      const MutableBytes slot = from_client.reserve(1200);
      std::fill(slot.begin(), slot.end(), static_cast<uint8_t>(i));
      from_client.commit(1200, server.local(), client.send_socket());
    }
    from_client.flush();
    for (const auto& datagram : batch.receive(server).datagrams) {
      from_server.append(datagram.packet->bytes(), datagram.source, server.send_socket());
    }
    from_server.flush();
    echoed += batch.receive(client).datagrams.size();
  }
  CHECK(allocations == warm_allocations);
  CHECK(echoed == 200 * 32);
}
