#include "media/rtp_listener.h"

#include <doctest/doctest.h>

#include "tests/media/support.h"

using namespace sluice;
using namespace sluice::media;
using namespace sluice::media::support;

namespace {

std::unique_ptr<Producer> producer(std::string mid, uint32_t ssrc, std::string rid = "") {
  auto options = video_producer();
  options.rtp_parameters.mid = std::move(mid);
  options.rtp_parameters.encodings[0].ssrc = ssrc;
  options.rtp_parameters.encodings[0].rtx_ssrc = ssrc == 0 ? 0 : ssrc + 1;
  options.rtp_parameters.encodings[0].rid = std::move(rid);
  return std::move(Producer::create(1, options).value());
}

struct Sent {
  PacketPool pool{256};
  PacketRef slot;
  rtp::RtpView view;

  Sent(uint32_t ssrc, std::vector<rtp::ExtensionItem> extensions)
      : slot(make_packet(pool, {.ssrc = ssrc, .extensions = std::move(extensions)})),
        view(*rtp::RtpView::parse(slot->bytes(), video_producer().rtp_parameters.extension_ids())) {
  }
};

}  // namespace

TEST_CASE("rtp listener: finds by SSRC, then by MID, then by RID, and remembers the SSRC") {
  RtpListener listener;
  const auto by_ssrc = producer("", 1000), by_mid = producer("m", 0),
             by_rid = producer("", 2000, "r");
  for (const auto* one : {&by_ssrc, &by_mid, &by_rid}) {
    REQUIRE(listener.add(**one, (*one)->rtp_parameters()).ok());
  }
  const rtp::ExtensionItem mid{1, text_bytes("m")}, other_mid{1, text_bytes("x")};
  const rtp::ExtensionItem rid{10, text_bytes("r")}, repaired{11, text_bytes("r")};

  CHECK(listener.find(Sent(1000, {}).view) == by_ssrc.get());
  CHECK(listener.find(Sent(1001, {}).view) == by_ssrc.get());     // Its RTX.
  CHECK(listener.find(Sent(1000, {mid}).view) == by_ssrc.get());  // The SSRC comes first.
  CHECK(listener.find(Sent(50, {}).view) == nullptr);
  CHECK(listener.find(Sent(50, {mid, rid}).view) == by_mid.get());   // Then the MID.
  CHECK(listener.find(Sent(50, {}).view) == by_mid.get());           // Remembered.
  CHECK(listener.find(Sent(60, {other_mid, rid}).view) == nullptr);  // A RID with a MID: not asked.
  CHECK(listener.find(Sent(60, {rid}).view) == by_rid.get());
  CHECK(listener.find(Sent(61, {repaired}).view) == by_rid.get());

  listener.remove(*by_mid);
  CHECK(listener.find(Sent(50, {mid}).view) == nullptr);
}

TEST_CASE("rtp listener: refuses what is taken and then adds nothing") {
  RtpListener listener;
  const auto first = producer("m", 1000, "r");
  REQUIRE(listener.add(*first, first->rtp_parameters()).ok());

  struct Row {
    const char* mid;
    uint32_t ssrc;
    const char* rid;
    bool taken;
  };
  const Row rows[] = {
      {"n", 1000, "", true},    // SSRC.
      {"n", 999, "", true},     // Its RTX SSRC, 1000.
      {"m", 5000, "", true},    // MID.
      {"", 5000, "r", true},    // RID, and no MID to tell them apart.
      {"n", 5000, "r", false},  // RID, but a MID of its own.
  };
  for (const auto& row : rows) {
    CAPTURE(row.mid);
    CAPTURE(row.ssrc);
    const auto next = producer(row.mid, row.ssrc, row.rid);
    const auto status = listener.add(*next, next->rtp_parameters());
    CHECK(status.ok() == !row.taken);
    if (row.taken) CHECK(listener.ssrcs().size() == 2);
    listener.remove(*next);
  }
  CHECK(listener.rids().at("r") == first.get());
}

TEST_CASE("rtp listener: remembers a bounded number of SSRCs that a peer invents") {
  RtpListener listener;
  const auto one = producer("m", 0);
  REQUIRE(listener.add(*one, one->rtp_parameters()).ok());
  const rtp::ExtensionItem mid{1, text_bytes("m")};
  for (uint32_t ssrc = 1; ssrc <= 3000; ++ssrc) CHECK(listener.find(Sent(ssrc, {mid}).view));
  CHECK(listener.ssrcs().size() == RtpListener::kLearnedSsrcsMax);
}

TEST_CASE("rtp listener: SSRCs of producers that are gone count no more against the bound") {
  RtpListener listener;
  const auto stays = producer("stays", 1000);
  REQUIRE(listener.add(*stays, stays->rtp_parameters()).ok());
  const rtp::ExtensionItem mid{1, text_bytes("m")};
  // A camera that is turned off and on: each time another SSRC under the same MID.
  for (uint32_t ssrc = 1'000'000; ssrc < 1'000'000 + 3 * RtpListener::kLearnedSsrcsMax; ++ssrc) {
    const auto camera = producer("m", 0);
    REQUIRE(listener.add(*camera, camera->rtp_parameters()).ok());
    REQUIRE(listener.find(Sent(ssrc, {mid}).view) == camera.get());
    // The sender leaves the MID out as soon as it knows that we have seen it.
    REQUIRE(listener.find(Sent(ssrc, {}).view) == camera.get());
    listener.remove(*camera);
  }
  CHECK(listener.ssrcs().size() == 2);
}
