// bench_observers: what observers of 1,000 audio producers cost, for each packet and of a core.
//
// The producers are the engine's, without sockets: each packet is parsed and received as the packet
// path does it. Time is virtual, so that a run is as fast as the processor allows; what observers
// do at the end of their periods is in it, as often as it would be.
#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "../cpu_time.h"
#include "../program.h"
#include "base/packet_pool.h"
#include "base/random.h"
#include "media/active_speaker_observer.h"
#include "media/audio_level_observer.h"
#include "media/consumer.h"
#include "media/producer.h"
#include "rtp/extension_values.h"

namespace sluice::bench {
namespace {

constexpr char kHelp[] =
    "bench_observers [--json FILE] [--runs N] [--producers N] [--seconds N]\n"
    "\n"
    "Thread CPU time, medians of N interleaved runs (default 5) of N seconds (10) of 50 packets/s\n"
    "from each of N producers (1000), with and without observers of all of them.\n"
    "  --json FILE  also writes {producers, figures: [{name, ns_per_packet, added_ns_per_packet,\n"
    "               added_core_percent, judgement_us}]}\n";

constexpr Duration kPacketTime = 20ms;
constexpr uint8_t kPayloadType = 100;
constexpr uint8_t kLevelId = 1;
constexpr size_t kLevelAt = 17;  // In the packets that Microphone makes.

struct Options {
  int runs = 5;
  size_t producers = 1000;
  size_t seconds = 10;
};

struct Variant {
  std::string name;
  int audio_level_observers;
  int active_speaker_observers;
};
const std::vector<Variant> kVariants = {
    {"no observer", 0, 0}, {"AudioLevelObserver", 1, 0}, {"ActiveSpeakerObserver", 0, 1},
    {"both", 1, 1},        {"four of each", 4, 4},
};

struct Measured {
  double ns_per_packet;
  double judgement_us;  // Of one observer at the end of its period; 0 without observers.
};

// A producer and the packet that it gets, again and again with another number and level.
class Microphone {
 public:
  Microphone(ObjectId id, PacketPool& pool) : slot_(pool.take()) {
    media::ProducerOptions options;
    auto& parameters = options.rtp_parameters;
    media::RtpCodecParameters codec;
    codec.mime_type = "audio/opus";
    codec.codec = rtp::codec_from_mime(codec.mime_type);
    codec.is_media = true;
    codec.payload_type = kPayloadType;
    codec.clock_rate = 48000;
    parameters.codecs = {codec};
    media::RtpHeaderExtensionParameters level;
    level.kind = rtp::ExtensionKind::audio_level;
    level.id = kLevelId;
    parameters.header_extensions = {level};
    parameters.encodings.resize(1);
    parameters.encodings[0].ssrc = id;
    options.rtp_mapping.codecs = {{kPayloadType, kPayloadType}};
    options.rtp_mapping.encodings = {{id, "", "", id}};
    producer = std::move(media::Producer::create(id, std::move(options)).value());

    // RFC 8285, 4.2: one element of one byte, two bytes of padding; 100 bytes of Opus.
    const MutableBytes packet(slot_->data, 120);
    std::fill(packet.begin(), packet.end(), uint8_t{0});
    packet[0] = 0x90;
    packet[1] = kPayloadType;
    store_u32(packet, 8, id);
    store_u32(packet, 12, 0xBEDE0001);
    packet[16] = kLevelId << 4;
    slot_->size = static_cast<uint16_t>(packet.size());
  }

  void receive(Instant now, uint32_t number, int dbov) {
    const MutableBytes packet(slot_->data, slot_->size);
    store_u16(packet, 2, static_cast<uint16_t>(number));
    store_u32(packet, 4, number * 960);
    rtp::write_audio_level(packet.subspan(kLevelAt), {true, static_cast<int8_t>(dbov)});
    const auto view = rtp::RtpView::parse(slot_->bytes(), producer->extension_ids());
    producer->receive(now, slot_, *view);
    producer->clear_batch();
  }

  std::unique_ptr<media::Producer> producer;

 private:
  PacketRef slot_;
};

Measured run(const Variant& variant, const Options& options) {
  PacketPool pool(options.producers + PacketPool::kBlockSlots);
  std::vector<Microphone> microphones;
  for (size_t i = 0; i < options.producers; ++i) {
    microphones.emplace_back(static_cast<ObjectId>(i + 1), pool);
  }
  Instant now(1000s);
  std::vector<std::unique_ptr<media::RtpObserver>> observers;
  for (int i = 0; i < variant.audio_level_observers; ++i) {
    observers.push_back(
        std::make_unique<media::AudioLevelObserver>(now, media::AudioLevelOptions{}));
  }
  for (int i = 0; i < variant.active_speaker_observers; ++i) {
    observers.push_back(
        std::make_unique<media::ActiveSpeakerObserver>(now, media::ActiveSpeakerOptions{}));
  }
  for (auto& observer : observers) {
    for (auto& microphone : microphones) {
      media::Producer& producer = *microphone.producer;
      observer->add(producer.id(), producer.watch_loudness(now), false);
    }
  }

  SeededRandom random(1);
  std::array<int, 4096> levels;
  for (int& dbov : levels) dbov = -static_cast<int>(random.between(20, 100));
  const auto packets = static_cast<uint32_t>(options.seconds * 1s / kPacketTime);
  double judging_ns = 0;
  size_t judgements = 0;
  const double start = thread_cpu_ns();
  for (uint32_t number = 0; number < packets; ++number) {
    now += kPacketTime;
    for (size_t i = 0; i < microphones.size(); ++i) {
      microphones[i].receive(now, number, levels[(i * 31 + number) % levels.size()]);
    }
    for (auto& observer : observers) {
      if (observer->next_timeout() > now) continue;
      const double before = thread_cpu_ns();
      observer->handle_timeout(now);
      judging_ns += thread_cpu_ns() - before;
      ++judgements;
    }
  }
  const double elapsed = thread_cpu_ns() - start;
  return {elapsed / (static_cast<double>(packets) * static_cast<double>(microphones.size())),
          judgements == 0 ? 0 : judging_ns / static_cast<double>(judgements) / 1000};
}

struct Figure {
  std::string name;
  double ns_per_packet;
  double added_ns;
  double added_core_percent;
  double judgement_us;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Each round runs every variant once; what an observer adds is compared within the round.
std::vector<Figure> measure(const Options& options) {
  std::vector<std::vector<double>> total(kVariants.size()), added(kVariants.size()),
      judging(kVariants.size());
  run(kVariants[0], options);  // Warm.
  for (int round = 0; round < options.runs; ++round) {
    for (size_t i = 0; i < kVariants.size(); ++i) {
      const Measured measured = run(kVariants[i], options);
      total[i].push_back(measured.ns_per_packet);
      added[i].push_back(measured.ns_per_packet - total[0].back());
      judging[i].push_back(measured.judgement_us);
    }
  }
  const double packets_per_second = static_cast<double>(options.producers) * (1s / kPacketTime);
  std::vector<Figure> figures;
  for (size_t i = 0; i < kVariants.size(); ++i) {
    const double ns = median(added[i]);
    figures.push_back({kVariants[i].name, median(total[i]), ns, ns * packets_per_second / 1e9 * 100,
                       median(judging[i])});
  }
  return figures;
}

void run_all(const Options& options, worker::JsonWriter& out) {
  std::printf("%zu audio producers, 50 packets/s each\n", options.producers);
  std::printf("  %-24s %12s %12s %12s %14s\n", "", "ns/packet", "added ns", "% of a core",
              "us/judgement");
  out.begin_object();
  out.field("producers", options.producers);
  out.begin_array("figures");
  for (const Figure& figure : measure(options)) {
    std::printf("  %-24s %12.1f %12.1f %12.3f %14.1f\n", figure.name.c_str(), figure.ns_per_packet,
                figure.added_ns, figure.added_core_percent, figure.judgement_us);
    out.begin_object();
    out.field("name", figure.name);
    out.field("ns_per_packet", rounded(figure.ns_per_packet, 2));
    out.field("added_ns_per_packet", rounded(figure.added_ns, 2));
    out.field("added_core_percent", rounded(figure.added_core_percent, 4));
    out.field("judgement_us", rounded(figure.judgement_us, 2));
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

}  // namespace
}  // namespace sluice::bench

int main(int count, char** arguments) {
  using namespace sluice::bench;
  Options options;
  return run_program(count, arguments, kHelp,
                     {number("--runs", &options.runs), number("--producers", &options.producers),
                      number("--seconds", &options.seconds)},
                     [&](sluice::worker::JsonWriter& out) { run_all(options, out); });
}
