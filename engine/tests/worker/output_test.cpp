// Outputs: nothing leaves in the clear where keys are required, and nothing after clear().
#include "worker/path/output.h"

#include <doctest/doctest.h>

#include <vector>

using namespace sluice;
using namespace sluice::worker;

namespace {

struct Scene {
  Counters counters;
  Sockets sockets{std::move(*net::Epoll::create()), counters};
  Output output{sockets, counters, 1};

  static Route route() {
    Route route;
    route.usable = true;
    return route;
  }
  static srtp::SrtpOutbound keys() {
    const auto profile = srtp::SrtpProfile::aes_cm_128_hmac_sha1_80;
    const std::vector<uint8_t> master(srtp::master_bytes(profile), 7);
    return std::move(*srtp::SrtpOutbound::make(profile, master, srtp::CipherBackend::automatic));
  }
  size_t send_rtcp() {
    const std::vector<uint8_t> report = {0x80, 201, 0, 1, 0, 0, 0, 1};
    return output.send_rtcp(report);
  }
};

}  // namespace

TEST_CASE("output: is closed until it has a destination, and again after clear()") {
  Scene scene;
  CHECK_FALSE(scene.output.is_open());
  CHECK(scene.send_rtcp() == 0);
  scene.output.set_route(Scene::route());
  CHECK(scene.output.is_open());
  CHECK(scene.send_rtcp() == 8);
  scene.output.set_route({});
  CHECK_FALSE(scene.output.is_open());
  CHECK(scene.send_rtcp() == 0);
  scene.output.set_route(Scene::route());
  scene.output.set_rtcp_route(Scene::route());
  scene.output.clear();
  CHECK_FALSE(scene.output.is_open());
  CHECK(scene.send_rtcp() == 0);
  CHECK(scene.output.send_datagram(std::vector<uint8_t>(4)) == 0);
}

TEST_CASE("output: nothing leaves in the clear where keys are required") {
  for (const bool keys_first : {false, true}) {
    CAPTURE(keys_first);
    Scene scene;
    scene.output.require_keys();
    if (keys_first) {
      scene.output.set_keys(Scene::keys());
    } else {
      scene.output.set_route(Scene::route());
    }
    CHECK_FALSE(scene.output.is_open());
    CHECK(scene.send_rtcp() == 0);
    if (keys_first) {
      scene.output.set_route(Scene::route());
    } else {
      scene.output.set_keys(Scene::keys());
    }
    CHECK(scene.output.is_open());
    CHECK(scene.send_rtcp() == 8 + 4 + 10);  // RFC 3711, 3.4: index and tag.
  }
}
