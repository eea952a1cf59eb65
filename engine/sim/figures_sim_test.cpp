// Statistics under load against figures computed another way, from every datagram of the run.
#include <doctest/doctest.h>

#include <cmath>
#include <optional>
#include <set>
#include <vector>

#include "sim/media_sim.h"
#include "tests/media/support.h"

using namespace sluice;
using namespace sluice::sim;

namespace {

// RFC 3550, 6.4.1 and A.8 over the media packets of one stream, in floating point.
class Reference {
 public:
  void handle(Instant now, Bytes datagram) {
    if (datagram[1] >= 192 && datagram[1] <= 223) return;  // RTCP.
    const auto view = rtp::RtpView::parse(datagram, {}).value();
    if (view.ssrc() != media::support::kVideoSsrc) return;
    const double arrival = std::chrono::duration<double>(now.time_since_epoch()).count() * 90000.0;
    const double transit = arrival - timestamps_.extend(view.timestamp());
    if (transit_) jitter_ += (std::abs(transit - *transit_) - jitter_) / 16;
    transit_ = transit;
    seen_.insert(sequences_.extend(view.sequence()));
  }
  double jitter() const { return jitter_; }
  double lost() const {
    return static_cast<double>(*seen_.rbegin() - *seen_.begin() + 1 - seen_.size());
  }

 private:
  // Timestamps of consecutive packets are close.
  struct Timestamps {
    double extend(uint32_t timestamp) {
      if (!last) value = timestamp;
      if (last) value += static_cast<int32_t>(timestamp - *last);
      last = timestamp;
      return value;
    }
    std::optional<uint32_t> last;
    double value = 0;
  };

  Timestamps timestamps_;
  SequenceExtender sequences_;
  std::set<uint64_t> seen_;
  std::optional<double> transit_;
  double jitter_ = 0;
};

}  // namespace

TEST_CASE("figures: loss and jitter are those of a reference within 5 %") {
  for (const uint64_t seed : {uint64_t{1}, uint64_t{2}, uint64_t{3}}) {
    CAPTURE(seed);
    const LinkOptions link = {.delay = 25ms, .jitter = 8ms, .loss = 0.05};
    MediaSim sim({.seed = seed, .up = link, .down = link});
    Reference reference;
    sim.tap = [&](Instant now, Bytes datagram) { reference.handle(now, datagram); };
    sim.add_consumer();
    sim.run_for(90s);
    for (int i = 0; i < 20; ++i) {
      sim.run_for(333ms);
      const auto stats = sim.sfu().producer().stats(sim.now()).at(0).stats;
      CHECK(stats.jitter == doctest::Approx(reference.jitter()).epsilon(0.05));
      CHECK(static_cast<double>(stats.packets_lost) ==
            doctest::Approx(reference.lost()).epsilon(0.05));
    }
  }
}

TEST_CASE("figures: bitrates are what was sent within 2 %") {
  const LinkOptions link = {.delay = 25ms, .jitter = 3ms};
  MediaSim sim({.seed = 4, .up = link, .down = link});
  sim.add_consumer();
  sim.run_for(5s);
  const Instant begin = sim.now();
  const uint64_t sent_before = sim.sender().bytes();
  const uint64_t got_before = sim.receiver().media_bytes();
  double producer = 0, consumer = 0;
  constexpr int kSamples = 500;
  for (int i = 0; i < kSamples; ++i) {
    sim.run_for(97ms);  // At every phase of frames and windows.
    producer += static_cast<double>(sim.sfu().producer().stats(sim.now()).at(0).stats.bitrate);
    consumer += static_cast<double>(sim.sfu().consumer().stats(sim.now()).at(0).stats.bitrate);
  }
  const double seconds = std::chrono::duration<double>(sim.now() - begin).count();
  const double sent = static_cast<double>(sim.sender().bytes() - sent_before) * 8 / seconds;
  const double got = static_cast<double>(sim.receiver().media_bytes() - got_before) * 8 / seconds;
  CHECK(producer / kSamples == doctest::Approx(sent).epsilon(0.02));
  CHECK(consumer / kSamples == doctest::Approx(got).epsilon(0.02));
}

TEST_CASE("figures: what a consumer's peer reports, and the round trips of both sides") {
  const LinkOptions up = {.delay = 30ms, .jitter = 1ms, .loss = 0.02};
  const LinkOptions down = {.delay = 45ms, .jitter = 1ms, .loss = 0.06};
  MediaSim sim({.seed = 5, .up = up, .down = down});
  sim.add_consumer();
  sim.run_for(90s);
  const auto out = sim.sfu().consumer().stats(sim.now()).at(0).stats;
  const auto in = sim.sfu().producer().stats(sim.now()).at(0).stats;
  const auto peer = sim.receiver().stream().stats(sim.now()).at(0).stats;
  CHECK(static_cast<double>(out.packets_lost) ==
        doctest::Approx(static_cast<double>(peer.packets_lost)).epsilon(0.05));
  CHECK(static_cast<double>(out.packets_lost) ==
        doctest::Approx(0.06 * static_cast<double>(out.packet_count)).epsilon(0.15));
  CHECK(out.round_trip_time_ms == doctest::Approx(91).epsilon(0.05));
  CHECK(in.round_trip_time_ms == doctest::Approx(61).epsilon(0.05));
  CHECK(out.packets_retransmitted >= static_cast<uint64_t>(out.packets_lost));
  CHECK(out.packets_repaired >= static_cast<uint64_t>(out.packets_lost));
  CHECK(in.score >= 9);
}
