// Sender reports that a consumer's peer gets: NTP and RTP time name the same instant, whatever the
// source does.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "media/remote_clock.h"
#include "tests/media/support.h"

using namespace sluice;
using namespace sluice::media;
using namespace sluice::media::support;

namespace {

constexpr Duration kDelay = 20ms;  // The network's; jitter of at most kJitter comes on top.
constexpr Duration kJitter = 10ms;
constexpr Duration kTolerance = 50ms;

NtpTime ntp_at(Instant instant, int64_t offset_s = 3'900'000'000) {
  const int64_t ns = instant.time_since_epoch().count();
  return {static_cast<uint32_t>(offset_s + ns / 1'000'000'000),
          static_cast<uint32_t>((uint64_t(ns % 1'000'000'000) << 32) / 1'000'000'000)};
}

// A source whose clock a test may set, and the consumer that its packets go to.
struct Source {
  struct Options {
    bool is_video = false;
    bool sends_reports = true;
    bool has_b_frames = false;
    uint32_t timestamp = 1000;
    uint64_t seed = 1;
  };

  static ProducerOptions producer_options(const Options& options) {
    if (!options.is_video) return audio_producer();
    auto video = video_producer();
    if (!options.has_b_frames) return video;
    video.rtp_parameters.codecs[0] = codec("video/H264", kVp8, 90000, {{"nack", ""}});
    return video;
  }
  static ConsumerOptions consumer_options(const Options& options) {
    if (!options.is_video) return audio_consumer();
    auto video = video_consumer();
    if (!options.has_b_frames) return video;
    video.rtp_parameters.codecs[0] = codec("video/H264", kMappedVp8, 90000, {{"nack", ""}});
    return video;
  }

  explicit Source(Options given)
      : options(given),
        rate(given.is_video ? 90000 : 48000),
        period(given.is_video ? Duration(40ms) : Duration(20ms)),
        random(given.seed),
        room(producer_options(given)),
        consumer(room.add(at(0ms), consumer_options(given))),
        base(given.timestamp) {}

  // What the source's clock shows at a capture instant.
  uint32_t timestamp_of(Instant capture) const {
    return base + static_cast<uint32_t>(to_ticks(capture - base_at, rate));
  }
  // From now on the clock shows `timestamp`.
  void set_clock(uint32_t timestamp) {
    base = timestamp;
    base_at = capture;
    report_due = capture + (options.is_video ? 1s : 5s);
  }
  void leap(Duration by) {
    set_clock(timestamp_of(capture) + static_cast<uint32_t>(to_ticks(by, rate)));
  }
  void restart() {
    seq = static_cast<uint16_t>(seq + 20000);
    set_clock(static_cast<uint32_t>(random.between(0, 0xFFFFFFFF)));
    is_key = true;
  }
  // Nothing is sent for a while; the clock goes on or stands.
  void rest(Duration silence, bool clock_stands) {
    const uint32_t before = timestamp_of(capture);
    capture += silence;
    if (clock_stands) set_clock(before);
  }

  // Packets for `length`, each arriving `held` later than it would; a held one never arrives before
  // `release`.
  void run(Duration length, Instant release = {}) {
    const Instant end = capture + length;
    int frame = 0;
    for (; capture < end; capture += period, ++frame) {
      Instant shown = capture;
      // I P B B: the P frame comes first, but is shown last.
      if (options.has_b_frames) {
        shown += frame % 3 == 0 ? 2 * period : -period;
      }
      const auto jitter = Duration(random.between(0, static_cast<uint32_t>(kJitter.count())));
      send(std::max(capture + kDelay + jitter, release), shown);
      if (options.sends_reports && capture >= report_due) {
        report_due = capture + (options.is_video ? 1s : 5s);
        const rtcp::SenderReport report{room.producer->stream(0)->params().ssrc,
                                        ntp_at(capture, 1000),
                                        timestamp_of(capture),
                                        0,
                                        0,
                                        {}};
        now = std::max(now, capture + kDelay + jitter);
        room.producer->handle_sender_report(now, ntp_at(now), report);
      }
      check();
    }
  }

  void send(Instant arrival, Instant shown) {
    now = std::max(now, arrival);
    Spec spec{.seq = ++seq, .timestamp = timestamp_of(shown), .payload = vp8(is_key || seq == 1)};
    if (options.has_b_frames) spec.payload = {0x65, 0x88, 0x80, 0x00};  // An IDR slice.
    is_key = false;
    if (!options.is_video) {
      spec.ssrc = 0x66666666;
      spec.payload_type = kOpus;
    }
    for (const auto& packet : room.pass(now, spec)) {
      sent_timestamp = parse(packet, consumer.rtp_parameters()).timestamp();
      sent_capture = shown;
      has_sent = true;
    }
  }

  // The report must say what the source's clock, as the consumer's peer sees it, shows at `now`.
  void check() {
    const auto report = consumer.streams()[0].make_report(now, ntp_at(now));
    if (!report || !has_sent) {
      ++silent;
      return;
    }
    ++reports;
    const uint32_t truth =
        sent_timestamp + static_cast<uint32_t>(to_ticks(now - sent_capture, rate));
    const double error_s = static_cast<int32_t>(report->rtp_timestamp - truth) / double(rate);
    worst_s = std::max(worst_s, std::abs(error_s));
  }

  Options options;
  uint32_t rate;
  Duration period;
  SeededRandom random;
  Room room;
  Consumer& consumer;
  uint32_t base;
  Instant base_at = at(0ms);
  Instant capture = at(0ms);
  Instant now = at(0ms);
  Instant report_due = at(500ms);
  uint16_t seq = 0;
  bool is_key = true;
  bool has_sent = false;
  uint32_t sent_timestamp = 0;
  Instant sent_capture;
  int reports = 0;
  int silent = 0;
  double worst_s = 0;
};

constexpr double seconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e9;
}

}  // namespace

TEST_CASE("sender reports: true after everything that a source does to its clock") {
  struct Row {
    const char* name;
    std::function<void(Source&)> act;
  };
  const Row rows[] = {
      {"nothing", [](Source&) {}},
      {"a file that starts over", [](Source& s) { s.leap(-20s); }},
      {"a file of two seconds that starts over", [](Source& s) { s.leap(-2s); }},
      {"timestamps that leap forward", [](Source& s) { s.leap(300s); }},
      {"half a wrap forward",
       [](Source& s) { s.set_clock(s.timestamp_of(s.capture) + (1u << 31)); }},
      {"mute over night, the clock stands", [](Source& s) { s.rest(13h, true); }},
      {"mute over night, the clock goes on", [](Source& s) { s.rest(13h, false); }},
      {"mute for two days, the clock goes on", [](Source& s) { s.rest(51h, false); }},
      {"a short mute, the clock stands", [](Source& s) { s.rest(3s, true); }},
      {"a short mute, the clock goes on", [](Source& s) { s.rest(3s, false); }},
      {"a restart", [](Source& s) { s.restart(); }},
      {"a restart five seconds back",
       [](Source& s) { s.leap(-5s), s.seq += 20000, s.is_key = true; }},
      {"a restart after a rest", [](Source& s) { s.rest(30s, true), s.restart(); }},
      {"a pause of the consumer",
       [](Source& s) {
         s.consumer.pause();
         s.run(30s);
         s.consumer.resume(s.now);
         s.is_key = true;
       }},
      {"a file that starts over while the consumer is paused",
       [](Source& s) {
         s.consumer.pause();
         s.run(1s);
         s.leap(-10s);
         s.run(1s);
         s.consumer.resume(s.now);
         s.is_key = true;
       }},
      {"a pause of the producer",
       [](Source& s) {
         s.room.producer->pause(s.now);
         s.run(5s);
         s.leap(-5s);
         s.room.producer->resume(s.now);
         s.is_key = true;
       }},
      {"packets held back for three seconds", [](Source& s) { s.run(3s, s.capture + 3s); }},
  };
  for (const auto& row : rows) {
    for (const bool is_video : {false, true}) {
      for (const bool has_reports : {false, true}) {
        for (const bool has_b_frames : {false, true}) {
          for (const uint32_t first : {1000u, 0xFFFFFFFFu - 48000u * 22}) {
            if (has_b_frames && !is_video) continue;
            CAPTURE(row.name);
            CAPTURE(is_video);
            CAPTURE(has_reports);
            CAPTURE(has_b_frames);
            CAPTURE(first);
            Source source({is_video, has_reports, has_b_frames, first});
            source.run(21s);
            row.act(source);
            source.reports = 0;
            source.run(22s);
            CHECK(source.worst_s <= seconds(kTolerance) + (has_b_frames ? 0.12 : 0));
            CHECK(source.reports > 400);
          }
        }
      }
    }
  }
}

TEST_CASE("sender reports: true under any sequence of leaps, restarts, rests and stalls") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    SeededRandom random(seed);
    const auto below = [&](uint32_t n) { return random.between(0, n - 1); };
    Source::Options options;
    options.is_video = below(2) != 0;
    options.sends_reports = below(2) != 0;
    options.has_b_frames = options.is_video && below(3) == 0;
    options.timestamp = random.between(0, 0xFFFFFFFF);
    options.seed = seed;
    Source source(options);
    source.run(1s + 1ms * below(20'000));
    for (int step = 0; step < 25; ++step) {
      CAPTURE(step);
      const Duration length = 1ms * random.between(1500, 4'000'000);
      const uint32_t act = below(6);
      CAPTURE(act);
      switch (act) {
        case 0:
          source.leap(-length);
          break;
        case 1:
          source.leap(length);
          break;
        case 2:
          source.restart();
          break;
        case 3:
          source.rest(length, true);
          break;
        case 4:
          source.rest(length, false);
          break;
        default:
          source.run(3s, source.capture + 3s);
      }
      source.reports = 0;
      source.run(2s + 1ms * below(20'000));
      REQUIRE(source.worst_s <= seconds(kTolerance) + (options.has_b_frames ? 0.12 : 0));
    }
    source.run(15s);
    CHECK(source.reports > 100);
  }
}
