// bench_floor: what a forwarded packet must cost at least on this machine. The distance of the
// engine to it is our main figure.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "../program.h"
#include "bench.h"
#include "srtp/cipher.h"

namespace sluice::bench {
namespace {

constexpr char kHelp[] =
    "bench_floor [--json FILE] [--runs N] [--crypto] [--send | --floor] [--destinations N,...]\n"
    "            [--conversation] [--hot] [--gro]\n"
    "\n"
    "Measures ns of thread CPU time per packet, medians of N interleaved runs (default 5):\n"
    "  --crypto  copying, protecting and opening packets of 1200 and 100 bytes, 100 contexts\n"
    "  --send    30 frames/s of 6 packets of 1100 bytes to sockets on loopback, where another\n"
    "            thread receives and opens them\n"
    "  --floor   the floor and libsrtp with one sendmsg per packet alone, of --send unless\n"
    "            --conversation is given\n"
    "  --conversation  16 people with 50 packets/s of 100 bytes each, everybody to all others: "
    "one\n"
    "            datagram per destination and 800 wake-ups per second, receiving included\n"
    "All of them when none is named.\n"
    "  --destinations LIST  100,300,1000\n"
    "  --hot        one frame after the other, without the time between\n"
    "  --gro        receive in groups (UDP_GRO)\n"
    "  --json FILE  also writes {backend, floor_ns: {\"100\": ns, ...}, naive_ns: {...} (\"15\" "
    "is\n"
    "               the conversation's),\n"
    "               figures: [{name, bytes, destinations, median_ns, min_ns, max_ns}]}\n";

struct Options {
  int runs = kDefaultRuns;
  bool crypto = false;  // All three when none is asked for.
  bool send = false;
  bool conversation = false;
  SendOptions sending;
};

void print(const std::vector<Figure>& figures, const std::string& baseline) {
  double base = 0;
  for (const Figure& figure : figures) {
    if (figure.name.starts_with(baseline)) {
      base = figure.median_ns;
      std::printf("\n%zu bytes%s\n", figure.bytes,
                  figure.destinations
                      ? (", " + std::to_string(figure.destinations) + " destinations").c_str()
                      : "");
    }
    if (figure.median_ns < 0) {
      std::printf("  %-48s   not possible here\n", figure.name.c_str());
    } else {
      std::printf("  %-48s %8.0f ns  (%.0f-%.0f)  x %.2f\n", figure.name.c_str(), figure.median_ns,
                  figure.min_ns, figure.max_ns, figure.median_ns / base);
    }
  }
}

void write_by_destinations(worker::JsonWriter& out, const char* key, const std::string& name,
                           const std::vector<Figure>& figures) {
  out.begin_object(key);
  for (const Figure& figure : figures) {
    if (!figure.name.starts_with(name) || figure.median_ns < 0) continue;
    out.field(std::to_string(figure.destinations), rounded(figure.median_ns));
  }
  out.end_object();
}

void write_json(worker::JsonWriter& out, const std::vector<Figure>& figures) {
  out.begin_object();
  out.field("backend", srtp::backend_name());
  write_by_destinations(out, "floor_ns", kFloor, figures);
  write_by_destinations(out, "naive_ns", kNaiveName, figures);
  out.begin_array("figures");
  for (const Figure& figure : figures) {
    out.begin_object();
    out.field("name", figure.name);
    out.field("bytes", figure.bytes);
    out.field("destinations", figure.destinations);
    out.field("median_ns", rounded(figure.median_ns));
    out.field("min_ns", rounded(figure.min_ns));
    out.field("max_ns", rounded(figure.max_ns));
    out.end_object();
  }
  out.end_array();
  out.end_object();
}

bool parse_destinations(const std::string& list, std::vector<size_t>* destinations) {
  destinations->clear();
  for (size_t at = 0; at <= list.size();) {
    const size_t comma = std::min(list.find(',', at), list.size());
    const int number = std::atoi(list.substr(at, comma - at).c_str());
    if (number < 1 || number > 20000) return false;
    destinations->push_back(static_cast<size_t>(number));
    at = comma + 1;
  }
  return true;
}

std::vector<Option> options_into(Options* options) {
  return {
      number("--runs", &options->runs),
      {"--destinations", true,
       [=](const char* list) { return parse_destinations(list, &options->sending.destinations); }},
      flag("--crypto", [=] { options->crypto = true; }),
      flag("--send", [=] { options->send = true; }),
      flag("--conversation", [=] { options->conversation = true; }),
      flag("--floor", [=] { options->sending.only_floor = true; }),
      flag("--hot", [=] { options->sending.frame_interval = {}; }),
      flag("--gro", [=] { options->sending.gro = true; })};
}

void run_all(const Options& options, worker::JsonWriter& out) {
  std::printf("cipher back end: %s\n", srtp::backend_name());
  const bool only_floor = options.sending.only_floor;
  const bool everything = !options.crypto && !options.send && !options.conversation && !only_floor;
  const bool send = options.send || (only_floor && !options.conversation);
  std::vector<Figure> all;
  const auto run = [&](const std::vector<Variant>& variants, const std::string& baseline) {
    const auto figures = measure(variants, options.runs);
    print(figures, baseline);
    all.insert(all.end(), figures.begin(), figures.end());
  };
  if (options.crypto || everything) run(crypto_variants(), "copy + header rewrite");
  if (send || everything) run(send_variants(options.sending), kFloorName);
  if (options.conversation || everything) {
    run(conversation_variants(options.sending.only_floor), kConversationFloorName);
  }
  write_json(out, all);
}

}  // namespace
}  // namespace sluice::bench

int main(int count, char** arguments) {
  // A socket a destination.
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  using namespace sluice::bench;
  Options options;
  return run_program(count, arguments, kHelp, options_into(&options),
                     [&](sluice::worker::JsonWriter& out) { run_all(options, out); });
}
