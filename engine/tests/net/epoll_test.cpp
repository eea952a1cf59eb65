#include "net/epoll.h"

#include <doctest/doctest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <thread>

#include "net/clock.h"

using namespace sluice;
using namespace sluice::net;

namespace {

// The shortest of many waits for 100 us: one that no other program of the machine got in the way
// of. None may end early.
Duration shortest_wait(Epoll& epoll) {
  constexpr Duration kWait = 100us;
  Duration shortest = Duration::max();
  for (int i = 0; i < 200; ++i) {
    const Instant start = now();
    CHECK(epoll.wait(start, start + kWait).empty());
    const Duration took = now() - start;
    CHECK(took >= kWait);
    shortest = std::min(shortest, took);
  }
  return shortest;
}

// Makes epoll_pwait2 fail for the calling thread, as an old kernel or a container's filter does.
bool refuse_epoll_pwait2(uint32_t error) {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_epoll_pwait2, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{static_cast<unsigned short>(std::size(code)), code};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace

TEST_CASE("epoll: reports what is ready under its tag, and wakes at the deadline, not before") {
  Epoll::Precision precision{};
  SUBCASE("fine") {
    precision = Epoll::Precision::fine;
  }
  SUBCASE("coarse") {
    precision = Epoll::Precision::coarse;
  }
  auto epoll = Epoll::create(precision);
  REQUIRE(epoll);
  const Fd event(eventfd(0, EFD_NONBLOCK));
  REQUIRE(epoll->add(event.get(), EPOLLIN, 0x1234567890));

  const Instant start = now();
  CHECK(epoll->wait(start, start + 3ms).empty());
  CHECK(now() >= start + 3ms);

  const uint64_t one = 1;
  REQUIRE(write(event.get(), &one, sizeof(one)) == sizeof(one));
  for (int i = 0; i < 2; ++i) {  // Level-triggered.
    const auto ready = epoll->wait(now(), kNever);
    REQUIRE(ready.size() == 1);
    CHECK(ready[0].data.u64 == 0x1234567890);
  }
  REQUIRE(epoll->modify(event.get(), 0, 1));
  CHECK(epoll->wait(now(), now()).empty());
  epoll->remove(event.get());
  CHECK_FALSE(epoll->modify(event.get(), EPOLLIN, 1));
  CHECK_FALSE(epoll->add(-1, EPOLLIN, 1));
}

TEST_CASE("epoll: a wait ends within its millisecond where the kernel can") {
  auto epoll = Epoll::create();
  REQUIRE(epoll);
  CHECK(shortest_wait(*epoll) < 1ms);
}

TEST_CASE("epoll: waits in whole milliseconds where the kernel refuses the finer call") {
  for (const uint32_t error : {uint32_t{ENOSYS}, uint32_t{EPERM}}) {
    CAPTURE(error);
    bool refused = false;
    Duration shortest{};
    size_t ready = 0;
    std::thread([&] {
      refused = refuse_epoll_pwait2(error);
      auto epoll = Epoll::create();
      shortest = shortest_wait(*epoll);
      const Fd event(eventfd(1, EFD_NONBLOCK));
      CHECK(epoll->add(event.get(), EPOLLIN, 1));
      ready = epoll->wait(now(), kNever).size();
    }).join();
    REQUIRE(refused);
    CHECK(shortest >= 1ms);
    CHECK(ready == 1);
  }
}

TEST_CASE("epoll: a deadline of long ago, and none at all, are no trouble") {
  auto epoll = Epoll::create();
  REQUIRE(epoll);
  CHECK(epoll->wait(now(), Instant::min()).empty());
  const Fd event(eventfd(1, EFD_NONBLOCK));
  REQUIRE(epoll->add(event.get(), EPOLLIN, 1));
  CHECK(epoll->wait(now(), kNever).size() == 1);
}
