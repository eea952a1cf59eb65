// All peers and sources, in one thread: takes the driver's commands, sends on time, reads what
// comes and keeps the statistics.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "delay_histogram.h"
#include "dtls/dtls_context.h"
#include "dtls/secure_random.h"
#include "media_source.h"
#include "net/epoll.h"
#include "peer.h"
#include "peer_socket.h"
#include "worker/json/json.h"

namespace sluice::bench {

struct LoadClientOptions {
  bool gro = false;
  const char* srtp_profiles = "SRTP_AEAD_AES_128_GCM";
};

class LoadClient final : public PacketListener {
 public:
  static Result<std::unique_ptr<LoadClient>> make(LoadClientOptions options);

  // Until the driver says "quit" or closes the pipe. The process's exit code.
  int run();

  void on_packet(Instant now, ReceiveStream& stream, Bytes payload) override;

 private:
  LoadClient(LoadClientOptions options, net::Epoll epoll, net::Fd timer,
             std::unique_ptr<dtls::DtlsContext> dtls);

  // Of the driver; load_client_control.cpp.
  bool read_commands();
  void handle_command(std::string_view line);
  void connect(const worker::Fields& command);
  void close_peer(const worker::Fields& command);
  void add_source(const worker::Fields& command);
  void add_receive(const worker::Fields& command);
  void start();
  void begin();
  void end();
  void tell_ready();
  void tell_changes(Peer& peer);
  void print_progress();
  void tell_report();
  void tell(std::string_view event);
  void tell_peer(std::string_view event, uint32_t peer);
  void tell_error(std::string_view text);
  void write_line();

  void serve(uint64_t tag);
  void send_due_frames();
  void set_timer();
  void tick();
  Peer* peer_of(const worker::Fields& command);

  LoadClientOptions options_;
  net::Epoll epoll_;
  net::Fd timer_;  // Rings when the next frame is due.
  std::unique_ptr<dtls::DtlsContext> dtls_;
  dtls::SecureRandom random_;
  DatagramReader reader_;
  std::vector<std::unique_ptr<Peer>> peers_;  // By their numbers; empty once closed.
  std::vector<Peer::State> told_;             // The state of each that the driver knows.
  std::vector<std::unique_ptr<MediaSource>> sources_;
  DelayHistogram delays_;
  uint64_t arrived_ = 0;  // Since the start.
  Instant now_;
  Instant next_tick_;
  Instant next_progress_ = kNever;
  Instant report_at_ = kNever;
  Instant timer_at_ = kNever;
  double cpu_seconds_at_begin_ = 0;
  double cpu_seconds_ = 0;
  Instant begun_at_;
  Duration window_time_{};
  bool quit_ = false;
  std::string input_;
  worker::JsonWriter out_;
};

}  // namespace sluice::bench
