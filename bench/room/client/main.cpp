// load_client: WebRTC endpoints by the hundred in one process, for bench/room.ts.
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <string_view>

#include "load_client.h"

namespace {

constexpr char kHelp[] =
    "load_client [--gro] [--profiles LIST]\n"
    "\n"
    "Endpoints for a load test: ICE, DTLS, SRTP and RTCP of many browsers in one thread. Talks in\n"
    "lines of JSON; bench/room.ts is its driver.\n"
    "  --gro            takes what arrives in groups (UDP_GRO)\n"
    "  --profiles LIST  OpenSSL's names, by colons (SRTP_AEAD_AES_128_GCM)\n"
    "Commands on stdin:\n"
    "  {do: \"connect\", peer, ip, port, usernameFragment, password,\n"
    "   fingerprint: {algorithm, value}}\n"
    "  {do: \"send\", source, peer, kind, ssrc, payloadType, clockRate, mid?, midId?,\n"
    "   transportCcId?, packetBytes, framePackets, framesPerSecond, phaseUs?}\n"
    "  {do: \"receive\", peer, source, ssrc, clockRate, transportCcId?}\n"
    "  {do: \"close\", peer}\n"
    "  {do: \"start\" | \"begin\" | \"end\" | \"quit\"}\n"
    "Events on stdout: ready, connected, failed, closed, started, begun, ended, report, "
    "error.\n"
    "\"report\" follows \"ended\" when what was on its way has arrived: it counts the packets "
    "sent\n"
    "between \"begin\" and \"end\", their arrivals, and the delay from send to receive.\n";

// A socket a peer.
void allow_many_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int count, char** arguments) {
  sluice::bench::LoadClientOptions options;
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--help") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (argument == "--gro") {
      options.gro = true;
    } else if (argument == "--profiles" && i + 1 < count) {
      options.srtp_profiles = arguments[++i];
    } else {
      std::fputs(kHelp, stderr);
      return 2;
    }
  }
  std::signal(SIGPIPE, SIG_IGN);
  allow_many_files();
  auto client = sluice::bench::LoadClient::make(options);
  if (!client) {
    std::fprintf(stderr, "load_client: %s\n", client.error().text.c_str());
    return 1;
  }
  return (*client)->run();
}
