// The talk with the driver: JSON lines. Commands have "do", answers have "event"; main.cpp's help
// lists them.
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "load_client.h"
#include "net/clock.h"

namespace sluice::bench {
namespace {

constexpr uint32_t kMaxPeers = 100'000;
// After "end", packets on their way may still arrive.
constexpr Duration kDrain = 500ms;
constexpr Duration kProgressPeriod = 2s;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double to_seconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e9;
}

uint8_t extension_id(const worker::Fields& command, const char* name) {
  return static_cast<uint8_t>(command.number_or(name, 0, 0, 255));
}

}  // namespace

bool LoadClient::read_commands() {
  std::array<char, 16384> buffer;
  const ssize_t size = read(STDIN_FILENO, buffer.data(), buffer.size());
  if (size <= 0) return size < 0 && errno == EINTR;
  input_.append(buffer.data(), static_cast<size_t>(size));
  size_t at = 0;
  for (size_t end; (end = input_.find('\n', at)) != std::string::npos; at = end + 1) {
    handle_command(std::string_view(input_).substr(at, end - at));
  }
  input_.erase(0, at);
  return true;
}

void LoadClient::handle_command(std::string_view line) {
  worker::JsonRequest request;
  const Status parsed =
      request.parse(Bytes(reinterpret_cast<const uint8_t*>(line.data()), line.size()));
  if (!parsed) return tell_error(parsed.error().text);
  worker::FieldErrors errors;
  const worker::Fields command = request.fields(errors);
  const std::string_view what = command.text("do");
  if (what == "connect") {
    connect(command);
  } else if (what == "send") {
    add_source(command);
  } else if (what == "receive") {
    add_receive(command);
  } else if (what == "close") {
    close_peer(command);
  } else if (what == "start") {
    start();
  } else if (what == "begin") {
    begin();
  } else if (what == "end") {
    end();
  } else if (what == "quit") {
    quit_ = true;
  } else {
    errors.set("do", "is unknown");
  }
  if (errors.any()) tell_error(errors.error().text);
}

void LoadClient::connect(const worker::Fields& command) {
  PeerOptions options;
  options.id = command.number("peer", 0, kMaxPeers);
  const auto port = static_cast<uint16_t>(command.number("port", 1, 65535));
  const auto server = parse_ip(command.text("ip"), port);
  if (!server) command.mistake("ip", "is no address");
  options.server_ufrag = command.text("usernameFragment");
  options.server_password = command.text("password");
  const worker::Fields fingerprint = command.object("fingerprint");
  const auto algorithm = dtls::algorithm_from_name(fingerprint.text("algorithm"));
  if (!algorithm) command.mistake("fingerprint", "has an unknown algorithm");
  options.gro = options_.gro;
  if (options.id != peers_.size()) command.mistake("peer", "must be the next number");
  if (command.failed()) return;
  options.server = *server;
  options.server_fingerprint = {*algorithm, std::string(fingerprint.text("value"))};
  auto peer = Peer::open(net::now(), std::move(options), *dtls_, random_);
  if (!peer) return tell_error(peer.error().text);
  const Status added = epoll_.add((*peer)->fd(), EPOLLIN, peers_.size());
  if (!added) return tell_error(added.error().text);
  peers_.push_back(std::move(*peer));
  told_.push_back(Peer::State::checking);
}

Peer* LoadClient::peer_of(const worker::Fields& command) {
  const uint32_t id = command.number("peer", 0, kMaxPeers);
  if (id < peers_.size() && peers_[id]) return peers_[id].get();
  command.mistake("peer", "is unknown");
  return nullptr;
}

// Its number is not used again. The sources of a peer that sends keep it.
void LoadClient::close_peer(const worker::Fields& command) {
  Peer* peer = peer_of(command);
  if (peer && peer->has_sources()) command.mistake("peer", "sends");
  if (command.failed()) return;
  epoll_.remove(peer->fd());
  const uint32_t id = peer->id();
  peers_[id].reset();
  tell_peer("closed", id);
}

void LoadClient::add_source(const worker::Fields& command) {
  Peer* peer = peer_of(command);
  MediaSourceOptions options;
  options.source = command.number("source", 0, kMaxPeers);
  options.is_video = command.text("kind") == "video";
  options.ssrc = command.number("ssrc", 1, UINT32_MAX);
  options.payload_type = static_cast<uint8_t>(command.number("payloadType", 0, 127));
  options.clock_rate = command.number("clockRate", 1, 1'000'000);
  options.mid = command.text_or("mid", "");
  options.mid_id = extension_id(command, "midId");
  options.transport_cc_id = extension_id(command, "transportCcId");
  options.packet_bytes = command.number("packetBytes", 80, 1400);
  options.frame_packets = command.number("framePackets", 1, 40);
  options.frames_per_second = command.number("framesPerSecond", 1, 1000);
  options.phase = std::chrono::microseconds(command.number_or("phaseUs", 0, 0, 10'000'000));
  if (options.source != sources_.size()) command.mistake("source", "must be the next number");
  if (command.failed()) return;
  options.peer = peer->id();
  sources_.push_back(std::make_unique<MediaSource>(std::move(options)));
  peer->add_source(sources_.back().get());
}

void LoadClient::add_receive(const worker::Fields& command) {
  Peer* peer = peer_of(command);
  const uint32_t source = command.number("source", 0, kMaxPeers);
  const uint32_t ssrc = command.number("ssrc", 1, UINT32_MAX);
  const uint32_t clock_rate = command.number("clockRate", 1, 1'000'000);
  const uint8_t transport_cc_id = extension_id(command, "transportCcId");
  if (source >= sources_.size()) command.mistake("source", "is unknown");
  if (command.failed()) return;
  peer->add_receive_stream({ssrc, source, clock_rate}, transport_cc_id);
}

void LoadClient::start() {
  now_ = net::now();
  for (const auto& source : sources_) source->start(now_);
  next_progress_ = now_ + kProgressPeriod;
  tell("started");
}

void LoadClient::begin() {
  for (const auto& peer : peers_) {
    if (!peer) continue;
    for (ReceiveStream& stream : peer->receive_streams()) stream.arrived_in_window = 0;
  }
  delays_.clear();
  for (const auto& source : sources_) source->open_window();
  begun_at_ = net::now();
  cpu_seconds_at_begin_ = cpu_seconds();
  tell("begun");
}

void LoadClient::end() {
  for (const auto& source : sources_) source->close_window();
  cpu_seconds_ = cpu_seconds() - cpu_seconds_at_begin_;
  const Instant now = net::now();
  window_time_ = now - begun_at_;
  report_at_ = now + kDrain;
  tell("ended");
}

// ---- Events -------------------------------------------------------------------------------------

void LoadClient::write_line() {
  const std::string_view text = out_.text();
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

void LoadClient::tell(std::string_view event) {
  out_.clear();
  out_.begin_object();
  out_.field("event", event);
  out_.end_object();
  write_line();
}

void LoadClient::tell_peer(std::string_view event, uint32_t peer) {
  out_.clear();
  out_.begin_object();
  out_.field("event", event);
  out_.field("peer", peer);
  out_.end_object();
  write_line();
}

void LoadClient::tell_error(std::string_view text) {
  out_.clear();
  out_.begin_object();
  out_.field("event", std::string_view("error"));
  out_.field("text", text);
  out_.end_object();
  write_line();
}

void LoadClient::tell_ready() {
  const auto& fingerprints = dtls_->fingerprints();
  out_.clear();
  out_.begin_object();
  out_.field("event", std::string_view("ready"));
  out_.begin_array("fingerprints");
  for (const dtls::Fingerprint& fingerprint : fingerprints) {
    out_.begin_object();
    out_.field("algorithm", dtls::algorithm_name(fingerprint.algorithm));
    out_.field("value", std::string_view(fingerprint.value));
    out_.end_object();
  }
  out_.end_array();
  out_.end_object();
  write_line();
}

void LoadClient::tell_changes(Peer& peer) {
  Peer::State& told = told_[peer.id()];
  if (told == peer.state()) return;
  told = peer.state();
  if (told != Peer::State::connected && told != Peer::State::failed) return;
  const bool is_connected = told == Peer::State::connected;
  out_.clear();
  out_.begin_object();
  out_.field("event", std::string_view(is_connected ? "connected" : "failed"));
  out_.field("peer", peer.id());
  if (is_connected) {
    out_.field("profile", srtp::suite_name(peer.profile()));
    out_.field("ms", to_seconds(peer.connect_time()) * 1e3);
  } else {
    out_.field("text", std::string_view(peer.error()));
  }
  out_.end_object();
  write_line();
}

// To the terminal, and not to the server's process: what that would need to pass it on would count
// as a packet's.
void LoadClient::print_progress() {
  next_progress_ = now_ + kProgressPeriod;
  uint64_t sent = 0;
  for (const auto& source : sources_) sent += source->sent();
  std::fprintf(stderr, "  %llu packets sent, %llu arrived\n", static_cast<unsigned long long>(sent),
               static_cast<unsigned long long>(arrived_));
}

void LoadClient::tell_report() {
  report_at_ = kNever;
  uint64_t expected = 0, arrived = 0, late_frames = 0, sent = 0;
  double worst = 1;
  PeerCounters sum;
  for (const auto& source : sources_) {
    sent += source->window().end - source->window().first;
    late_frames += source->late_frames();
  }
  for (const auto& peer : peers_) {
    if (!peer) continue;
    for (const ReceiveStream& stream : peer->receive_streams()) {
      const Window& window = sources_[stream.source()]->window();
      const uint64_t due = window.end - window.first;
      expected += due;
      arrived += stream.arrived_in_window;
      if (due != 0) {
        worst = std::min(worst,
                         static_cast<double>(stream.arrived_in_window) / static_cast<double>(due));
      }
    }
    sum += peer->counters();
  }
  out_.clear();
  out_.begin_object();
  out_.field("event", std::string_view("report"));
  out_.field("seconds", to_seconds(window_time_));
  out_.field("sent", sent);
  out_.field("expected", expected);
  out_.field("arrived", arrived);
  out_.field("worstStream", worst);
  out_.field("delayP50Ms", delays_.quantile_ms(0.5));
  out_.field("delayP99Ms", delays_.quantile_ms(0.99));
  out_.field("delayMaxMs", delays_.max_ms());
  out_.field("clientCpuSeconds", cpu_seconds_);
  out_.field("lateFrames", late_frames);
  out_.begin_object("counters");
  sum.each([&](std::string_view name, uint64_t value) { out_.field(name, value); });
  out_.end_object();
  out_.end_object();
  write_line();
}

}  // namespace sluice::bench
