// bench_floor: what a forwarded packet must cost at least on this machine. The distance of the
// engine to it is our main figure.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "bench.h"
#include "srtp/cipher.h"

namespace sluice::bench {
namespace {

constexpr char kHelp[] =
    "bench_floor [--json FILE] [--runs N] [--crypto | --send | --floor] [--destinations N,...]\n"
    "            [--hot] [--gro]\n"
    "\n"
    "Measures ns of thread CPU time per packet, medians of N interleaved runs (default 5):\n"
    "  --crypto  copying, protecting and opening packets of 1200 and 100 bytes, 100 contexts\n"
    "  --send    30 frames/s of 6 packets of 1100 bytes to sockets on loopback, where another\n"
    "            thread receives and opens them\n"
    "  --floor   of that, the floor and libsrtp with one sendmsg a packet alone\n"
    "--crypto and --send when nothing is said.\n"
    "  --destinations LIST  100,300,1000\n"
    "  --hot        one frame after the other, without the time between\n"
    "  --gro        receive in groups (UDP_GRO)\n"
    "  --json FILE  also writes {backend, floor_ns: {\"100\": ns, ...}, naive_ns: {...},\n"
    "               figures: [{name, bytes, destinations, median_ns, min_ns, max_ns}]}\n";

struct Options {
  const char* json_file = nullptr;
  int runs = kDefaultRuns;
  bool crypto = true;
  bool send = true;
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

void write_by_destinations(FILE* file, const char* key, const std::string& name,
                           const std::vector<Figure>& figures) {
  std::fprintf(file, "  \"%s\": {", key);
  const char* comma = "";
  for (const Figure& figure : figures) {
    if (figure.name != name || figure.median_ns < 0) continue;
    std::fprintf(file, "%s\"%zu\": %.1f", comma, figure.destinations, figure.median_ns);
    comma = ", ";
  }
  std::fprintf(file, "},\n");
}

bool write_json(const char* path, const std::vector<Figure>& figures) {
  FILE* file = std::fopen(path, "w");
  if (!file) return false;
  std::fprintf(file, "{\n  \"backend\": \"%s\",\n", srtp::backend_name());
  write_by_destinations(file, "floor_ns", kFloorName, figures);
  write_by_destinations(file, "naive_ns", kNaiveName, figures);
  std::fprintf(file, "  \"figures\": [\n");
  for (size_t i = 0; i < figures.size(); ++i) {
    const Figure& figure = figures[i];
    std::fprintf(file,
                 "    {\"name\": \"%s\", \"bytes\": %zu, \"destinations\": %zu, "
                 "\"median_ns\": %.1f, \"min_ns\": %.1f, \"max_ns\": %.1f}%s\n",
                 figure.name.c_str(), figure.bytes, figure.destinations, figure.median_ns,
                 figure.min_ns, figure.max_ns, i + 1 < figures.size() ? "," : "");
  }
  std::fprintf(file, "  ]\n}\n");
  return std::fclose(file) == 0;
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

bool parse(int count, char** arguments, Options* options) {
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    if (argument == "--json" && i + 1 < count) {
      options->json_file = arguments[++i];
    } else if (argument == "--runs" && i + 1 < count) {
      options->runs = std::atoi(arguments[++i]);
      if (options->runs < 1) return false;
    } else if (argument == "--destinations" && i + 1 < count) {
      if (!parse_destinations(arguments[++i], &options->sending.destinations)) return false;
    } else if (argument == "--crypto") {
      options->send = false;
    } else if (argument == "--send" || argument == "--floor") {
      options->crypto = false;
      options->sending.only_floor = argument == "--floor";
    } else if (argument == "--hot") {
      options->sending.frame_interval = {};
    } else if (argument == "--gro") {
      options->sending.gro = true;
    } else {
      return false;
    }
  }
  return options->crypto || options->send;
}

int run(const Options& options) {
  std::printf("cipher back end: %s\n", srtp::backend_name());
  std::vector<Figure> all;
  if (options.crypto) {
    const auto figures = measure(crypto_variants(), options.runs);
    print(figures, "copy + header rewrite");
    all.insert(all.end(), figures.begin(), figures.end());
  }
  if (options.send) {
    const auto figures = measure(send_variants(options.sending), options.runs);
    print(figures, kFloorName);
    all.insert(all.end(), figures.begin(), figures.end());
  }
  if (options.json_file && !write_json(options.json_file, all)) {
    std::fprintf(stderr, "cannot write %s\n", options.json_file);
    return 1;
  }
  return 0;
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
  sluice::bench::Options options;
  if (count == 2 && std::strcmp(arguments[1], "--help") == 0) {
    std::fputs(sluice::bench::kHelp, stdout);
    return 0;
  }
  if (!sluice::bench::parse(count, arguments, &options)) {
    std::fputs(sluice::bench::kHelp, stderr);
    return 2;
  }
  return sluice::bench::run(options);
}
